using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Coracle.Storage;

/// <summary>zstd: one frame or many, with skippable ones between them; checksums are compared where a frame has one.</summary>
/// <remarks>
/// Memory is the frame's window, which the frame chooses: what asks for more than 8 MiB, which RFC 8878 has every decoder support, is
/// refused before it gets any. What follows the last frame and is none is damage, as Go's decoder has it.
/// </remarks>
internal sealed class ZstdDecoder : ILayerDecoder
{
    /// <summary>2^23 bytes: <c>zstd -19</c> and BuildKit's default need no more.</summary>
    private const int MaxWindowLog = 23;

    private const int InputLength = 128 * 1024;

    private readonly DecompressionStream _zstd;

    /// <param name="blob">Not owned.</param>
    public ZstdDecoder(Stream blob)
    {
        _zstd = new DecompressionStream(blob, InputLength, checkEndOfStream: true, leaveOpen: true);
        _zstd.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, MaxWindowLog);
    }

    public int Read(Span<byte> tar)
    {
        try
        {
            return _zstd.Read(tar);
        }
        catch (ZstdException e) when (e.Code == ZSTD_ErrorCode.ZSTD_error_frameParameter_windowTooLarge)
        {
            throw new LayerFormatException($"zstd: a window of more than {1 << (MaxWindowLog - 20)} MiB is not supported", e);
        }
        catch (ZstdException e)
        {
            throw new LayerFormatException($"zstd: {e.Message}", e);
        }
        catch (EndOfStreamException e)
        {
            throw new LayerFormatException("zstd: unexpected end of the data", e);
        }
    }

    public void Dispose() => _zstd.Dispose();
}
