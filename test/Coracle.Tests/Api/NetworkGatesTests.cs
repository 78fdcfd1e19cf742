using Coracle.Api;
using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Tests.Api;

public sealed class NetworkGatesTests
{
    private const string Address = "92:d0:c6:0a:29:33";

    private static readonly ApiVersion _old = ApiVersion.Of(43);

    private static readonly ApiVersion _new = ApiVersion.Of(51);

    private static ContainerCreateRequest Request(string mode, string mac, params NamedEndpoint[] endpoints)
    {
        ContainerCreateRequest request = new() { Endpoints = endpoints };
        request.HostConfig.NetworkMode = mode;
        request.Config.MacAddress = mac;
        return request;
    }

    private static NamedEndpoint On(string network, string mac = "", long priority = 0) => new(network, new EndpointSettings { MacAddress = mac, GatewayPriority = priority });

    [Fact]
    public void Several_networks_came_with_1_44()
    {
        ContainerCreateRequest request = Request("a", "", On("a"), On("b"));
        Assert.Equal(
            "Container cannot be created with multiple network endpoints: a, b",
            Assert.Throws<EngineException>(() => NetworkGates.Apply(request, _old)).Message);
        Assert.Empty(NetworkGates.Apply(request, _new));
        Assert.Empty(NetworkGates.Apply(request, ApiVersion.Unversioned));
    }

    [Fact]
    public void What_a_version_did_not_know_it_does_not_get()
    {
        ContainerCreateRequest request = Request("a", "", On("a", Address, 5));
        NetworkGates.Apply(request, _old);
        Assert.Equal(("", 0), (request.Endpoints[0].Settings!.MacAddress, request.Endpoints[0].Settings!.GatewayPriority));
    }

    [Theory]
    [InlineData("", "bridge")]
    [InlineData("default", "bridge")]
    [InlineData("lan", "lan")]
    public void The_containers_address_becomes_its_endpoints(string mode, string network)
    {
        ContainerCreateRequest request = Request(mode, Address);
        Assert.Equal(["The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead."], NetworkGates.Apply(request, _new));
        Assert.Equal((network, Address, ""), (request.Endpoints[0].Network, request.Endpoints[0].Settings!.MacAddress, request.Config.MacAddress));

        request = Request(mode, Address);
        Assert.Empty(NetworkGates.Apply(request, ApiVersion.Unversioned)); // who does not say a version speaks an old one
        Assert.Equal(Address, request.Endpoints[0].Settings!.MacAddress);
    }

    [Fact]
    public void The_only_endpoint_of_an_old_client_is_the_main_one_whatever_its_name()
    {
        ContainerCreateRequest request = Request("lan", Address, On("9f3a"));
        NetworkGates.Apply(request, _old);
        Assert.Equal(Address, request.Endpoints[0].Settings!.MacAddress);
        Assert.Equal(
            "unable to migrate container-wide MAC address to a specific network: HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks",
            Assert.Throws<EngineException>(() => NetworkGates.Apply(Request("lan", Address, On("9f3a")), _new)).Message);
    }

    [Fact]
    public void Two_addresses_for_one_endpoint_are_one_too_many()
    {
        Assert.Equal(
            "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty",
            Assert.Throws<EngineException>(() => NetworkGates.Apply(Request("lan", Address, On("lan", "00:11:22:33:44:55")), _new)).Message);
        NetworkGates.Apply(Request("lan", Address, On("lan", Address)), _new);
    }

    [Fact]
    public void Without_an_endpoint_an_address_is_refused_or_forgotten()
    {
        Assert.Equal(
            "conflicting options: mac-address and the network mode",
            Assert.Throws<EngineException>(() => NetworkGates.Apply(Request("none", Address), _old)).Message);
        ContainerCreateRequest request = Request("container:x", Address);
        Assert.Single(NetworkGates.Apply(request, _new));
        Assert.Empty(request.Endpoints);
    }
}
