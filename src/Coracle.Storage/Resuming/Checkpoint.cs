using System.Buffers.Binary;
using System.IO.Hashing;
using Coracle.Linux;
using Coracle.Oci;

namespace Coracle.Storage;

/// <summary>How far a layer in staging/ has come: what of its record and its files is the beginning of its tar. Format: docs/formats/checkpoint.md.</summary>
internal sealed class Checkpoint
{
    /// <summary>Good as long as the page cache is: these two are written in turns, so that one of them is whole at any moment.</summary>
    public static readonly string[] Names = ["checkpoint.0", "checkpoint.1"];

    /// <summary>Everything before it is on the disk.</summary>
    public const string DurableName = "checkpoint.durable";

    /// <summary>Frames are 128 KiB of headers, or what comes between two checkpoints: 2 GiB of them, and 256 KiB for their table.</summary>
    public const int MaxFrames = 16 * 1024;

    private const uint Version = 1;
    private const int KeyAt = 32;
    private const int KeyEnd = KeyAt + Digest.ByteLength;
    private const int StateAt = 80;
    private const int NumbersAt = 144;
    private const int OpenRowAt = 176;
    private const int FixedLength = OpenRowAt + RecordFormat.RowLength;
    private const int MaxLength = FixedLength + (MaxFrames * RecordFormat.FrameRowLength) + sizeof(ulong);

    private Checkpoint(RestartPoint point, FrameTable frames, long rowCount, RecordRow openRow)
        => (Point, Frames, RowCount, OpenRow) = (point, frames, rowCount, openRow);

    private static ReadOnlySpan<byte> Magic => "CORACLCP"u8;

    public RestartPoint Point { get; }

    public FrameTable Frames { get; }

    public long RowCount { get; }

    /// <summary>Of the entry whose file is being written; its length is 0 when there is none.</summary>
    public RecordRow OpenRow { get; }

    public static byte[] ToBytes(Guid boot, Digest key, RestartPoint point, FrameTable frames, long rowCount, in RecordRow openRow)
    {
        byte[] table = frames.ToBytes();
        byte[] bytes = new byte[FixedLength + table.Length + sizeof(ulong)];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), bytes.Length);
        boot.TryWriteBytes(bytes.AsSpan(16));
        key.CopyTo(bytes.AsSpan(KeyAt));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(64), point.TarAt);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(72), point.State.Length);
        point.State.Span.CopyTo(bytes.AsSpan(StateAt, RestartPoint.MaxStateLength));
        ReadOnlySpan<long> numbers = [frames.End.ContentAt, frames.End.FileAt, frames.Count, rowCount];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(NumbersAt + (8 * i)), numbers[i]);
        }

        openRow.WriteTo(bytes.AsSpan(OpenRowAt));
        table.CopyTo(bytes.AsSpan(FixedLength));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(bytes.Length - sizeof(ulong)), XxHash3.HashToUInt64(bytes.AsSpan(0, bytes.Length - sizeof(ulong))));
        return bytes;
    }

    /// <summary>The farthest that can be gone on from. One of another boot counts only where it is durable.</summary>
    /// <param name="staged">The directory in staging/.</param>
    /// <returns>Null when there is none.</returns>
    public static Checkpoint? TryRead(DirectoryHandle staged, Guid boot, Digest key)
    {
        Checkpoint? best = TryRead(staged, DurableName, boot: null, key);
        foreach (string name in Names)
        {
            if (TryRead(staged, name, boot, key) is { } other && other.Point.TarAt > (best?.Point.TarAt ?? 0))
            {
                best = other;
            }
        }

        return best;
    }

    /// <returns>The key that the checkpoints in a directory are of, if they are any; null when there are none.</returns>
    public static Digest? FindKey(DirectoryHandle directory)
    {
        foreach (string name in (ReadOnlySpan<string>)[.. Names, DurableName])
        {
            if (TryReadBytes(directory, name) is { Length: >= KeyEnd } bytes)
            {
                return new Digest(bytes.AsSpan(KeyAt, Digest.ByteLength));
            }
        }

        return null;
    }

    private static Checkpoint? TryRead(DirectoryHandle staged, string name, Guid? boot, Digest key)
    {
        try
        {
            return TryReadBytes(staged, name) is { } bytes ? Parse(bytes, boot, key) : null;
        }
        catch (IOException)
        {
            return null; // it is damaged: then it is none
        }
    }

    /// <returns>Null where it is missing or cannot be read.</returns>
    private static byte[]? TryReadBytes(DirectoryHandle directory, string name)
    {
        try
        {
            return DurableFile.TryRead(directory, name, MaxLength);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static Checkpoint? Parse(ReadOnlySpan<byte> bytes, Guid? boot, Digest key)
    {
        if (bytes.Length < FixedLength + sizeof(ulong) || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]) != bytes.Length
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes[^sizeof(ulong)..]) != XxHash3.HashToUInt64(bytes[..^sizeof(ulong)])
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Version
            || (boot is { } wanted && new Guid(bytes.Slice(16, 16)) != wanted)
            || new Digest(bytes.Slice(KeyAt, Digest.ByteLength)) != key)
        {
            return null;
        }

        long tarAt = BinaryPrimitives.ReadInt64LittleEndian(bytes[64..]);
        int stateLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[72..]);
        (long content, long file, long count, long rows) = (Number(bytes, 0), Number(bytes, 1), Number(bytes, 2), Number(bytes, 3));
        if (tarAt <= 0 || stateLength is < 0 or > RestartPoint.MaxStateLength || rows < 0 || count is < 0 or > MaxFrames
            || bytes.Length != FixedLength + (count * RecordFormat.FrameRowLength) + sizeof(ulong)
            || content < 0 || content > count * RecordFormat.FrameLength
            || file is < RecordFormat.HeaderLength or > RecordFormat.HeaderLength + RecordFormat.MaxFramesLength)
        {
            return null;
        }

        var frames = FrameTable.Parse(bytes[FixedLength..^sizeof(ulong)], (content, file), "checkpoint");
        var point = new RestartPoint(tarAt, bytes.Slice(StateAt, stateLength).ToArray());
        return new Checkpoint(point, frames, rows, RecordRow.ReadFrom(bytes[OpenRowAt..]));
    }

    private static long Number(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadInt64LittleEndian(bytes[(NumbersAt + (8 * index))..]);
}
