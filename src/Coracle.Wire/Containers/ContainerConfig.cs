using static Coracle.Wire.JsonFields;

namespace Coracle.Wire;

/// <summary>What runs in a container, as far as it does not depend on the host: Docker's Config.</summary>
public sealed class ContainerConfig
{
    public string Hostname { get; set; } = "";

    public string Domainname { get; set; } = "";

    public string User { get; set; } = "";

    public bool AttachStdin { get; set; }

    public bool AttachStdout { get; set; }

    public bool AttachStderr { get; set; }

    public IReadOnlyList<string>? ExposedPorts { get; set; }

    public bool Tty { get; set; }

    public bool OpenStdin { get; set; }

    public bool StdinOnce { get; set; }

    public IReadOnlyList<string>? Env { get; set; }

    public IReadOnlyList<string>? Cmd { get; set; }

    public Healthcheck? Healthcheck { get; set; }

    /// <summary>As the client spelled it; the image's id is the container's business.</summary>
    public string Image { get; set; } = "";

    public IReadOnlyList<string>? Volumes { get; set; }

    public string WorkingDir { get; set; } = "";

    /// <summary>Null takes the image's; <c>[""]</c> (<c>--entrypoint ""</c>) means none.</summary>
    public IReadOnlyList<string>? Entrypoint { get; set; }

    public bool NetworkDisabled { get; set; }

    /// <summary>Of the endpoint on the network that the mode names: how clients before 1.44 say it, and what they are shown.</summary>
    public string MacAddress { get; set; } = "";

    public IReadOnlyList<string>? OnBuild { get; set; }

    public IReadOnlyDictionary<string, string>? Labels { get; set; }

    public string StopSignal { get; set; } = "";

    /// <summary>Seconds; null is the engine's default.</summary>
    public long? StopTimeout { get; set; }

    public IReadOnlyList<string>? Shell { get; set; }

    /// <summary>The same with the address of its main endpoint, which is what inspect shows there.</summary>
    public ContainerConfig WithMacAddress(string address)
    {
        var other = (ContainerConfig)MemberwiseClone();
        other.MacAddress = address;
        return other;
    }

    public static JsonTable<ContainerConfig> Table { get; } = new("Config", () => new ContainerConfig(),
    [
        Text<ContainerConfig>("Hostname", c => c.Hostname, (c, v) => c.Hostname = v),
        Text<ContainerConfig>("Domainname", c => c.Domainname, (c, v) => c.Domainname = v),
        Text<ContainerConfig>("User", c => c.User, (c, v) => c.User = v),
        Flag<ContainerConfig>("AttachStdin", c => c.AttachStdin, (c, v) => c.AttachStdin = v),
        Flag<ContainerConfig>("AttachStdout", c => c.AttachStdout, (c, v) => c.AttachStdout = v),
        Flag<ContainerConfig>("AttachStderr", c => c.AttachStderr, (c, v) => c.AttachStderr = v),
        NameSet<ContainerConfig>("ExposedPorts", c => c.ExposedPorts is { Count: 0 } ? null : c.ExposedPorts, (c, v) => c.ExposedPorts = v, omitNull: true),
        Flag<ContainerConfig>("Tty", c => c.Tty, (c, v) => c.Tty = v),
        Flag<ContainerConfig>("OpenStdin", c => c.OpenStdin, (c, v) => c.OpenStdin = v),
        Flag<ContainerConfig>("StdinOnce", c => c.StdinOnce, (c, v) => c.StdinOnce = v),
        Texts<ContainerConfig>("Env", c => c.Env, (c, v) => c.Env = v),
        TextOrTexts<ContainerConfig>("Cmd", c => c.Cmd, (c, v) => c.Cmd = v),
        Healthcheck.Field,
        Meaningless<ContainerConfig>("ArgsEscaped"),
        Text<ContainerConfig>("Image", c => c.Image, (c, v) => c.Image = v),
        NameSet<ContainerConfig>("Volumes", c => c.Volumes is { Count: 0 } ? null : c.Volumes, (c, v) => c.Volumes = v, omitNull: false),
        Text<ContainerConfig>("WorkingDir", c => c.WorkingDir, (c, v) => c.WorkingDir = v),
        TextOrTexts<ContainerConfig>("Entrypoint", c => c.Entrypoint, (c, v) => c.Entrypoint = v),
        Flag<ContainerConfig>("NetworkDisabled", c => c.NetworkDisabled, (c, v) => c.NetworkDisabled = v, omitFalse: true),
        Text<ContainerConfig>("MacAddress", c => c.MacAddress, (c, v) => c.MacAddress = v, omitEmpty: true),
        Texts<ContainerConfig>("OnBuild", c => c.OnBuild, (c, v) => c.OnBuild = v),
        TextMap<ContainerConfig>("Labels", c => c.Labels, (c, v) => c.Labels = v),
        Text<ContainerConfig>("StopSignal", c => c.StopSignal, (c, v) => c.StopSignal = v, omitEmpty: true),
        OptionalNumber<ContainerConfig>("StopTimeout", c => c.StopTimeout, (c, v) => c.StopTimeout = v, omitNull: true),
        Texts<ContainerConfig>("Shell", c => c.Shell, (c, v) => c.Shell = v, omitNull: true),
    ]);
}
