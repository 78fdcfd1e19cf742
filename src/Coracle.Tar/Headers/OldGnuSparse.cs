namespace Coracle.Tar;

/// <summary>
/// The sparse map that GNU tar's own format ('S') keeps in the header block and in extension blocks behind it (GNU tar manual,
/// "Old GNU Format"). star has the same letter and other fields, so the block must have GNU's magic.
/// </summary>
internal static class OldGnuSparse
{
    private const int RowLength = 24;
    private const int NumberLength = 12;
    private const int RowsInHeader = 4;
    private const int RowsInExtension = 21;

    public static bool TryRealSize(ReadOnlySpan<byte> header, out long size) => TarNumber.TryParseField(header.Slice(483, NumberLength), out size);

    /// <returns>What is wrong, or null.</returns>
    public static string? AddHeader(ReadOnlySpan<byte> header, SparseMapBuilder map, out bool goesOn)
    {
        goesOn = header[482] != 0;
        return Add(header.Slice(386, RowsInHeader * RowLength), map);
    }

    /// <inheritdoc cref="AddHeader"/>
    public static string? AddExtension(ReadOnlySpan<byte> block, SparseMapBuilder map, out bool goesOn)
    {
        goesOn = block[RowsInExtension * RowLength] != 0;
        return Add(block[..(RowsInExtension * RowLength)], map);
    }

    /// <summary>An offset that starts with NUL ends the rows of its block, but not the map (GNU, bsdtar and Go agree).</summary>
    private static string? Add(ReadOnlySpan<byte> rows, SparseMapBuilder map)
    {
        for (; !rows.IsEmpty && rows[0] != 0; rows = rows[RowLength..])
        {
            if (!TarNumber.TryParseField(rows[..NumberLength], out long offset)
                || !TarNumber.TryParseField(rows.Slice(NumberLength, NumberLength), out long length))
            {
                return "a number in a sparse map is not one";
            }

            if (map.Add(offset, length) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }
}
