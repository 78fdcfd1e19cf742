using System.Buffers.Binary;
using Coracle.Delta;
using Coracle.Registry;
using Coracle.Storage;
using TarPoint = Coracle.Storage.RestartPoint;

namespace Coracle.Core;

/// <summary>The tar that a delta makes while its bytes arrive.</summary>
/// <param name="decoder">Owned, as is the blob.</param>
/// <param name="blob">
/// From the delta's first byte on one that proves its digest at its end. One that goes on in the middle cannot: what came before was hashed by
/// a process that is gone. Nothing hangs on that: each segment has checksums of its own, and the layer's diffID decides.
/// </param>
internal sealed class DecodedTar(DeltaDecoder decoder, HandoffStream blob) : IRestartableTar
{
    private const int StateLength = 12;

    private TarPoint? _reached;

    /// <summary>All of the tar has been given out, by a delta that was read to its end.</summary>
    public bool IsComplete { get; private set; }

    public TarPoint? Reached
    {
        get
        {
            // The same object as long as it is the same place: so the store sees that it has noted it.
            if (decoder.Restart is { TarOffset: > 0 } at && at.TarOffset != _reached?.TarAt)
            {
                byte[] state = new byte[StateLength];
                BinaryPrimitives.WriteInt64LittleEndian(state, at.PackedOffset);
                BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(8), at.Segment);
                _reached = new TarPoint(at.TarOffset, state);
            }

            return _reached;
        }
    }

    /// <returns>The decoder's own words for a place; null where they are none.</returns>
    public static Delta.RestartPoint? TryParse(TarPoint point) => point.State.Length == StateLength
        ? new Delta.RestartPoint(
            BinaryPrimitives.ReadInt64LittleEndian(point.State.Span), point.TarAt, BinaryPrimitives.ReadInt32LittleEndian(point.State.Span[8..]))
        : null;

    public int Read(Span<byte> tar)
    {
        if (tar.IsEmpty || IsComplete)
        {
            return 0;
        }

        int read = decoder.Read(tar);
        if (read == 0)
        {
            Drain();
            IsComplete = true;
        }

        return read;
    }

    public void Dispose()
    {
        decoder.Dispose();
        blob.Dispose();
    }

    private void Drain()
    {
        Span<byte> rest = stackalloc byte[4096];
        while (blob.Read(rest) > 0)
        {
            // Nothing should be left, and a blob that verifies itself does so at its end.
        }
    }
}
