namespace Coracle.Tar;

// The parts of a sparse file's map that stand behind its header. They are given out with the raw bytes, so that what is left is the body.
public sealed partial class TarReader
{
    /// <summary>2^63 has 19 digits; GNU tar writes no fillers.</summary>
    private const int MaxNumberLength = 20;

    // The number of a 1.0 map that is being read; it may lie across the end of a block.
    private readonly byte[] _number = new byte[MaxNumberLength];
    private int _numberLength;

    private void ReadSparseMap()
    {
        long mapLength = 0;
        if (_headers.Rest == SparseRest.MapInBody)
        {
            mapLength = ReadMapInBody();
        }

        while (_headers.Rest == SparseRest.ExtensionBlocks)
        {
            Require(_headers.Extend(TakeMapBlock()));
        }

        Require(_headers.CompleteSparse(mapLength));
    }

    /// <summary>PAX 1.0: decimals, each with a newline: how many regions, then offset and length of each; then NULs up to a full block.</summary>
    /// <returns>Bytes it took.</returns>
    private long ReadMapInBody()
    {
        long length = 0;
        long numbersLeft = -1;
        long? offset = null;
        _numberLength = 0;
        while (numbersLeft != 0)
        {
            length += HeaderBlock.Length;
            if (length > Entry.Size)
            {
                throw Broken("a sparse map is longer than its file's body");
            }

            ReadOnlySpan<byte> block = TakeMapBlock();
            while (numbersLeft != 0 && TakeMapNumber(ref block, out long number))
            {
                if (numbersLeft < 0)
                {
                    numbersLeft = number <= SparseMap.MaxRegions ? 2 * number : throw Broken($"a sparse map of more than {SparseMap.MaxRegions} regions");
                    continue;
                }

                numbersLeft--;
                if (offset is { } start)
                {
                    Require(_headers.AddRegion(start, number));
                }

                offset = offset is null ? number : null;
            }
        }

        return length;
    }

    /// <returns>False when the block ends first; what it had of the number is kept.</returns>
    private bool TakeMapNumber(ref ReadOnlySpan<byte> block, out long number)
    {
        int end = block.IndexOf((byte)'\n');
        ReadOnlySpan<byte> digits = end < 0 ? block : block[..end];
        if (_numberLength + digits.Length > MaxNumberLength)
        {
            throw Broken("a number in a sparse map is not one");
        }

        digits.CopyTo(_number.AsSpan(_numberLength));
        _numberLength += digits.Length;
        block = end < 0 ? [] : block[(end + 1)..];
        number = 0;
        if (end < 0)
        {
            return false;
        }

        bool isNumber = TarNumber.TryParseDecimal(_number.AsSpan(0, _numberLength), out number);
        _numberLength = 0;
        return isNumber ? true : throw Broken("a number in a sparse map is not one");
    }

    private ReadOnlySpan<byte> TakeMapBlock()
    {
        int start = _raw.WrittenCount;
        if (start + HeaderBlock.Length > MaxHeaderBytes)
        {
            throw Broken($"more than {MaxHeaderBytes} bytes of headers for one entry");
        }

        return TakeRaw(HeaderBlock.Length) ? _raw.WrittenSpan[start..] : throw Broken("the tar ends inside a sparse map");
    }

    private void Require(string? noProblem)
    {
        if (noProblem is not null)
        {
            throw Broken(noProblem);
        }
    }
}
