using System.Net;
using Coracle.Linux;
using Coracle.Networking;

namespace Coracle.Tests.Networking;

public sealed class UndoTests
{
    private readonly List<string> _said = [];

    [Fact]
    public void Steps_are_taken_back_from_behind_also_when_one_fails()
    {
        using (var undo = new Undo(_said.Add))
        {
            undo.Add(() => _said.Add("first"));
            undo.Add(() => throw new LinuxException("RTM_DELLINK", "veth0123456", Errno.EBUSY));
            undo.Add(() => _said.Add("last"));
        }

        Assert.Equal(["last", "could not be taken back: RTM_DELLINK veth0123456: EBUSY (device or resource busy)", "first"], _said);
    }

    [Fact]
    public void What_succeeded_is_kept()
    {
        using (var undo = new Undo(_said.Add))
        {
            undo.Add(() => _said.Add("undone"));
            undo.Keep();
        }

        Assert.Empty(_said);
    }

    [Fact]
    public void A_step_that_fails_is_said_before_the_kernels_words()
    {
        LinuxException refused = new("RTM_NEWADDR", "10.0.0.1/8 on 2", Errno.EEXIST);
        NetworkingException failure = Assert.Throws<NetworkingException>(() => NetworkingException.Step("failed to add it", () => throw refused));
        Assert.Equal(("failed to add it: " + refused.Message, Errno.EEXIST), (failure.Message, failure.Errno));
        Assert.Equal(Errno.EEXIST, new NetworkingException("outer", failure).Errno);
        Assert.Equal(Errno.None, new NetworkingException("of our own").Errno);
    }

    [Fact]
    public void The_firewall_is_told_what_the_network_is()
    {
        BridgeNetwork network = new("n1", "br0") { IPv4 = new(IPNetwork.Parse("10.0.0.0/8"), null), ConnectsNeighbours = false, IsInternal = true, Masquerades = false };
        Assert.Equal(
            new NetworkRules("n1", "br0") { IPv4 = IPNetwork.Parse("10.0.0.0/8"), KeepsNeighboursApart = true, IsInternal = true, Masquerades = false }, network.Rules);
        Assert.False(network.AnswersLoopback);
        Assert.True((network with { IsInternal = false }).AnswersLoopback);
    }
}
