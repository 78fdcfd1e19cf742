using System.Buffers.Binary;
using Coracle.Dns;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// <code>
/// Asking ── truncated, and the asker can take it whole ──▶ Connecting ──▶ Reading
///    └──────────── an answer to pass on, or no server left ──▶ Over ◀────────┘
/// </code>
/// No answer in time, or none that helps: the next server, from the beginning. One who came by TCP is asked for by TCP.
/// </summary>
internal enum ForwardPhase : byte
{
    /// <summary>Sent by UDP.</summary>
    Asking,

    /// <summary>On its way by TCP.</summary>
    Connecting,

    /// <summary>Sent by TCP.</summary>
    Reading,
    Over,
}

/// <summary>What follows from a message.</summary>
internal enum ForwardStep : byte
{
    Wait,
    Deliver,
    ByStream,
    NextServer,
}

/// <summary>A question on its way to the servers outside, with a socket of its own: so its port is one that nobody can foresee, as its id is.</summary>
internal sealed class ForwardedQuestion : Watched
{
    /// <summary>A resolver asks its server again after 5 s: until then two servers are to have been asked.</summary>
    private const long ServerLimit = 2_000;

    /// <summary>Of datagrams that are not the answer; whoever guesses ids has so many tries.</summary>
    private const int MostForeign = 16;

    /// <summary>Who takes no more than this is not helped by the whole answer.</summary>
    private const int PlainLimit = 512;

    private readonly NameService _service;
    private readonly SandboxResolver _sandbox;
    private readonly Asker _asker;
    private readonly InternetEndpoint[] _servers;
    private readonly byte[] _query;
    private readonly ushort _id;
    private int _server = -1;
    private int _foreign;
    private ForwardPhase _phase;
    private byte[]? _reply;
    private int _filled;

    public ForwardedQuestion(NameService service, SandboxResolver sandbox, ReadOnlySpan<byte> message, in Asker asker)
        : base(service.Watches)
    {
        _service = service;
        _sandbox = sandbox;
        _asker = asker;
        _servers = sandbox.Servers();
        _query = message.ToArray();
        _id = BinaryPrimitives.ReadUInt16BigEndian(message);
    }

    /// <param name="byStream">It came by TCP.</param>
    /// <param name="wantsWhole">The asker can take a long answer.</param>
    public static ForwardStep After(ForwardedVerdict verdict, bool byStream, bool wantsWhole) => verdict switch
    {
        ForwardedVerdict.Final => ForwardStep.Deliver,
        ForwardedVerdict.Truncated => byStream || !wantsWhole ? ForwardStep.Deliver : ForwardStep.ByStream,
        ForwardedVerdict.Unhelpful => ForwardStep.NextServer,
        _ => byStream ? ForwardStep.NextServer : ForwardStep.Wait,
    };

    /// <returns>False when no server can be asked.</returns>
    public bool TryBegin()
    {
        _service.Forwarded++;
        _sandbox.Begin(this);
        if (TryNextServer())
        {
            return true;
        }

        Dispose();
        return false;
    }

    public override void Serve(bool canRead, bool canWrite)
    {
        switch (_phase)
        {
            case ForwardPhase.Asking:
                ReceiveDatagrams();
                break;
            case ForwardPhase.Connecting:
                SendByStream();
                break;
            case ForwardPhase.Reading:
                ReadStream();
                break;
        }
    }

    public override void Expire() => GoOn();

    public override void Dispose()
    {
        if (_phase != ForwardPhase.Over)
        {
            EndStream();
            _phase = ForwardPhase.Over;
            base.Dispose();
            _service.Forwarded--;
            _sandbox.End(this);
        }
    }

