using System.Buffers.Binary;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>A client that asks by TCP: each message with its length in front, one question at a time.</summary>
internal sealed class StreamAsker : Watched
{
    /// <summary>Between two questions, and for the whole of one.</summary>
    private const long IdleLimit = 10_000;

    private const int FirstRoom = 512;

    private readonly NameService _service;
    private readonly SandboxResolver _sandbox;
    private byte[] _inbox = new byte[FirstRoom];
    private int _filled;
    private bool _isWaiting;

    /// <exception cref="LinuxException">It cannot be watched; the socket is closed.</exception>
    public StreamAsker(NameService service, SandboxResolver sandbox, Descriptor socket)
        : base(service.Watches)
    {
        _service = service;
        _sandbox = sandbox;
        Adopt(socket, PollInterest.Read);
        Watches.Arm(this, IdleLimit);
    }

    public override void Serve(bool canRead, bool canWrite)
    {
        IoCount count = Socket!.Read(_inbox.AsSpan(_filled));
        if (count.WouldBlock)
        {
            return;
        }

        if (count.Bytes == 0)
        {
            Dispose();
            return;
        }

        _filled += count.Bytes;
        AnswerNext();
    }

    /// <summary>The answer to the question that it waits for; then it may ask the next.</summary>
    public void Tell(ReadOnlySpan<byte> answer)
    {
        _isWaiting = false;
        if (!IsClosed && TrySend(answer))
        {
            AnswerNext();
        }
    }

    /// <summary>One that waits for an answer of ours is given time: the forwarded question has a limit of its own.</summary>
    public override void Expire()
    {
        if (_isWaiting)
        {
            Watches.Arm(this, IdleLimit);
        }
        else
        {
            Dispose();
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _sandbox.End(this);
    }

    private void AnswerNext()
    {
        while (!IsClosed && !_isWaiting && TryTake(out int length))
        {
            _isWaiting = true;
            int answer = _service.Ask(_sandbox, _inbox.AsSpan(sizeof(ushort), length), default, this);
            Forget(sizeof(ushort) + length);
            if (answer > 0)
            {
                _isWaiting = false;
                _ = TrySend(_service.Answer.AsSpan(0, answer));
            }
        }

        if (!IsClosed)
        {
            Want(_isWaiting ? PollInterest.None : PollInterest.Read);
        }
    }

    /// <returns>False when it has not come whole yet, or is too long and the connection has ended.</returns>
    private bool TryTake(out int length)
    {
        length = _filled < sizeof(ushort) ? 0 : BinaryPrimitives.ReadUInt16BigEndian(_inbox);
        if (_filled < sizeof(ushort))
        {
            return false;
        }

        if (length > NameService.MostQuestion)
        {
            Dispose();
            return false;
        }

        if (_inbox.Length < sizeof(ushort) + length)
        {
            Array.Resize(ref _inbox, sizeof(ushort) + length);
        }

        return _filled >= sizeof(ushort) + length;
    }

    /// <summary>One that does not read its answers is cut off: they fit a socket's buffer.</summary>
    private bool TrySend(ReadOnlySpan<byte> answer)
    {
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
        if (Socket!.Send(length, answer).Bytes != length.Length + answer.Length)
        {
            Dispose();
            return false;
        }

        Watches.Arm(this, IdleLimit);
        return true;
    }

    private void Forget(int bytes)
    {
        _inbox.AsSpan(bytes, _filled - bytes).CopyTo(_inbox);
        _filled -= bytes;
    }
}
