using System.Net;
using Coracle.Core;
using Coracle.Linux;

namespace Coracle.Tests.Core;

public sealed class PortAllocatorTests
{
    private static readonly PortSurroundings _around = new(IPAddress.Parse("172.17.0.2"), null, IPAddress.Any, HostHasIPv6: true);

    private readonly PortAllocator _allocator = new(new EphemeralPorts(32768, 32771, new HashSet<ushort> { 32769 }));

    private readonly FakeHostPorts _host = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static PortWish Wish(ushort first = 0, ushort last = 0, string address = "", PortProtocol protocol = PortProtocol.Tcp, ushort port = 80)
        => new(new ContainerPort(port, protocol), address.Length > 0 ? IPAddress.Parse(address) : null, first, last == 0 ? first : last);

    private async Task<string> PublishAsync(string owner, params PortWish[] wishes)
        => string.Join(' ', await _allocator.PublishAsync(owner, wishes, _around, _host, Cancel));

    private async Task<string> RefusedAsync(string owner, params PortWish[] wishes)
        => (await Assert.ThrowsAsync<EngineException>(() => PublishAsync(owner, wishes))).Message;

    [Fact]
    public async Task Both_families_have_the_same_port()
        => Assert.Equal("0.0.0.0:80:172.17.0.2:80/tcp [::]:80:172.17.0.2:80/tcp", await PublishAsync("a", Wish(80)));

