using System.Buffers.Binary;

namespace Coracle.Delta;

/// <summary>A delta without its literals: the commands, and how long the whole will be.</summary>
/// <remarks>
/// A tar says a file's length before its bytes, so a delta's length must be known before it is written. A plan is what the search has
/// found; the bytes that it did not find are read from the target a second time (<see cref="Open"/>). So nothing is searched for twice,
/// and there is no file to write, or to forget in a crash. Memory: 2 to 17 bytes a command.
/// </remarks>
public sealed class RsyncPlan
{
    private byte[] _commands = new byte[4096];
    private int _count;
    private long _literals;
    private long _copyPlace, _copyLength;

    internal RsyncPlan()
    {
        BinaryPrimitives.WriteUInt32BigEndian(_commands, RsyncFormat.Magic);
        _count = RsyncFormat.MagicLength;
    }

    /// <summary>Bytes of the delta.</summary>
    public long Length => _count + _literals;

    /// <summary>Bytes of the target.</summary>
    public long TargetLength { get; private set; }

    internal ReadOnlySpan<byte> Commands => _commands.AsSpan(0, _count);

    /// <param name="target">The very bytes that the plan was made for, from their beginning. Not owned. What the base has is passed over, by seeking where it can.</param>
    public Stream Open(Stream target) => new PlannedDeltaStream(this, target);

    internal void Literal(long length)
    {
        FlushCopy();
        TargetLength += length;
        _literals += length;
        for (long left = length; left > 0; left -= RsyncFormat.MaxLiteral)
        {
            _count += RsyncFormat.WriteLiteral(Room(), Math.Min(left, RsyncFormat.MaxLiteral));
        }
    }

    /// <summary>Copies that follow each other in both files are one.</summary>
    internal void Copy(long place, long length)
    {
        TargetLength += length;
        if (_copyLength > 0 && _copyPlace + _copyLength == place)
        {
            _copyLength += length;
            return;
        }

        FlushCopy();
        (_copyPlace, _copyLength) = (place, length);
    }

    internal void Complete()
    {
        FlushCopy();
        Room()[0] = RsyncFormat.End;
        _count++;
    }

    private void FlushCopy()
    {
        if (_copyLength > 0)
        {
            _count += RsyncFormat.WriteCopy(Room(), _copyPlace, _copyLength);
            _copyLength = 0;
        }
    }

    private Span<byte> Room()
    {
        if (_commands.Length - _count < RsyncFormat.MaxCommandLength)
        {
            Array.Resize(ref _commands, checked(_commands.Length * 2));
        }

        return _commands.AsSpan(_count);
    }
}
