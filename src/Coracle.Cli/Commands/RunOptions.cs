namespace Coracle.Cli;

/// <summary>The options of <c>run</c> and <c>create</c>.</summary>
internal static class RunOptions
{
    public static IReadOnlyList<Option> Create { get; } =
    [
        Option.List("attach", "Attach to STDIN, STDOUT or STDERR", 'a'),
        Option.List("cap-add", "Add Linux capabilities"),
        Option.List("cap-drop", "Drop Linux capabilities"),
        Option.Value("cgroup-parent", "Optional parent cgroup for the container"),
        Option.Value("cidfile", "Write the container ID to the file"),
        Option.Value("cpu-period", "Limit CPU CFS period", null, "int"),
        Option.Value("cpu-quota", "Limit CPU CFS quota", null, "int"),
        Option.Value("cpu-shares", "CPU shares (relative weight)", 'c', "int"),
        Option.Value("cpus", "Number of CPUs", null, "decimal"),
        Option.Value("cpuset-cpus", "CPUs in which to allow execution (0-3, 0,1)"),
        Option.Value("entrypoint", "Overwrite the default ENTRYPOINT of the image"),
        Option.List("env", "Set environment variables", 'e'),
        Option.List("env-file", "Read in a file of environment variables"),
        Option.List("group-add", "Add additional groups to join"),
        Option.Value("hostname", "Container host name", 'h'),
        Option.Flag("init", "Run an init inside the container that forwards signals and reaps processes"),
        Option.Flag("interactive", "Keep STDIN open even if not attached", 'i'),
        Option.Value("ipc", "IPC mode to use"),
        Option.List("label", "Set meta data on a container", 'l'),
        Option.Value("log-driver", "Logging driver for the container"),
        Option.List("log-opt", "Log driver options"),
        Option.Value("memory", "Memory limit", 'm', "bytes"),
        Option.Value("memory-reservation", "Memory soft limit", null, "bytes"),
        Option.Value("memory-swap", "Swap limit equal to memory plus swap: '-1' to enable unlimited swap", null, "bytes"),
        Option.Value("name", "Assign a name to the container"),
        Option.Value("network", "Connect a container to a network"),
        Option.Value("net", "The same"),
        Option.Value("pid", "PID namespace to use"),
        Option.Value("pids-limit", "Tune container pids limit (set -1 for unlimited)", null, "int"),
        Option.Value("platform", "Set platform if server is multi-platform capable"),
        Option.Flag("privileged", "Give extended privileges to this container"),
        Option.List("publish", "Publish a container's port(s) to the host", 'p'),
        Option.Value("pull", "Pull image before running (\"always\", \"missing\", \"never\")"),
        Option.Flag("quiet", "Suppress the pull output", 'q'),
        Option.Flag("read-only", "Mount the container's root filesystem as read only"),
        Option.Value("restart", "Restart policy to apply when a container exits"),
        Option.Flag("rm", "Automatically remove the container when it exits"),
        Option.List("security-opt", "Security Options"),
        Option.Value("shm-size", "Size of /dev/shm", null, "bytes"),
        Option.Value("stop-signal", "Signal to stop the container"),
        Option.Value("stop-timeout", "Timeout (in seconds) to stop a container", null, "int"),
        Option.List("sysctl", "Sysctl options"),
        Option.List("tmpfs", "Mount a tmpfs directory"),
        Option.Flag("tty", "Allocate a pseudo-TTY", 't'),
        Option.Value("user", "Username or UID (format: <name|uid>[:<group|gid>])", 'u'),
        Option.List("volume", "Bind mount a volume", 'v'),
        Option.Value("workdir", "Working directory inside the container", 'w'),
    ];

    public static IReadOnlyList<Option> Run { get; } =
    [
        .. Create,
        Option.Flag("detach", "Run container in background and print container ID", 'd'),
        Option.Flag("sig-proxy", "Proxy received signals to the process"),
    ];
}
