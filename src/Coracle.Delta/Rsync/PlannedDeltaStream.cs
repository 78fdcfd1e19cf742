using Coracle.Linux;

namespace Coracle.Delta;

/// <summary>A plan's commands with the literals of its target between them.</summary>
internal sealed class PlannedDeltaStream(RsyncPlan plan, Stream target) : BlockingReadStream
{
    private readonly byte[] _skipped = target.CanSeek ? [] : new byte[64 * 1024];
    private int _at, _commandEnd = RsyncFormat.MagicLength;
    private long _literal, _pass;

    public override int Read(Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            Span<byte> wanted = buffer[done..];
            if (_at < _commandEnd)
            {
                int count = Math.Min(wanted.Length, _commandEnd - _at);
                plan.Commands.Slice(_at, count).CopyTo(wanted);
                _at += count;
                done += count;
            }
            else if (_literal > 0)
            {
                done += ReadLiteral(wanted);
            }
            else if (_at == plan.Commands.Length)
            {
                break;
            }
            else
            {
                NextCommand();
            }
        }

        return done;
    }

    private int ReadLiteral(Span<byte> wanted)
    {
        PassOver();
        int read = target.Read(wanted[..(int)Math.Min(wanted.Length, _literal)]);
        _literal -= read;
        return read > 0 ? read : throw new EndOfStreamException("the target is shorter than when the delta was planned");
    }

    private void PassOver()
    {
        if (target.CanSeek && _pass > 0)
        {
            target.Position += _pass;
            _pass = 0;
        }

        while (_pass > 0)
        {
            int read = target.Read(_skipped.AsSpan(0, (int)Math.Min(_skipped.Length, _pass)));
            _pass -= read > 0 ? read : throw new EndOfStreamException("the target is shorter than when the delta was planned");
        }
    }

    private void NextCommand()
    {
        byte command = plan.Commands[_at];
        int count = RsyncFormat.NumbersLength(command);
        RsyncFormat.Read(command, plan.Commands.Slice(_at + 1, count), out long place, out long length);
        _commandEnd = _at + 1 + count;
        if (place < 0)
        {
            _literal = length;
        }
        else
        {
            _pass += length;
        }
    }
}
