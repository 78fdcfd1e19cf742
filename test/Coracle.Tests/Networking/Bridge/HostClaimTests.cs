using System.Net.Sockets;
using Coracle.Networking;

namespace Coracle.Tests.Networking;

/// <summary>The name is the machine's: whoever runs these tests beside an engine sees the one answer only.</summary>
public sealed class HostClaimTests
{
    [Fact]
    public void One_at_a_time_and_free_again_with_its_holder()
    {
        using HostClaim first = new(), second = new();
        if (!first.TryTake())
        {
            Assert.Throws<SocketException>(() => new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified).Bind(new UnixDomainSocketEndPoint("\0coracle networks")));
            return;
        }

        Assert.True(first.TryTake());
        Assert.False(second.TryTake());
        first.Dispose();
        Assert.True(second.TryTake());
    }
}
