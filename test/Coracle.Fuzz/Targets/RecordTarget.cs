using System.Buffers.Binary;
using System.IO.Hashing;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Fuzz;

/// <summary>The record of a layer. Its header's checksum is made right: it finds damage, and is nothing to whoever makes the bytes.</summary>
internal static class RecordTarget
{
    private const int ChecksumAt = 120;

    [ThreadStatic]
    private static string? _directory;

    /// <summary>
    /// The same from inside: the input is the rows and what stands in the frames, which are compressed for it. One byte of how many
    /// rows, the rows, the structure.
    /// </summary>
    public static void Inside(ReadOnlySpan<byte> input)
    {
        int rowsLength = input.IsEmpty ? 0 : Math.Min(input[0] % 8, (input.Length - 1) / RecordFormat.RowLength) * RecordFormat.RowLength;
        ReadOnlySpan<byte> rows = input.IsEmpty ? [] : input.Slice(1, rowsLength);
        ReadOnlySpan<byte> structure = input.IsEmpty ? [] : input[(1 + rowsLength)..];
        using ZstdSharp.Compressor compressor = new(1);
        FrameTable table = new();
        using MemoryStream file = new();
        file.Position = RecordFormat.HeaderLength;
        for (; !structure.IsEmpty; structure = structure[Math.Min(structure.Length, RecordFormat.FrameLength)..])
        {
            ReadOnlySpan<byte> content = structure[..Math.Min(structure.Length, RecordFormat.FrameLength)];
            byte[] frame = compressor.Wrap(content).ToArray();
            file.Write(frame);
            table.Add(content.Length, frame.Length);
        }

        byte[] frames = table.ToBytes();
        file.Write(frames);
        file.Write(rows);
        RecordHeader header = new(
            new DiffId(new Digest(new byte[Digest.ByteLength])), input.Length * 2L, table.End.ContentAt, table.End.ContentAt, table.End.FileAt,
            table.Count, table.End.FileAt + frames.Length, rows.Length / RecordFormat.RowLength, 0, 0);
        byte[] bytes = file.ToArray();
        header.WriteTo(bytes.Length >= RecordFormat.HeaderLength ? bytes : bytes = new byte[RecordFormat.HeaderLength]);
        Run(bytes);
    }

    public static void Run(ReadOnlySpan<byte> input)
    {
        _directory ??= Directory.CreateDirectory($"/dev/shm/coracle-fuzz-{Environment.ProcessId}-{Environment.CurrentManagedThreadId}").FullName;
        byte[] bytes = input.ToArray();
        if (bytes.Length >= ChecksumAt + sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(ChecksumAt), XxHash3.HashToUInt64(bytes.AsSpan(0, ChecksumAt)));
        }

        File.WriteAllBytes(Path.Combine(_directory, "record"), bytes);
        using DirectoryHandle layer = DirectoryHandle.Open(_directory);
        ReadRows(layer);
        ReadTar(layer);
        ReadBackwards(layer);
    }

    private static void ReadRows(DirectoryHandle layer)
    {
        using LayerRecord record = LayerRecord.Open(layer);
        using RecordReader reader = record.Read();
        long rows = 0;
        while (reader.MoveNext())
        {
            rows += reader.HasRow ? 1 : 0;
            Promise.Holds(!reader.HasRow || reader.Row.Length == reader.Entry.Size, "a row is as long as its entry");
        }

        Promise.Holds(rows <= record.Header.RowCount, "no more rows than the header says");
    }

    /// <summary>Entries in no order are those of the order, where the numbers of the header are made right.</summary>
    private static void ReadBackwards(DirectoryHandle layer)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(_directory!, "record"));
        RecordHeader header = RecordHeader.ReadFrom(bytes, "layer");
        long entries = 0, rows = 0, stored = 0;
        using (LayerRecord record = LayerRecord.Open(layer))
        using (RecordReader reader = record.Read())
        {
            for (; reader.MoveNext(); entries++)
            {
                rows += reader.HasRow ? 1 : 0;
                stored += reader.HasRow ? reader.Row.Length : 0;
            }
        }

        (header with { EntryCount = entries, RowCount = rows, TarLength = header.StructureLength + Math.Max(0, stored) }).WriteTo(bytes);
        File.WriteAllBytes(Path.Combine(_directory!, "record"), bytes);
        using LayerRecord right = LayerRecord.Open(layer);
        using RecordCursor cursor = new(right, "layer");
        long behind = long.MaxValue;
        for (long index = entries - 1; index >= Math.Max(0, entries - 200); index--)
        {
            cursor.GoTo(index);
            Promise.Holds(cursor.Index == index && cursor.TarAt < behind && cursor.Headers.Length >= 512, "entries lie in their order");
            behind = cursor.TarAt;
            cursor.GoToByte(behind + 511);
            Promise.Holds(cursor.Index == index, "a header's byte belongs to its entry");
        }
    }

    private static void ReadTar(DirectoryHandle layer)
    {
        using LayerTarStream tar = new(DirectoryHandle.Open(_directory!), LayerRecord.Open(layer), "layer");
        byte[] buffer = new byte[16 << 10];
        for (int total = 0, count; total < FuzzTarget.MaxOutputBytes && (count = tar.Read(buffer)) > 0; total += count)
        {
        }
    }
}
