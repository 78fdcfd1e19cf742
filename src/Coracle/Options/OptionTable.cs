namespace Coracle;

/// <summary>Every flag of dockerd 28 and balenad 20.10, and what becomes of it.</summary>
internal static class OptionTable
{
    private const char NoShort = '\0';

    private static readonly OptionSpec[] _working =
    [
        new("host", 'H', "hosts", OptionKind.List, OptionUse.Works, "socket to listen on: unix://PATH, tcp://ADDRESS:PORT, fd:// (several)"),
        new("data-root", NoShort, "data-root", OptionKind.Value, OptionUse.Works, "where everything that lasts is kept"),
        new("delta-data-root", NoShort, "delta-data-root", OptionKind.Value, OptionUse.Works, "another data root, only read, where bases of deltas are looked up too"),
        new("exec-root", NoShort, "exec-root", OptionKind.Value, OptionUse.Works, "where everything that a boot may lose is kept"),
        new("config-file", NoShort, null, OptionKind.Value, OptionUse.Works, "configuration file"),
        new("group", 'G', "group", OptionKind.Value, OptionUse.Works, "who may use the unix socket"),
        new("pidfile", 'p', "pidfile", OptionKind.Value, OptionUse.Works, "file to write the process id to"),
        new("debug", 'D', "debug", OptionKind.Switch, OptionUse.Works, "log each step"),
        new("log-level", 'l', "log-level", OptionKind.Value, OptionUse.Works, "debug, info, warn, error or fatal"),
        new("label", NoShort, "labels", OptionKind.List, OptionUse.Works, "key=value shown by info (several)"),
        new("insecure-registry", NoShort, "insecure-registries", OptionKind.List, OptionUse.Works, "registry without TLS or without a known certificate (several)"),
        new("registry-mirror", NoShort, "registry-mirrors", OptionKind.List, OptionUse.Works, "asked before the default registry (several)"),
        new("max-concurrent-downloads", NoShort, "max-concurrent-downloads", OptionKind.Value, OptionUse.Works, "layers of one pull at a time"),
        new("max-download-attempts", NoShort, "max-download-attempts", OptionKind.Value, OptionUse.Works, "tries of one layer that bring nothing, 5 by default"),
        new("delta", NoShort, "delta", OptionKind.Value, OptionUse.Works, "deltas in a pull: auto, off or only (a layer without one is an error)"),
        new("http-proxy", NoShort, "http-proxy", OptionKind.Value, OptionUse.Works, "proxy to registries without TLS; HTTP_PROXY by default"),
        new("https-proxy", NoShort, "https-proxy", OptionKind.Value, OptionUse.Works, "proxy to registries with TLS; HTTPS_PROXY by default"),
        new("no-proxy", NoShort, "no-proxy", OptionKind.Value, OptionUse.Works, "hosts reached without a proxy; NO_PROXY by default"),
        new("log-driver", NoShort, "log-driver", OptionKind.Value, OptionUse.Works, "of containers that name none: json-file"),
        new("exec-opt", NoShort, "exec-opts", OptionKind.List, OptionUse.Works, "native.cgroupdriver=cgroupfs or systemd"),
        new("cgroup-parent", NoShort, "cgroup-parent", OptionKind.Value, OptionUse.Works, "cgroup, or slice of systemd's, that containers are made in"),
        new("report-version", NoShort, "report-version", OptionKind.Value, OptionUse.Works, "Docker version to say that we are"),
        new("seccomp-profile", NoShort, "seccomp-profile", OptionKind.Value, OptionUse.Works, "of containers that name none: builtin, unconfined or a file"),
        new("storage-driver", 's', "storage-driver", OptionKind.Value, OptionUse.Works, "overlay2 is the only one"),
        new("validate", NoShort, null, OptionKind.Switch, OptionUse.Works, "check the configuration and exit"),
        new("help", 'h', null, OptionKind.Switch, OptionUse.Works, "print this"),
        new("version", 'v', null, OptionKind.Switch, OptionUse.Works, "print the version"),
    ];

    private static readonly Dictionary<string, OptionSpec> _byFlag = [];
    private static readonly Dictionary<string, OptionSpec> _byKey = [];

    static OptionTable()
    {
        AddAll(_working);
        AddAll(NetworkOptionTable.All);
        AddRest(OptionKind.Value, OptionUse.Ignored,
            "containerd", "containerd-namespace", "containerd-plugins-namespace", "userland-proxy-path", "shutdown-timeout",
            "oom-score-adjust", "max-concurrent-uploads", "network-control-plane-mtu", "init-path",
            "delta-storage-driver", "network-diagnostic-port");
        AddRest(OptionKind.Switch, OptionUse.Ignored,
            "live-restore", "experimental", "raw-logs", "selinux-enabled", "rootless");
        AddRest(OptionKind.List, OptionUse.Ignored,
            "storage-opt", "delta-storage-opt", "allow-nondistributable-artifacts", "node-generic-resource", "cdi-spec-dir");
        AddRest(OptionKind.Value, OptionUse.NotBuilt,
            "default-shm-size", "default-ipc-mode", "default-cgroupns-mode", "default-runtime", "userns-remap",
            "metrics-addr", "tlscacert", "tlscert", "tlskey", "cpu-rt-period", "cpu-rt-runtime",
            "log-format");
        AddRest(OptionKind.Switch, OptionUse.NotBuilt,
            "init", "no-new-privileges", "tls", "tlsverify");
        AddRest(OptionKind.List, OptionUse.NotBuilt,
            "add-runtime", "feature");
        AddRest(OptionKind.Map, OptionUse.NotBuilt, "log-opt", "default-ulimit");
        AddRest(OptionKind.Value, OptionUse.Refused, "swarm-default-advertise-addr", "cluster-store", "cluster-advertise", "cluster-store-opt");
        AddRest(OptionKind.List, OptionUse.Refused, "authorization-plugin");
    }

    public static IEnumerable<OptionSpec> Working => [.. _working, .. NetworkOptionTable.All];

    /// <param name="name">A flag without dashes; <c>graph</c> and <c>g</c> are what data-root was called once.</param>
    public static OptionSpec? ByFlag(string name) => _byFlag.GetValueOrDefault(name is "graph" or "g" ? "data-root" : name);

    public static OptionSpec? ByKey(string key) => _byKey.GetValueOrDefault(key switch
    {
        "graph" => "data-root",
        "host-gateway-ip" => "host-gateway-ips", // one address, before there could be one of each family
        _ => key,
    });

    private static void AddRest(OptionKind kind, OptionUse use, params string[] flags)
        => AddAll(flags.Select(flag => new OptionSpec(flag, NoShort, KeyOf(flag), kind, use)));

    /// <summary>Most are called the same in both places.</summary>
    private static string KeyOf(string flag) => flag switch
    {
        "storage-opt" => "storage-opts",
        "log-opt" => "log-opts",
        "default-ulimit" => "default-ulimits",
        "add-runtime" => "runtimes",
        "authorization-plugin" => "authorization-plugins",
        "feature" => "features",
        "node-generic-resource" => "node-generic-resources",
        "cdi-spec-dir" => "cdi-spec-dirs",
        "cluster-store-opt" => "cluster-store-opts",
        _ => flag,
    };

    private static void AddAll(IEnumerable<OptionSpec> specs)
    {
        foreach (OptionSpec spec in specs)
        {
            _byFlag[spec.Flag] = spec;
            if (spec.Short != NoShort)
            {
                _byFlag[spec.Short.ToString()] = spec;
            }

            if (spec.Key is not null)
            {
                _byKey[spec.Key] = spec;
            }
        }
    }
}
