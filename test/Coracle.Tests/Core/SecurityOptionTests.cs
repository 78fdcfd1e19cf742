using Coracle.Core;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Tests.Core;

/// <summary>What --security-opt and the network mean for a container's process.</summary>
public sealed class SecurityOptionTests
{
    private static readonly SeccompFilters _builtin = SeccompFilters.Builtin(new KernelVersion(6, 1), CpuArchitecture.X64);

    [Theory]
    [InlineData("no-new-privileges", true)]
    [InlineData("no-new-privileges:true", true)]
    [InlineData("no-new-privileges=1", true)]
    [InlineData("no-new-privileges=false", false)]
    [InlineData("label=disable", false)]
    [InlineData("label:disable", false)]
    [InlineData("disable", false)]
    [InlineData("label=type:svirt_apache_t", false)]
    [InlineData("apparmor=docker-default", false)]
    public void Options_are_read_as_Docker_reads_them(string option, bool noNewPrivileges)
        => Assert.Equal(noNewPrivileges, SecurityOptions.Parse(new HostConfig { SecurityOpt = [option] }).NoNewPrivileges);

    [Fact]
    public void A_profile_is_all_that_follows_the_first_equals_sign()
    {
        Assert.Equal("{\"a\":\"b=c\"}", SecurityOptions.Parse(new HostConfig { SecurityOpt = ["seccomp={\"a\":\"b=c\"}"] }).Seccomp);
        Assert.Equal("unconfined", SecurityOptions.Parse(new HostConfig { SecurityOpt = ["seccomp:unconfined"] }).Seccomp);
        Assert.Null(SecurityOptions.Parse(new HostConfig()).Seccomp);
    }

    [Theory]
    [InlineData("foo", "invalid --security-opt 1: \"foo\"")]
    [InlineData("foo=bar", "invalid --security-opt 2: \"foo=bar\"")]
    [InlineData("no-new-privileges=maybe", "invalid --security-opt 2: \"no-new-privileges=maybe\"")]
    public void Others_are_refused_in_Dockers_words(string option, string message)
        => Assert.Equal(message, Assert.Throws<EngineException>(() => SecurityOptions.Parse(new HostConfig { SecurityOpt = [option] })).Message);

    [Fact]
    public void A_bad_profile_is_the_clients_mistake()
    {
        EngineException refused = Assert.Throws<EngineException>(() => _builtin.ForProfile("{\"defaultAction\":\"SCMP_ACT_FOO\"}", 0));
        Assert.Equal((Refusal.InvalidArgument, "string SCMP_ACT_FOO is not a valid action for seccomp"), (refused.Refusal, refused.Message));
        Assert.Throws<SeccompProfileException>(() => SeccompFilters.OfOperator("[]"u8.ToArray(), new KernelVersion(6, 1), CpuArchitecture.X64));
    }

    [Fact]
    public void The_engines_own_profile_is_for_those_that_ask_for_none()
    {
        var kernel = new KernelVersion(6, 1);
        Assert.Equal(_builtin.ForBuiltin(7), _builtin.ForEngine(7));
        Assert.NotEqual(_builtin.ForEngine(1 << 21), _builtin.ForEngine(7)); // the one that is kept is another set's
        Assert.Empty(SeccompFilters.Unconfined(kernel, CpuArchitecture.X64).ForEngine(7));
        Assert.Empty(SeccompFilters.OfOperator("{}"u8.ToArray(), kernel, CpuArchitecture.X64).ForEngine(7));
        SeccompFilters own = SeccompFilters.OfOperator("{\"defaultAction\":\"SCMP_ACT_LOG\"}"u8.ToArray(), kernel, CpuArchitecture.X64);
        Assert.Equal(own.ForProfile("{\"defaultAction\":\"SCMP_ACT_LOG\"}", 7), own.ForEngine(7));
        Assert.Equal(_builtin.ForBuiltin(7), own.ForBuiltin(7));
    }

    [Fact]
    public void In_a_network_of_its_own_low_ports_and_ping_are_for_every_user()
    {
        IsolationSpec Build(HostConfig host, NamespaceMode network)
            => IsolationPlan.Build(new ContainerConfig(), host, new NamespaceChoice(network), "", privateCgroup: false);

        Assert.Equal(
            ["net.ipv4.ip_unprivileged_port_start=0", "net.ipv4.ping_group_range=0 2147483647"],
            Build(new HostConfig(), NamespaceMode.Private).Sysctls.Select(s => $"{s.Key}={s.Value}"));
        Assert.Empty(Build(new HostConfig(), NamespaceMode.Host).Sysctls);
        Assert.Empty(Build(new HostConfig(), NamespaceMode.Join).Sysctls);
        var asked = new HostConfig { Sysctls = new Dictionary<string, string> { ["net.ipv4.ip_unprivileged_port_start"] = "1024" } };
        Assert.Equal(
            ["net.ipv4.ping_group_range=0 2147483647", "net.ipv4.ip_unprivileged_port_start=1024"],
            Build(asked, NamespaceMode.Private).Sysctls.Select(s => $"{s.Key}={s.Value}"));
    }
}
