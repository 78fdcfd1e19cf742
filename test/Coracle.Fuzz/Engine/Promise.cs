namespace Coracle.Fuzz;

/// <summary>A parser accepted the input and broke a promise about the result. Never a documented outcome.</summary>
internal sealed class BrokenPromiseException(string promise) : Exception(promise);

internal static class Promise
{
    public static void Holds(bool kept, string promise)
    {
        if (!kept)
        {
            throw new BrokenPromiseException(promise);
        }
    }

    public static void Same(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, string promise) => Holds(one.SequenceEqual(other), promise);
}
