using Coracle.Delta;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary>A delta of an archive, applied while it arrives: nothing of it is kept but the layer.</summary>
internal sealed class ArrivingDelta(Store store, ArchiveContents contents, CancellationToken cancellationToken)
{
    private const int BufferLength = 64 * 1024;

    /// <summary>Whether a member of an archive begins as one.</summary>
    public static bool IsOne(ReadOnlySpan<byte> start) => start.StartsWith("CORACLDL"u8);

    /// <summary>Reads the delta to its end, unless it cannot be used.</summary>
    /// <returns>The layer, which is in <paramref name="blob"/>'s archive from now on; or why there is none.</returns>
    public ArchiveMember Take(Stream blob)
    {
        try
        {
            DeltaHeader header = DeltaHeader.Read(blob);
            if (!contents.TryLease(header.Target))
            {
                if (Missing(header) is { } missing)
                {
                    return new ArchiveMember.Unusable(missing);
                }

                contents.Add(Apply(header, blob));
            }

            Drain(blob);
            return new ArchiveMember.Layer(header.Target);
        }
        catch (Exception error) when (IsItsFault(error))
        {
            return new ArchiveMember.Unusable(error.Message);
        }
    }

    private string? Missing(DeltaHeader header)
    {
        foreach (DeltaBase needed in header.Bases)
        {
            if (!contents.TryLease(needed.DiffId))
            {
                return $"layer {needed.DiffId} is not here, and a delta in the archive needs it: pull or load the image that the delta was made from first";
            }
        }

        return null;
    }

    private StagedLayer Apply(DeltaHeader header, Stream blob)
    {
        using DeltaBases bases = new(store.Layers);
        using DeltaDecoder decoder = new(header, new Delta.RestartPoint(header.Bytes.Length, 0, 0), blob, bases.Find);
        bases.Serve(decoder);
        using DeltaTar tar = new(decoder);
        return store.Layers.Apply(tar, LayerCompression.None, header.Target, bases, tarBytes: null, cancellationToken);
    }

    private void Drain(Stream blob)
    {
        byte[] buffer = new byte[BufferLength];
        while (blob.Read(buffer) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static bool IsItsFault(Exception error)
        => error is DeltaFormatException or DeltaVersionException or DeltaBaseException or ContentMismatchException or LayerDamagedException
            or InvalidTarException or RecordTooLargeException or LayerFormatException;
}
