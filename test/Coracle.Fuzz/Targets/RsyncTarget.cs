using System.Buffers;
using Coracle.Delta;

namespace Coracle.Fuzz;

/// <summary>A delta of librsync's format, against a base of its own.</summary>
internal static class RsyncTarget
{
    private static readonly byte[] _base = new byte[70_000];

    public static void Run(ReadOnlySpan<byte> input)
    {
        using MemoryStream baseBytes = new(_base, writable: false);
        using MemoryStream delta = new(input.ToArray());
        using RsyncPatchStream patch = new(delta, baseBytes);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            int total = 0, count;
            while (total < FuzzTarget.MaxOutputBytes && (count = patch.Read(buffer)) > 0)
            {
                Promise.Holds(count <= buffer.Length, "a read gives no more than there is room for");
                total += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
