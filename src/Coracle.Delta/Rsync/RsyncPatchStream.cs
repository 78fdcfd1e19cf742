using System.Buffers.Binary;
using Coracle.Linux;

namespace Coracle.Delta;

/// <summary>What a delta of librsync's format makes of its base, while the delta is read.</summary>
/// <remarks>
/// <para>Memory: 4 KiB, whatever the delta says. A delta can make of a small base a target of any length (it may copy the same bytes
/// again and again); whoever writes it down must know where to stop.</para>
/// <para>Stops at the delta's end command and leaves what is behind it unread, but for what is in its buffer.</para>
/// </remarks>
public sealed class RsyncPatchStream : BlockingReadStream
{
    private const int BufferLength = 4096;

    private readonly Stream _delta;
    private readonly Stream _base;
    private readonly long _baseLength;
    private readonly byte[] _buffer = new byte[BufferLength];
    private int _at, _end;
    private bool _hasBegun, _hasEnded;
    private long _place, _left;

    /// <param name="delta">Read from where it stands. Not owned, nor is the base.</param>
    /// <param name="baseBytes">Seekable; its length is asked for once.</param>
    public RsyncPatchStream(Stream delta, Stream baseBytes) => (_delta, _base, _baseLength) = (delta, baseBytes, baseBytes.Length);

    /// <exception cref="RsyncFormatException">The delta is damaged, or cut short, or copies what the base does not have.</exception>
    public override int Read(Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length && !_hasEnded)
        {
            if (_left == 0)
            {
                NextCommand();
                continue;
            }

            Span<byte> wanted = buffer.Slice(done, (int)Math.Min(_left, buffer.Length - done));
            int read = _place < 0 ? ReadLiteral(wanted) : ReadBase(wanted);
            _left -= read;
            done += read;
        }

        return done;
    }

    private void NextCommand()
    {
        if (!_hasBegun)
        {
            ReadMagic();
        }

        byte command = Take(1)[0];
        if (command == RsyncFormat.End)
        {
            _hasEnded = true;
            return;
        }

        int count = RsyncFormat.NumbersLength(command);
        if (count < 0)
        {
            throw new RsyncFormatException($"bogus command {command:x}");
        }

        RsyncFormat.Read(command, Take(count), out _place, out _left);
        bool isCopy = command >= RsyncFormat.Copy;
        if (_left <= 0)
        {
            throw new RsyncFormatException($"invalid length {(ulong)_left} of a {(isCopy ? "COPY" : "LITERAL")} command");
        }

        if (isCopy && (_place < 0 || _place > _baseLength || _left > _baseLength - _place))
        {
            throw new RsyncFormatException($"copying for COPY({(ulong)_place}, {_left}) command: unexpected EOF: the base has {_baseLength} bytes");
        }
    }

    private void ReadMagic()
    {
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(Take(RsyncFormat.MagicLength));
        if (magic != RsyncFormat.Magic)
        {
            throw new RsyncFormatException($"Got magic number {magic:x} rather than expected value {RsyncFormat.Magic:x}");
        }

        _hasBegun = true;
    }

    /// <summary>Literals longer than what is in the buffer go from the delta to the reader at once.</summary>
    private int ReadLiteral(Span<byte> wanted)
    {
        int buffered = Math.Min(wanted.Length, _end - _at);
        if (buffered > 0)
        {
            _buffer.AsSpan(_at, buffered).CopyTo(wanted);
            _at += buffered;
            return buffered;
        }

        int read = _delta.Read(wanted);
        return read > 0 ? read : throw CutShort();
    }

    private int ReadBase(Span<byte> wanted)
    {
        _base.Position = _place;
        int read = _base.Read(wanted);
        if (read == 0)
        {
            throw new EndOfStreamException($"the base ends at {_place}, not at its length {_baseLength}");
        }

        _place += read;
        return read;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_end - _at < count)
        {
            _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
            (_at, _end) = (0, _end - _at);
            _end += _delta.ReadAtLeast(_buffer.AsSpan(_end), count - _end, throwOnEndOfStream: false);
            if (_end < count)
            {
                throw CutShort();
            }
        }

        _at += count;
        return _buffer.AsSpan(_at - count, count);
    }

    private static RsyncFormatException CutShort() => new("unexpected EOF");
}
