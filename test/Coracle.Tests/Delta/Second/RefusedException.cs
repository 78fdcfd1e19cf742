using System.Diagnostics.CodeAnalysis;

namespace Coracle.Tests.Delta.Second;

/// <summary>The second decoder does not take this delta, and says why.</summary>
internal sealed class RefusedException(string message) : Exception(message)
{
    public static void Unless([DoesNotReturnIf(false)] bool condition, string message)
    {
        if (!condition)
        {
            throw new RefusedException(message);
        }
    }
}
