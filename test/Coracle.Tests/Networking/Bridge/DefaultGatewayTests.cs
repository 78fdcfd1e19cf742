using System.Net;
using Coracle.Linux;
using Coracle.Networking;

namespace Coracle.Tests.Networking;

public sealed class DefaultGatewayTests
{
    private static readonly IPAddress _four = IPAddress.Parse("172.30.0.1"), _six = IPAddress.Parse("fd30::1");

    [Fact]
    public void The_highest_priority_wins_and_among_equals_the_networks_name()
    {
        Assert.Equal("high", Chosen(On("a"), On("high", priority: 1), On("b")));
        Assert.Equal("a", Chosen(On("b"), On("a"), On("low", priority: -1)));
        Assert.Equal("Z", Chosen(On("a"), On("Z"))); // as bytes
    }

    [Fact]
    public void What_leads_nowhere_is_not_chosen()
    {
        Assert.Null(Chosen());
        Assert.Null(Chosen(On("inner", priority: 9) with { GatewayIPv4 = null }));
        Assert.Equal("a", Chosen(On("inner", priority: 9) with { GatewayIPv4 = null }, On("a")));
    }

    [Fact]
    public void Each_family_has_its_own()
    {
        JoinedEndpoint[] joined = [Joined(On("both") with { GatewayIPv6 = _six }), Joined(On("high", priority: 1))];
        Assert.Equal("high", DefaultGateway.Choose(joined, isIPv6: false)!.Endpoint.NetworkName);
        Assert.Equal("both", DefaultGateway.Choose(joined, isIPv6: true)!.Endpoint.NetworkName);
    }

    [Fact]
    public void A_route_without_gateway_needs_an_address_of_its_family()
    {
        Endpoint routed = On("l3") with { GatewayIPv4 = null, ReachesAllOnLink = true };
        JoinedEndpoint[] joined = [Joined(routed)];
        Assert.NotNull(DefaultGateway.Choose(joined, isIPv6: false));
        Assert.Null(DefaultGateway.Choose(joined, isIPv6: true));
        NetworkRoute route = DefaultGateway.RouteBy(routed, new LinkIndex(7), isIPv6: false);
        Assert.Equal((null, new LinkIndex(7), true), (route.Gateway, route.Link, route.IsDefault));
    }

    [Theory]
    [InlineData("172.30.255.254", false)]
    [InlineData("172.31.0.1", true)]
    public void A_gateway_outside_the_subnet_is_said_to_be_on_the_link(string gateway, bool onLink)
        => Assert.Equal(onLink, DefaultGateway.RouteBy(On("a") with { GatewayIPv4 = IPAddress.Parse(gateway) }, new LinkIndex(2), isIPv6: false).GatewayIsOnLink);

    private static string? Chosen(params Endpoint[] endpoints)
        => DefaultGateway.Choose(endpoints.Select(Joined), isIPv6: false)?.Endpoint.NetworkName;

    private static JoinedEndpoint Joined(Endpoint endpoint) => new(endpoint, "eth0", "veth0123456");

    private static Endpoint On(string network, int priority = 0) => new("e-" + network, network, new BridgePort("br0"))
    {
        Addresses = [new SandboxAddress(IPAddress.Parse("172.30.0.2"), 16)],
        GatewayIPv4 = _four,
        GatewayPriority = priority,
    };
}
