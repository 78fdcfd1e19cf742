using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>Where a process of ours has something else than one of Debian's dockerd 20.10, and why: equal or stricter, or what later versions do.</summary>
/// <param name="Dockers">What only dockerd's lines say; null: nothing.</param>
/// <param name="Ours">What only ours say; null: nothing.</param>
/// <param name="Settings">A pattern of the settings where it is so.</param>
internal sealed record IsolationDifference(string? Dockers, string? Ours, string Why, string Settings = ".*")
{
    public static IsolationDifference[] All { get; } =
    [
        new("status.Cpus_allowed_list 0", "status.Cpus_allowed_list .*", "its cpuset decides, not the engine's affinity"),
        new("sched.processors 1", @"sched.processors \d+", "the same"),
        new("limit.nofile 4096 4096", "limit.nofile 1000 4096", "Go raises its own soft limit and dockerd's containers get that; ours get the one that the engine was given"),
        new("sched.nice -5", "sched.nice 0", "the engine's own"),
        new("sched.ioprio 16386", "sched.ioprio 0", "the engine's own"),
        new(@"mount / / r[ow],relatime master:\d+ - overlay overlay", "mount / / r[ow],relatime - overlay overlay", "nothing of ours is mounted on the host: no peers"),
        new("mount / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs .*", "mount / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - tmpfs .*", "nothing in it is the container's to write"),
        new("guarded /sys/fs/cgroup .* read-only 0 .*", "guarded /sys/fs/cgroup .* read-only 1 .*", "the same"),
        new(null, "mount /null /proc/interrupts .*", "masked by later versions"),
        new("guarded /proc/interrupts 100444 .*", "guarded /proc/interrupts 020666 .*", "the same"),
        new("hosts f[ef]00::0\t.*", "hosts f[ef]00::\t.*", "as later versions write it"),
        new("net/ipv6/conf/.*/disable_ipv6 1", "net/ipv6/conf/.*/disable_ipv6 0", "::1 of the loopback interface stays, as in later versions"),
        new(@"domainname \(none\)", null, "the host's is never seen"),
        new("fd.0 /dev/null access 0", "fd.0 /dev/null access 2", "nothing comes of it and nothing goes into it either way", "exec.*"),
        new("mount /usr/bin/tini-static /sbin/docker-init .*", null, "no file of the host is in it: the init is the sealed monitor", "init"),
    ];

    public bool HasDockers(string setting, string line) => Holds(Dockers, setting, line);

    public bool HasOurs(string setting, string line) => Holds(Ours, setting, line);

    private bool Holds(string? pattern, string setting, string line)
        => pattern is not null && Regex.IsMatch(line, $"^(?:{pattern})$") && Regex.IsMatch(setting, $"^(?:{Settings})$");
}
