using Coracle.Core;

namespace Coracle.Api;

/// <summary>What Docker's API has, this engine will have, and does not have yet: 501 with its name, so that nothing is ever silently ignored.</summary>
internal static class NotBuiltYet
{
    /// <summary>An endpoint that is refused as a whole.</summary>
    public static Route Endpoint(string method, string template, string what) => new(method, template, _ => throw Refusal(what));

    /// <summary>Refuses an option where it is asked for.</summary>
    public static void Option(bool isAskedFor, string what)
    {
        if (isAskedFor)
        {
            throw Refusal(what);
        }
    }

    private static EngineException Refusal(string what) => new(Core.Refusal.NotImplemented, what + " is not built yet");
}
