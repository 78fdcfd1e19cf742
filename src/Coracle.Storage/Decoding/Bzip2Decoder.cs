namespace Coracle.Storage;

/// <summary>bzip2, one stream or many, as bunzip2 reads them; block and stream checksums are compared.</summary>
/// <remarks>
/// Written here and not linked: archives come from outside and are read as root, so bounds are checked by the runtime
/// (docs/decisions/0010-decoders.md). Memory: 4 bytes for each byte of a block, 3.6 MB at the usual level 9.
/// </remarks>
internal sealed class Bzip2Decoder : ILayerDecoder
{
    private const ulong BlockMagic = 0x314159265359;
    private const ulong EndMagic = 0x177245385090;
    private const int LevelUnit = 100_000;

    private readonly Bzip2Bits _bits;
    private Bzip2Block? _block;
    private uint _streamSum;
    private bool _isFirst = true;
    private bool _inStream;
    private bool _ended;

    /// <param name="blob">Not owned.</param>
    public Bzip2Decoder(Stream blob) => _bits = new Bzip2Bits(blob);

    public int Read(Span<byte> tar)
    {
        while (!_ended)
        {
            int read = _block?.Read(tar) ?? 0;
            if (read > 0)
            {
                return read;
            }

            Advance();
        }

        return 0;
    }

    public void Dispose() => _bits.Dispose();

    private void Advance()
    {
        if (!_inStream)
        {
            ReadStreamHeader();
            return;
        }

        if (_block is { IsStarted: true })
        {
            _streamSum = uint.RotateLeft(_streamSum, 1) ^ _block.Checksum();
        }

        switch (_bits.ReadMany(48))
        {
            case BlockMagic:
                _block!.Start(_bits);
                break;
            case EndMagic:
                EndStream();
                break;
            default:
                throw Broken("bad magic value");
        }
    }

    private void ReadStreamHeader()
    {
        if (!_isFirst && _bits.IsAtEnd())
        {
            _ended = true;
            return;
        }

        _isFirst = false;
        uint magic = _bits.Read(24), level = _bits.Read(8) - '0';
        if (magic != 0x425a68 || level is < 1 or > 9)
        {
            throw Broken("bad magic value");
        }

        // A level of a later stream may be higher.
        _block = _block is { } block && block.Capacity >= level * LevelUnit ? block : new Bzip2Block((int)level * LevelUnit);
        _block.Reset((int)level * LevelUnit);
        (_inStream, _streamSum) = (true, 0);
    }

    private void EndStream()
    {
        if (_bits.Read(32) != _streamSum)
        {
            throw Broken("checksum mismatch");
        }

        _bits.AlignToByte();
        _block!.Reset(_block.Capacity);
        _inStream = false;
    }

    internal static LayerFormatException Broken(string why) => new("bzip2: " + why);
}
