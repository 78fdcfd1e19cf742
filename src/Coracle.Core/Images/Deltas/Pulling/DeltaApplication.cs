using System.Buffers.Binary;
using Coracle.Delta;
using Coracle.Oci;
using Coracle.Registry;
using Coracle.Storage;
using Coracle.Tar;
using TarPoint = Coracle.Storage.RestartPoint;

namespace Coracle.Core;

/// <summary>
/// A delta's bytes in, a layer in staging/ out, in one pass; after a kill it goes on at the segment where it was. Blocks: for a layer's own
/// thread, once.
/// </summary>
internal sealed class DeltaApplication(LayerStore layers, BlobSource source, LayerDelta delta) : IDisposable
{
    /// <summary>Most headers are shorter; one that is longer costs a second request.</summary>
    private const int HeaderGuess = 4096;

    /// <summary>docs/formats/delta.md.</summary>
    private const int LongestHeader = 256 * 1024;

    private readonly DeltaBases _bases = new(layers);
    private DecodedTar? _tar;

    /// <exception cref="DeltaFailedException">The delta is to blame, or a base layer.</exception>
    /// <exception cref="Linux.LinuxException">The disk is.</exception>
    public StagedLayer Run(CancellationToken cancellationToken)
    {
        try
        {
            return layers.ApplyResumable(delta.Blob.Digest, Open, delta.Target, _bases, tarBytes: null, cancellationToken);
        }
        catch (Exception error) when (FailureOf(error) is { } failure)
        {
            throw failure;
        }
    }

    public void Dispose() => _bases.Dispose();

    /// <summary>The store asks where to begin; a second time, for the beginning, if what it had is of no use.</summary>
    private DecodedTar Open(TarPoint? point)
    {
        Delta.RestartPoint? restart = point is null ? null : DecodedTar.TryParse(point);
        DeltaHeader? header = restart is null ? null : ReadHeader();
        HandoffStream blob = restart is { } at ? new HandoffStream(source.Open(at.PackedOffset)) : new VerifiedBlobStream(source.Open(), delta.Blob);
        try
        {
            DeltaDecoder decoder = header is null
                ? new DeltaDecoder(blob, _bases.Find) : new DeltaDecoder(header, restart!.Value, blob, _bases.Find);
            RequireTarget(decoder.Header.Target);
            _bases.Require(decoder.Header);
            _bases.Serve(decoder);
            return _tar = new DecodedTar(decoder, blob);
        }
        catch
        {
            blob.Dispose();
            throw;
        }
    }

    private DeltaHeader ReadHeader()
    {
        byte[] start = ReadStart(HeaderGuess);
        uint length = start.Length >= 16 ? BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(12)) : 0;
        using MemoryStream header = new(length > start.Length && length <= LongestHeader ? ReadStart((int)length) : start);
        return DeltaHeader.Read(header);
    }

    private byte[] ReadStart(int length)
    {
        byte[] start = new byte[Math.Min(length, delta.Blob.Size)];
        using HandoffStream part = new(source.Open(0, start.Length));
        return start[..part.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
    }

    /// <summary>Said before anything is unpacked: the digest at the end would say it as well, after all the bytes.</summary>
    private void RequireTarget(DiffId actual)
    {
        if (actual != delta.Target)
        {
            throw new DeltaFormatException($"it makes layer {actual} instead of {delta.Target}");
        }
    }

    /// <returns>Null for what is not the delta's doing: a full disk, a connection that broke, a cancellation.</returns>
    private DeltaFailedException? FailureOf(Exception error) => error switch
    {
        DeltaVersionException => new(FallbackReason.UnsupportedVersion, error.Message, error),
        DeltaBaseException missing => new(FallbackReason.DeltaDamaged, error.Message, error, missing.Layer),
        LayerDamagedException => new(FallbackReason.DeltaDamaged, error.Message, error, _bases.LastGiven),
        ContentMismatchException when _tar is { IsComplete: true } => new(FallbackReason.WrongLayer, error.Message, error),
        DeltaFormatException or ContentMismatchException or InvalidTarException or RecordTooLargeException
            => new(FallbackReason.DeltaDamaged, error.Message, error),
        _ => null,
    };
}