    [Theory]
    [InlineData("", "", true)]
    [InlineData("127.0.0.1", "", true)]
    [InlineData("", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    [InlineData("0.0.0.0", "::1", false)]
    [InlineData("::", "::1", true)]
    public async Task A_port_is_one_containers_on_every_address_that_meets(string one, string other, bool meets)
    {
        await PublishAsync("a", Wish(80, address: one));
        if (meets)
        {
            Assert.EndsWith(":80 failed: port is already allocated", await RefusedAsync("b", Wish(80, address: other)), StringComparison.Ordinal);
            _allocator.Release("a");
        }

        await PublishAsync("b", Wish(80, address: other));
    }

    [Fact]
    public async Task The_words_of_a_conflict_are_those_that_clients_parse()
    {
        await PublishAsync("a", Wish(80));
        EngineException conflict = await Assert.ThrowsAsync<EngineException>(() => PublishAsync("b", Wish(80)));
        Assert.Equal("Bind for 0.0.0.0:80 failed: port is already allocated", conflict.Message);
        Assert.Matches(
            "^failed to set up container networking: .*0\\.0\\.0\\.0:(\\d+).*(?:address already in use|port is already allocated)$",
            PortWords.OfStart("web", "e1", conflict).Message); // Home Assistant's pattern
    }

    [Fact]
    public async Task Protocols_keep_out_of_each_others_way()
    {
        await PublishAsync("a", Wish(53, protocol: PortProtocol.Udp));
        await PublishAsync("b", Wish(53));
    }

    [Fact]
    public async Task Ephemeral_ports_go_round_and_leave_out_what_is_reserved()
    {
        Assert.StartsWith("0.0.0.0:32768:", await PublishAsync("a", Wish()), StringComparison.Ordinal);
        Assert.StartsWith("0.0.0.0:32770:", await PublishAsync("b", Wish()), StringComparison.Ordinal);
        _allocator.Release("a");
        Assert.StartsWith("0.0.0.0:32771:", await PublishAsync("c", Wish()), StringComparison.Ordinal);
        Assert.StartsWith("0.0.0.0:32768:", await PublishAsync("d", Wish()), StringComparison.Ordinal);
        Assert.Equal("all ports are allocated", await RefusedAsync("e", Wish()));
        Assert.StartsWith("0.0.0.0:32768:", await PublishAsync("e", Wish(protocol: PortProtocol.Udp)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_range_the_first_free_one_is_taken()
    {
        await PublishAsync("a", Wish(8000));
        Assert.StartsWith("0.0.0.0:8001:", await PublishAsync("b", Wish(8000, 8001)), StringComparison.Ordinal);
        Assert.Equal("all ports are allocated", await RefusedAsync("c", Wish(8000, 8001)));
    }

    [Fact]
    public async Task A_port_of_another_program_is_passed_over_where_there_is_a_choice()
    {
        _host.Taken.UnionWith([8000, 32768]);
        Assert.Equal(
            "0.0.0.0:8001:172.17.0.2:81/tcp [::]:8001:172.17.0.2:81/tcp 0.0.0.0:32770:172.17.0.2:82/tcp [::]:32770:172.17.0.2:82/tcp",
            await PublishAsync("a", Wish(8000, 8005, port: 81), Wish(port: 82)));
        Assert.Equal(3, _host.Asked);
        Assert.Equal([8001, 32770], _host.Held.Select(mapping => (int)mapping.HostPort).Distinct());
    }

    [Fact]
    public async Task Without_a_choice_it_is_an_error_and_nothing_is_kept()
    {
        _host.Taken.Add(81);
        Assert.Equal("failed to bind host port for 0.0.0.0:81:172.17.0.2:80/tcp: address already in use", await RefusedAsync("a", Wish(80), Wish(81)));
        await PublishAsync("b", Wish(80));
    }

    [Fact]
    public async Task An_address_that_is_not_the_hosts_is_no_reason_to_try_other_ports()
    {
        _host.Taken.Add(8000);
        _host.Error = Errno.EADDRNOTAVAIL;
        Assert.Equal(
            "failed to bind host port for 10.9.9.9:8000:172.17.0.2:80/tcp: cannot assign requested address",
            await RefusedAsync("a", Wish(8000, 8005, "10.9.9.9")));
        Assert.Equal(1, _host.Asked);
    }

    [Fact]
    public async Task A_range_full_of_other_programs_is_the_last_ones_error()
    {
        _host.Taken.UnionWith([8000, 8001]);
        Assert.Equal("failed to bind host port for 0.0.0.0:8001:172.17.0.2:80/tcp: address already in use", await RefusedAsync("a", Wish(8000, 8001)));
    }

    [Fact]
    public async Task One_conflict_among_many_gives_all_back()
    {
        await PublishAsync("a", Wish(443));
        await RefusedAsync("b", Wish(80), Wish(443), Wish());
        Assert.StartsWith("0.0.0.0:80:", await PublishAsync("c", Wish(80)), StringComparison.Ordinal);
        Assert.Equal(0, _host.Held.Count(mapping => mapping.HostPort == 443 && mapping.ContainerPort != 80));
    }

    [Fact]
    public async Task What_ran_before_the_engine_keeps_its_ports()
    {
        IReadOnlyList<PublishedPort> ports = PublishedPort.Of(
            [new ContainerPort(81, PortProtocol.Tcp)], await _allocator.PublishAsync("a", [Wish(80)], _around, _host, Cancel));
        PortAllocator next = new(EphemeralPorts.Default);
        next.Restore("a", ports);
        await Assert.ThrowsAsync<EngineException>(() => next.PublishAsync("b", [Wish(80, address: "127.0.0.1")], _around, _host, Cancel));
        next.Release("a");
        Assert.NotEmpty(await next.PublishAsync("b", [Wish(80, address: "127.0.0.1")], _around, _host, Cancel));
    }

    [Fact]
    public async Task Many_at_once_never_share_a_port()
    {
        PortAllocator allocator = new(EphemeralPorts.Default);
        IReadOnlyList<PortMapping>[] all = await Task.WhenAll(Enumerable.Range(0, 200).Select(
            i => Task.Run(() => allocator.PublishAsync($"c{i}", [Wish(), Wish(port: 81)], _around, new FakeHostPorts(), Cancel))));
        Assert.Equal(400, all.SelectMany(mappings => mappings).Select(mapping => mapping.HostPort).Distinct().Count());
    }

    [Fact]
    public async Task A_thousand_ports_are_one_question()
    {
        await PublishAsync("a", [.. Enumerable.Range(1000, 1000).Select(port => Wish((ushort)port, port: (ushort)port))]);
        Assert.Equal((1, 2000), (_host.Asked, _host.Held.Count));
    }

    /// <summary>A host where other programs have some ports.</summary>
    private sealed class FakeHostPorts : IHostPorts
    {
        public HashSet<int> Taken { get; } = [];

        public Errno Error { get; set; } = Errno.EADDRINUSE;

        public List<PortMapping> Held { get; } = [];

        public int Asked { get; private set; }

        public Task<HostPortRefusal?> HoldAsync(IReadOnlyList<PortMapping> ports, CancellationToken cancellationToken)
        {
            Asked++;
            PortMapping? taken = ports.FirstOrDefault(port => Taken.Contains(port.HostPort));
            if (taken is null)
            {
                Held.AddRange(ports);
            }

            return Task.FromResult(taken is null ? null : new HostPortRefusal(taken, Error));
        }

        public Task LetGoAsync(IReadOnlyList<PortMapping> ports, CancellationToken cancellationToken)
        {
            Held.RemoveAll(ports.Contains);
            return Task.CompletedTask;
        }
    }
}
