namespace Coracle;

/// <summary>What an engine is by default under the name it was called by.</summary>
/// <param name="Name">As people know it; for messages.</param>
/// <param name="Socket">Path of the unix socket.</param>
/// <param name="Group">Who may use it; the socket is root's alone where the group does not exist.</param>
internal sealed record EngineDefaults(string Name, string Socket, string Group, string ConfigFile)
{
    /// <summary>The data root is ours under every name: the formats differ.</summary>
    public const string DataRoot = "/var/lib/coracle";

    public const string ExecRoot = "/run/coracle";

    /// <summary>Docker's version whose behaviour and API we have.</summary>
    public const string ReportedVersion = "28.5.2";

    private static readonly EngineDefaults _coracle = new("coracle", "/run/coracle/coracle.sock", "coracle", "/etc/coracle/daemon.json");
    private static readonly EngineDefaults _docker = new("dockerd", "/run/docker.sock", "docker", "/etc/docker/daemon.json");
    private static readonly EngineDefaults _balena =
        new("balenad", "/run/balena-engine.sock", "balena-engine", "/etc/balena-engine/daemon.json");

    public bool IsBalena => ReferenceEquals(this, _balena);

    /// <summary>It stands in for another engine, whose users expect what that did to the host's firewall.</summary>
    public bool IsReplacement => !ReferenceEquals(this, _coracle);

    /// <summary>The link of the default network. Each engine's own, or two on one machine would take it from each other.</summary>
    public string Bridge => IsBalena ? "balena0" : IsReplacement ? "docker0" : "coracle0";

    /// <param name="programName">The last part of argv[0].</param>
    public static EngineDefaults For(string programName) => programName switch
    {
        "dockerd" or "docker" => _docker,
        "balenad" or "balena-engine-daemon" or "balena" or "balena-engine" => _balena,
        _ => _coracle,
    };
}
