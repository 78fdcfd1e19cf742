using Coracle.Delta;
using Coracle.Oci;
using Coracle.Registry;
using Coracle.Storage;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary>A delta's bytes in, a layer in staging/ out, in one pass. Blocks: for a layer's own thread.</summary>
internal sealed class DeltaApplication(LayerStore layers)
{
    /// <exception cref="DeltaFailedException">The delta is to blame, or a base layer.</exception>
    /// <exception cref="Linux.LinuxException">The disk is.</exception>
    public StagedLayer Run(HandoffPipe pipe, LayerDelta delta, CancellationToken cancellationToken)
    {
        using VerifiedBlobStream blob = new(pipe, delta.Blob);
        using DeltaBases bases = new(layers);
        DecodedTar? tar = null;
        try
        {
            using DeltaDecoder decoder = new(blob, bases.Find);
            RequireTarget(decoder.Header.Target, delta.Target);
            bases.Require(decoder.Header);
            bases.Serve(decoder);
            tar = new DecodedTar(decoder, blob);
            return layers.Apply(tar, LayerCompression.None, delta.Target, bases, tarBytes: null, cancellationToken);
        }
        catch (Exception error) when (FailureOf(error, tar, bases) is { } failure)
        {
            throw failure;
        }
        finally
        {
            tar?.Dispose();
        }
    }

    /// <summary>Said before anything is unpacked: the digest at the end would say it as well, after all the bytes.</summary>
    private static void RequireTarget(DiffId actual, DiffId expected)
    {
        if (actual != expected)
        {
            throw new DeltaFormatException($"it makes layer {actual} instead of {expected}");
        }
    }

    /// <returns>Null for what is not the delta's doing: a full disk, a connection that broke, a cancellation.</returns>
    private static DeltaFailedException? FailureOf(Exception error, DecodedTar? tar, DeltaBases bases) => error switch
    {
        DeltaVersionException => new(FallbackReason.UnsupportedVersion, error.Message, error),
        DeltaBaseException missing => new(FallbackReason.DeltaDamaged, error.Message, error, missing.Layer),
        LayerDamagedException => new(FallbackReason.DeltaDamaged, error.Message, error, bases.LastGiven),
        ContentMismatchException when tar is { IsComplete: true } => new(FallbackReason.WrongLayer, error.Message, error),
        DeltaFormatException or ContentMismatchException or InvalidTarException or RecordTooLargeException
            => new(FallbackReason.DeltaDamaged, error.Message, error),
        _ => null,
    };
}
