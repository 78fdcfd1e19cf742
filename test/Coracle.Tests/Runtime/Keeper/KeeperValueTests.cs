using System.Net;
using System.Text;
using Coracle.Dns;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Tests.Linux;

namespace Coracle.Tests.Runtime.Keeper;

/// <summary>The keeper's pure parts.</summary>
public class KeeperValueTests
{
    [Fact]
    public void A_direction_of_a_spliced_connection_takes_these_steps()
    {
        Assert.Equal(FlowPhase.Draining, SpliceFlow.Next(FlowPhase.Filling, IoCount.From(5), held: 5));
        Assert.Equal(FlowPhase.Ended, SpliceFlow.Next(FlowPhase.Filling, IoCount.From(0), held: 0));
        Assert.Equal(FlowPhase.Filling, SpliceFlow.Next(FlowPhase.Draining, IoCount.From(5), held: 0));
        Assert.Equal(FlowPhase.Draining, SpliceFlow.Next(FlowPhase.Draining, IoCount.From(2), held: 3));
        foreach (FlowPhase phase in Enum.GetValues<FlowPhase>())
        {
            Assert.Equal(phase, SpliceFlow.Next(phase, IoCount.FailedWith(Errno.EAGAIN), held: 1));
        }

        Assert.Equal(FlowPhase.Broken, SpliceFlow.Next(FlowPhase.Filling, IoCount.FailedWith(Errno.ECONNRESET), held: 0));
        Assert.Equal(FlowPhase.Broken, SpliceFlow.Next(FlowPhase.Draining, IoCount.FailedWith(Errno.EPIPE), held: 1));
        Assert.Equal(FlowPhase.Ended, SpliceFlow.Next(FlowPhase.Ended, IoCount.FailedWith(Errno.EPIPE), held: 0));
    }

    [Theory]
    [InlineData(ForwardedVerdict.Final, false, false, ForwardStep.Deliver)]
    [InlineData(ForwardedVerdict.Foreign, false, true, ForwardStep.Wait)]
    [InlineData(ForwardedVerdict.Foreign, true, true, ForwardStep.NextServer)]
    [InlineData(ForwardedVerdict.Unhelpful, false, true, ForwardStep.NextServer)]
    [InlineData(ForwardedVerdict.Truncated, false, false, ForwardStep.Deliver)]
    [InlineData(ForwardedVerdict.Truncated, false, true, ForwardStep.ByStream)]
    [InlineData(ForwardedVerdict.Truncated, true, true, ForwardStep.Deliver)]
    internal void A_forwarded_question_takes_these_steps(ForwardedVerdict verdict, bool byStream, bool wantsWhole, ForwardStep step)
        => Assert.Equal(step, ForwardedQuestion.After(verdict, byStream, wantsWhole));

    [Theory]
    [InlineData("", "127.0.0.1")]
    [InlineData("# nameserver 1.1.1.1\nnameserver\t 10.0.0.1  # x\nsearch a\n", "10.0.0.1")]
    [InlineData("nameserver 127.0.0.53\noptions edns0", "127.0.0.53")]
    [InlineData("nameserver ::1\r\nnameserver 1.1.1.1\nnameserver nonsense\nnameserver 2001:db8::1\nnameserver 9.9.9.9\n", "::1 1.1.1.1 2001:db8::1")]
    [InlineData("nameserver fe80::1%lo", "fe80::1")]
    public void Servers_are_read_as_the_C_library_reads_them(string file, string servers)
        => Assert.Equal(servers, string.Join(' ', HostResolvers.Parse(Encoding.UTF8.GetBytes(file)).Select(Text)));

    [Fact]
    public void The_hosts_servers_are_those_of_the_moment_also_behind_a_link()
    {
        using ScratchDirectory scratch = new();
        string link = Path.Combine(scratch.Path, "resolv.conf"), target = Path.Combine(scratch.Path, "target");
        HostResolvers resolvers = new(link);
        Assert.Equal("127.0.0.1", Text(resolvers.Current()[0]));
        File.CreateSymbolicLink(link, "target");
        Assert.Equal("127.0.0.1", Text(resolvers.Current()[0]));
        File.WriteAllText(target, "nameserver 10.0.0.1\n");
        Assert.Equal("10.0.0.1", Text(resolvers.Current()[0]));
        Assert.Same(resolvers.Current(), resolvers.Current());
        File.WriteAllText(target + ".new", "nameserver 10.0.0.2\n");
        File.Move(target + ".new", target, overwrite: true);
        Assert.Equal("10.0.0.2", Text(resolvers.Current()[0]));
        File.Delete(target);
        Assert.Equal("127.0.0.1", Text(resolvers.Current()[0]));
    }

    [Fact]
    public void Ports_and_settings_are_read_as_they_were_written()
    {
        Assert.True(InternetEndpoint.TryParse("::1"u8, 8080, out InternetEndpoint at));
        Assert.True(InternetEndpoint.TryParse("172.18.0.2"u8, 80, out InternetEndpoint target));
        RecordWriter writer = new();
        new PortHold(TransportProtocol.Udp, at, target).Encode(writer);
        new ResolverSettings(["a", "b"], OutsideNames.Forwarded, [target]).Encode(writer);
        RecordReader reader = new(writer.Written);
        PortHold port = PortHold.Decode(ref reader);
        ResolverSettings settings = ResolverSettings.Decode(ref reader);
        reader.ExpectEnd();
        Assert.Equal((TransportProtocol.Udp, at, target), (port.Protocol, port.At, port.Target));
        Assert.Equal((OutsideNames.Forwarded, target), (settings.Outside, Assert.Single(settings.Servers)));
        Assert.Equal(["a", "b"], settings.Tables);
    }

    [Theory]
    [InlineData("434B5052 0100 0100", 1)]
    [InlineData("434B5052 0100 0900", 1)]
    [InlineData("434B5052 0200 0900", 0)]
    [InlineData("434B5052 0000 0000", 0)]
    [InlineData("434D4F4E 0100 0100", 0)]
    [InlineData("434B5052 0100", 0)]
    public void Both_speak_the_highest_version_that_both_know(string hello, int version)
        => Assert.Equal(version, KeeperProtocol.Agree(Convert.FromHexString(hello.Replace(" ", "", StringComparison.Ordinal))));

    [Fact]
    public void The_kernels_event_is_laid_out_as_C_says()
    {
        const string Program = "#include <stddef.h>\n#include <sys/epoll.h>\n_Static_assert(sizeof(struct epoll_event) == {0} && offsetof(struct epoll_event, data) == {1}, \"epoll\");\n";
        Assert.Equal((12, 4), (EventQueue.Stride, EventQueue.TokenAt));
        Assert.Equal("", CrossCompiler.Check("gcc", Program.Replace("{0}", "12", StringComparison.Ordinal).Replace("{1}", "4", StringComparison.Ordinal)));
        foreach (string compiler in new[] { "aarch64-linux-gnu-gcc", "arm-linux-gnueabihf-gcc" })
        {
            Assert.Equal("", CrossCompiler.Check(compiler, Program.Replace("{0}", "16", StringComparison.Ordinal).Replace("{1}", "8", StringComparison.Ordinal)));
        }
    }

    private static string Text(InternetEndpoint endpoint) => new IPAddress(endpoint.CopyTo(stackalloc byte[16])).ToString();
}
