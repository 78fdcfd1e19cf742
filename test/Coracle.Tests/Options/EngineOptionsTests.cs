using System.Text;
using Coracle.Core;
using Microsoft.Extensions.Logging;

namespace Coracle.Tests.Options;

public sealed class EngineOptionsTests
{
    private static EngineOptions Parse(params string[] args) => EngineOptions.Parse(EngineDefaults.For("no-such-file"), args);

    [Theory]
    [InlineData("coracle", "/run/coracle/coracle.sock", "coracle", "/etc/coracle/daemon.json")]
    [InlineData("coracled", "/run/coracle/coracle.sock", "coracle", "/etc/coracle/daemon.json")]
    [InlineData("dockerd", "/run/docker.sock", "docker", "/etc/docker/daemon.json")]
    [InlineData("balenad", "/run/balena-engine.sock", "balena-engine", "/etc/balena-engine/daemon.json")]
    [InlineData("balena-engine-daemon", "/run/balena-engine.sock", "balena-engine", "/etc/balena-engine/daemon.json")]
    public void The_name_gives_the_defaults(string name, string socket, string group, string file)
    {
        EngineDefaults defaults = EngineDefaults.For(name);
        Assert.Equal((socket, group, file), (defaults.Socket, defaults.Group, defaults.ConfigFile));
    }

    [Fact]
    public void Flags_are_read_in_every_form_that_callers_use()
    {
        EngineOptions options = Parse(
            "-H", "unix:///a.sock", "--host=tcp://127.0.0.1:2375", "-Hfd://", "-D", "-g", "/data/", "--exec-root", "/exec",
            "--insecure-registry=a:5000", "--insecure-registry", "b", "--max-concurrent-downloads=7",
            "--containerd=/run/x.sock", "--storage-driver", "overlay2");
        Assert.Equal(
            [new ListenAddress.Unix("/a.sock"), new ListenAddress.Tcp(new(System.Net.IPAddress.Loopback, 2375)), new ListenAddress.Inherited()],
            options.Hosts);
        Assert.Equal(("/data", "/exec", 7, LogLevel.Debug), (options.DataRoot, options.ExecRoot, options.MaxConcurrentDownloads, options.LogLevel));
        Assert.Equal(["a:5000", "b"], options.InsecureRegistries);
        Assert.Contains("--containerd", Assert.Single(options.Warnings));
    }

