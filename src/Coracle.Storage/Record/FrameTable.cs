using System.Buffers.Binary;

namespace Coracle.Storage;

/// <summary>Where each zstd frame of a record starts, in the file and in its content: 16 bytes for every 128 KiB of content.</summary>
internal sealed class FrameTable
{
    private readonly List<(long ContentAt, long FileAt)> _frames = [];

    public int Count => _frames.Count;

    /// <summary>Where the content ends, and where the last frame ends in the file.</summary>
    public (long ContentAt, long FileAt) End { get; private set; } = (0, RecordFormat.HeaderLength);

    public void Add(int contentLength, int compressedLength)
    {
        _frames.Add(End);
        End = (End.ContentAt + contentLength, End.FileAt + compressedLength);
    }

    /// <summary>The frame that holds this byte of the content.</summary>
    public (long ContentAt, long ContentLength, long FileAt, long FileLength) Find(long contentAt)
    {
        int low = 0;
        for (int high = _frames.Count - 1; low < high;)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _frames[middle].ContentAt <= contentAt ? (middle, high) : (low, middle - 1);
        }

        (long content, long file) = _frames[low];
        (long nextContent, long nextFile) = low + 1 < _frames.Count ? _frames[low + 1] : End;
        return (content, nextContent - content, file, nextFile - file);
    }

    public byte[] ToBytes()
    {
        byte[] table = new byte[_frames.Count * RecordFormat.FrameRowLength];
        for (int i = 0; i < _frames.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(i * RecordFormat.FrameRowLength), _frames[i].ContentAt);
            BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan((i * RecordFormat.FrameRowLength) + 8), _frames[i].FileAt);
        }

        return table;
    }

    /// <param name="end">Of the frames: content length, and where the table itself starts in the file.</param>
    public static FrameTable Parse(ReadOnlySpan<byte> table, (long ContentAt, long FileAt) end, string label)
    {
        var frames = new FrameTable();
        for (int at = 0; at < table.Length; at += RecordFormat.FrameRowLength)
        {
            frames._frames.Add((
                BinaryPrimitives.ReadInt64LittleEndian(table[at..]), BinaryPrimitives.ReadInt64LittleEndian(table[(at + 8)..])));
        }

        frames.End = end;
        frames.Check(label);
        return frames;
    }

    private void Check(string label)
    {
        (long content, long file) = (0, RecordFormat.HeaderLength);
        foreach ((long contentAt, long fileAt) in _frames)
        {
            if (contentAt < content || fileAt < file)
            {
                throw new LayerDamagedException($"{label}: its record's frame table is damaged");
            }

            (content, file) = (contentAt, fileAt);
        }

        if (End.ContentAt < content || End.FileAt < file)
        {
            throw new LayerDamagedException($"{label}: its record's frame table is damaged");
        }
    }
}
