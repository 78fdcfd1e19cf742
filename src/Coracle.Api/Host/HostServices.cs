using Coracle.Core;

namespace Coracle.Api;

/// <summary>How many containers there are, by state; the total is their sum.</summary>
public readonly record struct ContainerCounts(int Running, int Paused, int Stopped);

/// <summary>A login that a client wants checked.</summary>
/// <param name="Server">The registry's host name; empty for the default one.</param>
public sealed record RegistryLogin(string UserName, string Password, string IdentityToken, string Server);

/// <summary>What the endpoints about the engine itself work on.</summary>
public sealed record HostServices
{
    public required ApiIdentity Identity { get; init; }

    public required HostFacts Facts { get; init; }

    public required EngineSettings Settings { get; init; }

    public required TimeProvider Time { get; init; }

    public required Func<ContainerCounts> CountContainers { get; init; }

    public required Func<int> CountImages { get; init; }

    /// <summary>What deltas did since the engine started.</summary>
    public DeltaCounters Deltas { get; init; } = new();

    /// <summary>How many clients listen to <c>/events</c>.</summary>
    public required Func<int> CountListeners { get; init; }

    /// <summary>What keeps packets from containers, though not by the engine's doing.</summary>
    public Func<IReadOnlyList<string>> NetworkWarnings { get; init; } = () => [];

    /// <summary>Asks the registry; returns the token that the client keeps instead of its password (empty where there is none), or throws the refusal.</summary>
    public required Func<RegistryLogin, CancellationToken, Task<string>> CheckLoginAsync { get; init; }
}

/// <summary>The part of the engine's options that <c>/info</c> shows.</summary>
public sealed record EngineSettings
{
    public bool IsDebug { get; init; }

    public string LogDriver { get; init; } = "json-file";

    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>builtin, unconfined or a file's path.</summary>
    public string SeccompProfile { get; init; } = "builtin";

    /// <summary>Host names, host:port or CIDR.</summary>
    public IReadOnlyList<string> InsecureRegistries { get; init; } = [];

    public IReadOnlyList<string> Mirrors { get; init; } = [];

    /// <summary>Those that were configured; empty for Docker's own.</summary>
    public IReadOnlyList<ShownAddressPool> AddressPools { get; init; } = [];
}

/// <param name="Base">In CIDR notation.</param>
/// <param name="Size">Length of the prefix of each subnet that is cut out of it.</param>
public readonly record struct ShownAddressPool(string Base, int Size);
