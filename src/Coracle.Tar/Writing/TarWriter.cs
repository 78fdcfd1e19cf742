using System.Buffers;

namespace Coracle.Tar;

/// <summary>Writes a tar: ustar blocks, with a PAX header where ustar has no room. The same entries always give the same bytes.</summary>
/// <remarks>
/// One entry at a time: header, then exactly its <see cref="TarEntry.RealSize"/> in <see cref="Write"/> (holes are written out).
/// Does not own the destination.
/// </remarks>
public sealed class TarWriter(Stream destination)
{
    private readonly ArrayBufferWriter<byte> _header = new(4 * HeaderBlock.Length);
    private long _bodyLeft;
    private int _padding;

    /// <summary>Starts an entry.</summary>
    /// <exception cref="InvalidOperationException">The previous entry's body is not complete.</exception>
    public void WriteHeader(TarEntry entry)
    {
        FinishBody();
        _header.ResetWrittenCount();
        PaxHeader.Write(entry, _header);
        HeaderBlockWriter.Write(entry, _header);
        destination.Write(_header.WrittenSpan);
        _bodyLeft = HeaderBlockWriter.SizeOf(entry);
        _padding = (int)(-_bodyLeft & (HeaderBlock.Length - 1));
    }

    /// <summary>The next bytes of the body.</summary>
    public void Write(ReadOnlySpan<byte> body)
    {
        if (body.Length > _bodyLeft)
        {
            throw new InvalidOperationException($"{body.Length} bytes for an entry that has {_bodyLeft} left");
        }

        destination.Write(body);
        _bodyLeft -= body.Length;
    }

    /// <summary>Writes the end mark.</summary>
    public void Complete()
    {
        FinishBody();
        Span<byte> end = stackalloc byte[2 * HeaderBlock.Length];
        end.Clear();
        destination.Write(end);
    }

    private void FinishBody()
    {
        if (_bodyLeft != 0)
        {
            throw new InvalidOperationException($"{_bodyLeft} bytes of the entry are missing");
        }

        Span<byte> padding = stackalloc byte[HeaderBlock.Length];
        padding.Clear();
        destination.Write(padding[.._padding]);
        _padding = 0;
    }
}