    private bool TryNextServer()
    {
        while (++_server < _servers.Length)
        {
            if (_asker.Stream is null ? TryAskByDatagram() : TryAskByStream())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The next server, or the end of it.</summary>
    private void GoOn()
    {
        if (!TryNextServer())
        {
            Deliver(NameServer.Fail(Restored(), _service.Answer));
        }
    }

    private bool TryAskByDatagram()
    {
        EndStream();
        if (_sandbox.TryConnect(TransportProtocol.Udp, _servers[_server]) is not { } socket)
        {
            return false;
        }

        BinaryPrimitives.WriteUInt16BigEndian(_query, KernelRandom.NextUInt16());
        _phase = ForwardPhase.Asking;
        return TryWatch(socket, PollInterest.Read) && !socket.Send(_query, []).Failed;
    }

    private bool TryAskByStream()
    {
        EndStream();
        if (!_service.HasRoomForStream || _sandbox.TryConnect(TransportProtocol.Tcp, _servers[_server]) is not { } socket)
        {
            return false;
        }

        _phase = ForwardPhase.Connecting;
        _service.Streams++;
        _reply = new byte[sizeof(ushort)];
        _filled = 0;
        return TryWatch(socket, PollInterest.Write);
    }

    private bool TryWatch(Descriptor socket, PollInterest interest)
    {
        try
        {
            Adopt(socket, interest);
            Watches.Arm(this, ServerLimit);
            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    private void EndStream()
    {
        if (_reply is not null)
        {
            _reply = null;
            _service.Streams--;
        }
    }

    private void ReceiveDatagrams()
    {
        // Connected: the kernel lets nothing through that is not from the server's own address and port.
        while (_phase == ForwardPhase.Asking)
        {
            IoCount count = Socket!.Read(_service.Answer);
            if (count.WouldBlock)
            {
                return;
            }

            if (count.Failed || ++_foreign > MostForeign)
            {
                GoOn(); // nobody listens there (ICMP), or somebody guesses
                return;
            }

            bool wantsWhole = _asker.Limit > PlainLimit;
            switch (After(ForwardedAnswer.Judge(_service.Answer.AsSpan(0, count.Bytes), _query), byStream: false, wantsWhole))
            {
                case ForwardStep.Deliver:
                    Deliver(count.Bytes);
                    return;
                case ForwardStep.ByStream when TryAskByStream():
                    return;
                case ForwardStep.ByStream:
                    Deliver(NameServer.Truncate(Restored(), _service.Answer)); // the asker may try by TCP itself
                    return;
                case ForwardStep.NextServer:
                    GoOn();
                    return;
            }
        }
    }

    private void SendByStream()
    {
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)_query.Length);
        BinaryPrimitives.WriteUInt16BigEndian(_query, KernelRandom.NextUInt16());
        if (InternetSocket.PendingError(Socket!) != Errno.None || Socket!.Send(length, _query).Bytes != length.Length + _query.Length)
        {
            GoOn();
            return;
        }

        _phase = ForwardPhase.Reading;
        Want(PollInterest.Read);
    }

    private void ReadStream()
    {
        IoCount count = Socket!.Read(_reply.AsSpan(_filled));
        if (count.WouldBlock)
        {
            return;
        }

        _filled += count.Bytes;
        if (count.Bytes == 0)
        {
            GoOn();
        }
        else if (_filled == sizeof(ushort) && _reply!.Length == sizeof(ushort))
        {
            Array.Resize(ref _reply, sizeof(ushort) + BinaryPrimitives.ReadUInt16BigEndian(_reply));
        }
        else if (_filled == _reply!.Length)
        {
            Judge(_reply.AsSpan(sizeof(ushort)));
        }
    }

    private void Judge(ReadOnlySpan<byte> reply)
    {
        if (After(ForwardedAnswer.Judge(reply, _query), byStream: true, wantsWhole: true) != ForwardStep.Deliver)
        {
            GoOn();
            return;
        }

        bool fits = _asker.Stream is not null || reply.Length <= _asker.Limit;
        reply.CopyTo(_service.Answer);
        Deliver(fits ? reply.Length : NameServer.Truncate(Restored(), _service.Answer));
    }

    /// <summary>The question as it was asked.</summary>
    private byte[] Restored()
    {
        BinaryPrimitives.WriteUInt16BigEndian(_query, _id);
        return _query;
    }

    /// <param name="length">Of what is in the service's buffer.</param>
    private void Deliver(int length)
    {
        Span<byte> answer = _service.Answer.AsSpan(0, length);
        Asker asker = _asker;
        SandboxResolver sandbox = _sandbox;
        Dispose();
        if (length > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(answer, _id);
            sandbox.Answer(asker, answer);
        }
    }
}
