using Coracle.Linux;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary>A tar with one file, <c>delta</c>: how a delta travels as a layer.</summary>
internal sealed class DeltaTarStream : BlockingReadStream
{
    private const int BlockLength = 512;

    /// <summary>Octal 0600, as balenaEngine has it.</summary>
    private const int Mode = 0x180;

    private readonly Stream _delta;
    private readonly MemoryStream _header = new();
    private readonly MemoryStream _end;
    private bool _isInside;

    /// <param name="delta">Exactly this long. Not owned.</param>
    public DeltaTarStream(Stream delta, long length)
    {
        _delta = delta;
        new TarWriter(_header).WriteHeader(new TarEntry { Name = "delta"u8.ToArray(), Type = TarEntryType.File, Mode = Mode, Size = length, ModifiedAt = new TarTime(0, 0) });
        _header.Position = 0;
        _end = new MemoryStream(new byte[(int)(-length & (BlockLength - 1)) + (2 * BlockLength)]);
    }

    public override int Read(Span<byte> buffer)
    {
        int read = _isInside ? 0 : _header.Read(buffer);
        _isInside |= read == 0;
        read = read > 0 ? read : _delta.Read(buffer);
        return read > 0 ? read : _end.Read(buffer);
    }
}
