using System.Runtime.CompilerServices;

namespace Coracle.Runtime;

/// <summary>
/// Everything a monitor needs to make one container's process: written by the engine into the container's directory in
/// exec-root, read once by the monitor. No defaults are applied after this point: what is not in here does not happen.
/// </summary>
/// <remarks>All host paths are absolute. All container paths are resolved inside the root file system, never by joining strings.</remarks>
public sealed record LaunchSpec
{
    public bool Equals(LaunchSpec? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    // Every record here says little about itself and is equal to itself alone: what the compiler writes for both would bring .NET's
    // reflection and enum formatting into the monitor's file (measured: docs/decisions/0003-the-monitor.md).
    public override string ToString() => ContainerId;

    /// <summary>64 hex digits.</summary>
    public required string ContainerId { get; init; }

    public required RootFilesystem Root { get; init; }

    /// <summary>Mounted after the default mounts, those with shorter targets first, whichever list they are in.</summary>
    public IReadOnlyList<BindMount> Binds { get; init; } = [];

    public IReadOnlyList<TmpfsMount> Tmpfs { get; init; } = [];

    public required ProcessSpec Process { get; init; }

    public required IsolationSpec Isolation { get; init; }

    public required ResourceSpec Resources { get; init; }

    public required StdioSpec Stdio { get; init; }

    public required LogSpec Log { get; init; }

    /// <summary>Our own process 1 before the program: it reaps orphans and passes signals on.</summary>
    public bool Init { get; init; }

    /// <summary>A mount namespace's file: the /dev/shm there is this container's too. Empty: one of its own.</summary>
    public string SharedMemoryOf { get; init; } = "";
}

/// <param name="LowerDirectories">The layers' <c>diff/</c> directories, topmost first; at most 127 (one page of mount data).</param>
/// <param name="UpperDirectory">The writable layer.</param>
/// <param name="WorkDirectory">overlayfs's work directory, on the same file system as the upper one.</param>
/// <param name="Volatile">No sync on unmount or fsync: for <c>--rm</c>, whose writable layer dies with it.</param>
public sealed record RootFilesystem(
    IReadOnlyList<string> LowerDirectories, string UpperDirectory, string WorkDirectory, bool Volatile, bool ReadOnly)
{
    public bool Equals(RootFilesystem? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => UpperDirectory;
}

/// <param name="Options">As in <c>--tmpfs path:size=1m,mode=700</c>; may be empty.</param>
public sealed record TmpfsMount(string Target, string Options)
{
    public bool Equals(TmpfsMount? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => Target;
}

/// <summary>One process to execute: the container's first one, or an exec.</summary>
public sealed record ProcessSpec
{
    public bool Equals(ProcessSpec? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => WorkingDirectory;

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>NAME=value, complete but for HOME, which is the user's and is added from the image's passwd when absent.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>Container path; made 0755 when missing, as Docker does.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary><c>name|uid[:group|gid]</c>, looked up in the container's own files; empty is root.</summary>
    public string User { get; init; } = "";

    /// <summary>Additional groups by name or number.</summary>
    public IReadOnlyList<string> GroupAdd { get; init; } = [];

    /// <summary>Bit N is capability N: bounding, permitted and effective (effective only for uid 0); inheritable and ambient stay empty.</summary>
    public ulong Capabilities { get; init; }

    /// <summary>A classic BPF program (struct sock_filter, 8 bytes each, native byte order); empty is unconfined.</summary>
    public byte[] SeccompFilter { get; init; } = [];

    public bool NoNewPrivileges { get; init; }

    public int OomScoreAdjust { get; init; }

    public IReadOnlyList<ResourceLimit> Limits { get; init; } = [];

    /// <summary>Octal 0022 unless asked for otherwise.</summary>
    public int Umask { get; init; } = 18;
}

/// <param name="Resource">The kernel's RLIMIT_* number of this architecture.</param>
public sealed record ResourceLimit(int Resource, ulong Soft, ulong Hard)
{
    public bool Equals(ResourceLimit? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => "";
}

public enum NamespaceMode
{
    /// <summary>A new one.</summary>
    Private,

    /// <summary>The host's.</summary>
    Host,

    /// <summary>The one at <see cref="NamespaceChoice.Path"/>.</summary>
    Join,
}

public readonly record struct NamespaceChoice(NamespaceMode Mode, string Path = "")
{
    public bool Equals(NamespaceChoice other) => Mode == other.Mode && Path == other.Path;

    public override int GetHashCode() => (int)Mode;

    public override string ToString() => Path;
}

public sealed record IsolationSpec
{
    public bool Equals(IsolationSpec? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => Hostname;

    public NamespaceChoice Network { get; init; }

    public NamespaceChoice Ipc { get; init; }

    public NamespaceChoice Pid { get; init; }

    public NamespaceChoice Uts { get; init; }

    public NamespaceChoice Cgroup { get; init; }

    public string Hostname { get; init; } = "";

    public string Domainname { get; init; } = "";

    public IReadOnlyList<string> MaskedPaths { get; init; } = [];

    public IReadOnlyList<string> ReadonlyPaths { get; init; } = [];

    public IReadOnlyList<DeviceNode> Devices { get; init; } = [];

    /// <summary>Bytes of /dev/shm; Docker's default is 64 MiB. Negative: there is none.</summary>
    public long ShmSize { get; init; } = 64 << 20;

    public bool Privileged { get; init; }

    /// <summary><c>net.ipv4.ip_forward=1</c>: name and value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Sysctls { get; init; } = [];
}

/// <param name="Kind">'c' or 'b'.</param>
/// <param name="Mode">Permission bits.</param>
public sealed record DeviceNode(string Path, char Kind, uint Major, uint Minor, int Mode, uint Uid, uint Gid)
{
    public bool Equals(DeviceNode? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => Path;
}

/// <param name="Tty">A pty instead of three pipes.</param>
/// <param name="OpenStdin">Without it standard input is /dev/null.</param>
/// <param name="StdinOnce">Close it when the first attached client has gone.</param>
public sealed record StdioSpec(bool Tty, bool OpenStdin, bool StdinOnce)
{
    public bool Equals(StdioSpec? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => "";
}

/// <param name="Path">The json-file log (<c>…-json.log</c>); empty keeps no log.</param>
/// <param name="MaxBytes">A file is rotated before it grows beyond this.</param>
/// <param name="MaxFiles">Including the one being written.</param>
public sealed record LogSpec(string Path, long MaxBytes, int MaxFiles)
{
    public bool Equals(LogSpec? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => Path;
}