    [Fact]
    public void Proxies_and_tries_are_flags_and_Dockers_keys()
    {
        EngineOptions flags = Parse("--https-proxy", "http://p:1", "--max-download-attempts=2");
        OptionValues file = ConfigurationFile.Parse("""{"proxies":{"http-proxy":"http://p:2","no-proxy":"a,b"},"max-download-attempts":3}"""u8.ToArray());

        Assert.Equal((null, "http://p:1", null, 2), (flags.HttpProxy, flags.HttpsProxy, flags.NoProxy, flags.MaxDownloadAttempts));
        Assert.Equal(("http://p:2", "a,b", "3"), (file.Last("http-proxy"), file.Last("no-proxy"), file.Last("max-download-attempts")));
        Assert.Contains("proxies.x", Assert.Throws<OptionsException>(() => ConfigurationFile.Parse("""{"proxies":{"x":"y"}}"""u8.ToArray())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DeltaMode.Auto)]
    [InlineData(DeltaMode.Auto, "--delta", "auto")]
    [InlineData(DeltaMode.Off, "--delta=off")]
    [InlineData(DeltaMode.Only, "--delta=only")]
    public void Deltas_are_taken_unless_somebody_says_otherwise(DeltaMode mode, params string[] args) => Assert.Equal(mode, Parse(args).Delta);

    [Theory]
    [InlineData("unknown flag: --nonsense", "--nonsense")]
    [InlineData("unknown shorthand flag: 'z' in -Dz", "-Dz")]
    [InlineData("flag needs an argument: --host", "--host")]
    [InlineData("accepts no arguments", "run")]
    [InlineData("unable to parse bind address (-H): npipe://x", "-H", "npipe://x")]
    [InlineData("storage driver 'aufs' is not supported", "-s", "aufs")]
    [InlineData("no swarm and no plugins", "--authorization-plugin", "x")]
    [InlineData("--log-opt is not supported yet", "--log-opt", "max-size=1m")]
    [InlineData("invalid mirror: unsupported scheme \"ftp\" in \"ftp://m\"", "--registry-mirror=ftp://m")]
    [InlineData("invalid mirror: path, query, or fragment at end of the URI \"https://m/x\"", "--registry-mirror=https://m/x")]
    [InlineData("invalid mirror: username/password not allowed in URI", "--registry-mirror=https://me:pw@m")]
    [InlineData("--tls is not supported yet", "--tls")]
    [InlineData("must be an absolute path", "--data-root", "here")]
    [InlineData("a positive number is expected", "--max-concurrent-downloads", "0")]
    [InlineData("invalid logging level: loud", "-l", "loud")]
    [InlineData("invalid value \"always\" for --delta: auto, off or only", "--delta=always")]
    [InlineData("invalid argument \"maybe\"", "--debug=maybe")]
    [InlineData("no such file or directory", "--config-file", "/nonexistent/daemon.json")]
    public void What_cannot_be_done_is_said_in_one_sentence(string words, params string[] args)
        => Assert.Contains(words, Assert.Throws<OptionsException>(() => Parse(args)).Message);

    [Theory]
    [InlineData(null)]
    [InlineData("cgroupfs", "--exec-opt", "native.cgroupdriver=cgroupfs")]
    [InlineData("systemd", "--exec-opt=isolation=x", "--exec-opt", "native.cgroupdriver = systemd ", "--exec-opt", "native.cgroupdriver=no")]
    public void The_first_cgroup_driver_that_is_named_counts(string? driver, params string[] args) => Assert.Equal(driver, Parse(args).CgroupDriver);

    [Theory]
    [InlineData("native.cgroupdriver option none not supported. Use either cgroupfs or systemd", "native.cgroupdriver=none")]
    [InlineData("invalid exec-opt (systemd): must be formatted 'opt=value'", "systemd")]
    [InlineData("invalid exec-opt (native.cgroupdriver= ): must be formatted 'opt=value'", "native.cgroupdriver= ")]
    public void A_cgroup_driver_that_is_none_is_an_error_of_the_start(string words, string option)
        => Assert.Equal(words, Assert.Throws<OptionsException>(() => Parse("--exec-opt", option)).Message);

    [Fact]
    public void The_parent_of_cgroups_is_taken_as_it_is_and_an_empty_one_is_none()
    {
        Assert.Equal("a-b.slice", Parse("--cgroup-parent", "a-b.slice").CgroupParent);
        Assert.Null(Parse("--cgroup-parent", "").CgroupParent);
    }

    [Fact]
    public void The_file_says_the_same_things_under_its_keys()
    {
        OptionValues values = ConfigurationFile.Parse(Encoding.UTF8.GetBytes(
            """
            {"hosts":["unix:///a"],"debug":true,"graph":"/data","log-opts":{"max-file":"3"},"max-concurrent-downloads":5,"delta":"off",
             "default-ulimits":{"nofile":{"Name":"nofile","Soft":1,"Hard":2}}}
            """));
        Assert.Equal(["unix:///a"], values.All("host"));
        Assert.True(values.IsOn("debug"));
        Assert.Equal("off", values.Last("delta"));
        Assert.Equal(("/data", "max-file=3", "5", "nofile=1:2"),
            (values.Last("data-root"), values.Last("log-opt"), values.Last("max-concurrent-downloads"), values.Last("default-ulimit")));
    }

    [Theory]
    [InlineData("{\"storage-diver\":\"x\"}", "the following directives don't match any configuration option: storage-diver")]
    [InlineData("{\"debug\":\"yes\"}", "debug")]
    [InlineData("[]", "not a JSON object")]
    public void A_file_that_says_nothing_known_is_an_error(string json, string words)
        => Assert.Contains(words, Assert.Throws<OptionsException>(() => ConfigurationFile.Parse(Encoding.UTF8.GetBytes(json))).Message);

    [Fact]
    public void An_option_in_both_places_is_an_error_that_shows_both()
    {
        OptionValues flags = FlagParser.Parse(["--debug=false"]);
        OptionsException e = Assert.Throws<OptionsException>(() => flags.Merge(ConfigurationFile.Parse("{\"debug\":true}"u8.ToArray()), "/f"));
        Assert.Contains("debug: (from flag: false, from file: true)", e.Message);
    }
}
