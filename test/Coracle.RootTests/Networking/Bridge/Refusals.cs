using Coracle.Linux;
using Coracle.Networking;

namespace Coracle.RootTests.Networking;

/// <summary>Lets the kernel refuse one order after the other.</summary>
internal static class Refusals
{
    /// <summary>More orders than any verb gives.</summary>
    private const int Most = 100;

    /// <param name="verb">Run once for each of its orders, which is refused, and then once to its end.</param>
    /// <param name="check">After each failure.</param>
    /// <returns>How many orders there are.</returns>
    internal static int AtEach(Action<RouteOpener> verb, Action<NetworkingException> check)
    {
        for (int refused = 0; refused < Most; refused++)
        {
            int order = 0;
            Errno Next() => order++ == refused ? Errno.ENOBUFS : Errno.None;
            NetworkingException? failure = (NetworkingException?)Record.Exception(() => verb(space => RouteSocket.OpenRefused(space, Next)));
            if (failure is null)
            {
                return refused;
            }

            Assert.Equal(Errno.ENOBUFS, failure.Errno);
            check(failure);
        }

        throw new InvalidOperationException("it never ends");
    }
}
