using Coracle.Core;
using Coracle.Oci;
using Coracle.Wire;

namespace Coracle.Tests.Core;

public sealed class ContainerLinkTests
{
    private static readonly ContainerRecord _database = Container("db", new ContainerConfig
    {
        Hostname = "dbhost",
        Env = ["PATH=/bin", "HOME=/", "USER=me", "bare"],
        ExposedPorts = ["5432/tcp", "5433", "90/udp"],
    }) with
    { Sandbox = new SandboxState { Endpoints = [new GivenEndpoint { Network = "bridge", IPAddress = "172.17.0.5" }] } };

    private static ContainerRecord Container(string name, ContainerConfig? config = null, string mode = "bridge") => new()
    {
        Id = ContainerId.Create(),
        Name = name,
        Created = DateTimeOffset.UnixEpoch,
        ImageId = Digest.Of([]),
        Layers = [],
        Config = config ?? new ContainerConfig(),
        HostConfig = new HostConfig { NetworkMode = mode },
    };

    private static Func<string, ContainerRecord> Among(params ContainerRecord[] records)
        => name => records.FirstOrDefault(record => record.Name == name || record.Id == name) ?? throw new EngineException(Refusal.NotFound, "No such container: " + name);

    [Theory]
    [InlineData("db", "db", "db")]
    [InlineData("db:database", "db", "database")]
    [InlineData("/db:/web/database", "db", "database")]
    public void A_link_is_a_container_and_an_alias(string text, string name, string alias) => Assert.Equal((name, alias), ContainerLink.Parse(text));

    [Theory]
    [InlineData("", "empty string specified for links")]
    [InlineData("a:b:c", "bad format for links: a:b:c")]
    [InlineData("a:", "bad format for links: a:")]
    [InlineData("a:b\nc", "bad format for links: a:b\nc")]
    [InlineData("nosuch", "could not get container for nosuch")]
    [InlineData("onhost:x", "conflicting options: host type networking can't be used with links. This would result in undefined behavior")]
    public void What_is_no_link_is_refused(string text, string words)
        => Assert.Equal(
            words,
            Assert.Throws<EngineException>(() => ContainerLink.Of(new HostConfig { Links = [text] }, Among(_database, Container("onhost", mode: "host")))).Message);

    [Fact]
    public void A_link_to_who_shares_anothers_network_is_one_to_that_other()
    {
        ContainerRecord guest = Container("guest", mode: "container:" + _database.Id);
        Assert.Equal(_database.Id, ContainerLink.Of(new HostConfig { Links = ["guest:g"] }, Among(_database, guest))[0].ContainerId);
    }

    [Fact]
    public void A_link_to_one_that_does_not_run_cannot_be_started()
    {
        ContainerRecord stopped = _database with { Sandbox = null };
        ContainerRecord web = Container("web") with { Links = [new ContainerLink { ContainerId = stopped.Id, Alias = "x" }] };
        Assert.Equal("Cannot link to a non running container: /db AS /web/x", Assert.Throws<EngineException>(() => LinkedContainer.Of(web, Among(stopped))).Message);
        ContainerRecord elsewhere = _database with { Sandbox = new SandboxState { Endpoints = [new GivenEndpoint { Network = "lan", IPAddress = "10.0.0.2" }] } };
        Assert.Equal(
            $"container {_database.Id} not attached to default bridge network",
            Assert.Throws<EngineException>(() => LinkedContainer.Of(web, Among(elsewhere))).Message);
    }

    [Fact]
    public void A_linked_container_is_known_by_its_alias_and_its_names()
    {
        Assert.Equal("172.17.0.5\tmy-db dbhost db\n", new LinkedContainer(_database, "my-db", "172.17.0.5").HostsEntry.ToString());
        Assert.Equal("172.17.0.5\tdb dbhost\n", new LinkedContainer(_database, "db", "172.17.0.5").HostsEntry.ToString());
    }

    [Fact]
    public void The_variables_of_a_link_are_Dockers() => Assert.Equal(
        [
            "MY_DB_PORT=tcp://172.17.0.5:5432",
            "MY_DB_PORT_5432_TCP=tcp://172.17.0.5:5432",
            "MY_DB_PORT_5432_TCP_ADDR=172.17.0.5",
            "MY_DB_PORT_5432_TCP_PORT=5432",
            "MY_DB_PORT_5432_TCP_PROTO=tcp",
            "MY_DB_PORT_5433_TCP=tcp://172.17.0.5:5433",
            "MY_DB_PORT_5433_TCP_ADDR=172.17.0.5",
            "MY_DB_PORT_5433_TCP_PORT=5433",
            "MY_DB_PORT_5433_TCP_PROTO=tcp",
            "MY_DB_PORT_5432_TCP_START=tcp://172.17.0.5:5432",
            "MY_DB_PORT_5432_TCP_PORT_START=5432",
            "MY_DB_PORT_5432_TCP_END=tcp://172.17.0.5:5433",
            "MY_DB_PORT_5432_TCP_PORT_END=5433",
            "MY_DB_PORT_90_UDP=udp://172.17.0.5:90",
            "MY_DB_PORT_90_UDP_ADDR=172.17.0.5",
            "MY_DB_PORT_90_UDP_PORT=90",
            "MY_DB_PORT_90_UDP_PROTO=udp",
            "MY_DB_NAME=/web/my-db",
            "MY_DB_ENV_USER=me",
        ],
        new LinkedContainer(_database, "my-db", "172.17.0.5").Environment("web"));

    [Fact]
    public void Names_on_a_users_network_are_its_own_its_aliases_its_id_and_its_hosts()
    {
        NetworkMembership lan = new() { Network = "lan", Wish = new EndpointSettings { Aliases = ["a", "db"] } };
        Assert.Equal(["db", "a", _database.ShortId, "dbhost"], DnsNames.Of(_database, lan));
        Assert.Null(DnsNames.Of(_database, new NetworkMembership { Network = "bridge" }));
    }
}
