namespace Coracle.Tar;

// What the headers say of a sparse file: GNU tar's old format in the block itself, its PAX formats in records.
internal sealed partial class EntryHeaders
{
    /// <summary>More of an old GNU map.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Extend(ReadOnlySpan<byte> block)
    {
        string? problem = OldGnuSparse.AddExtension(block, _map, out bool goesOn);
        Rest = goesOn ? SparseRest.ExtensionBlocks : SparseRest.None;
        return problem;
    }

    /// <summary>One region of a map in front of the body.</summary>
    /// <inheritdoc cref="Extend(ReadOnlySpan{byte})"/>
    public string? AddRegion(long offset, long length) => _map.Add(offset, length);

    /// <summary>The map is complete.</summary>
    /// <param name="mapLength">Bytes of the body that were the map.</param>
    /// <inheritdoc cref="Extend(ReadOnlySpan{byte})"/>
    public string? CompleteSparse(long mapLength)
    {
        if (!_isSparse)
        {
            return null;
        }

        Entry.Size -= mapLength;
        string? problem = _map.Build(_realSize, Entry.Size, out SparseMap? map);
        Entry.Sparse = map;
        return problem;
    }

    private string? ReadSparse(HeaderBlock block, ReadOnlySpan<byte> bytes)
    {
        if (block.TypeFlag == (byte)'S')
        {
            _isSparse = true;
            return !block.IsGnu ? "sparse files of formats other than GNU tar's are not supported"
                : !OldGnuSparse.TryRealSize(bytes, out _realSize) ? "a number in the header is not one"
                : ReadOldMap(bytes);
        }

        _realSize = Entry.Size;
        string? problem = _paxSparse.Complete(ref _realSize, out _isSparse, out bool mapInBody);
        Rest = mapInBody ? SparseRest.MapInBody : SparseRest.None;
        Entry.Name = _isSparse && !_paxSparse.Name.IsEmpty ? _paxSparse.Name : Entry.Name;
        return problem ?? (_isSparse && Entry.Type != TarEntryType.File ? "something sparse that is not a file" : null);
    }

    private string? ReadOldMap(ReadOnlySpan<byte> header)
    {
        string? problem = OldGnuSparse.AddHeader(header, _map, out bool goesOn);
        Rest = goesOn ? SparseRest.ExtensionBlocks : SparseRest.None;
        return problem;
    }
}
