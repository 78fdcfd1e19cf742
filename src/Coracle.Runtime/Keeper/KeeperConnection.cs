using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>An engine's connection to the keeper: it greets, then it asks. Each request is one message, and its descriptors come with it.</summary>
internal sealed class KeeperConnection : Watched
{
    /// <summary>For one event: what is held is to be served, too.</summary>
    private const int MostAtOnce = 32;

    private readonly KeeperRequests _requests;
    private readonly byte[] _inbox = new byte[KeeperProtocol.HeaderLength + KeeperProtocol.MostRequestBytes];
    private readonly int[] _descriptors = new int[DescriptorPassing.MaxDescriptors];
    private int _count;
    private int _taken;
    private bool _greeted;

    /// <exception cref="LinuxException">It cannot be watched; it is closed.</exception>
    public KeeperConnection(WatchSet watches, KeeperRequests requests, Descriptor socket)
        : base(watches)
    {
        _requests = requests;
        Adopt(socket, PollInterest.Read);
    }

    /// <summary>Descriptors of this request that nobody has taken yet.</summary>
    public int Left => _count - _taken;

    /// <summary>The next descriptor of this request; whoever takes it owns it.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public Descriptor Take()
        => _taken < _count ? Descriptor.Adopt(_descriptors[_taken++]) : throw new InvalidDataException("a request came without its descriptors");

    public override void Serve(bool canRead, bool canWrite)
    {
        for (int i = 0; i < MostAtOnce && !IsClosed; i++)
        {
            IoCount count = LocalMessages.Receive(Socket!, _inbox, _descriptors, out _count);
            if (count.WouldBlock)
            {
                return;
            }

            _taken = 0;
            bool understood = count.Bytes > 0 && TryDo(_inbox.AsSpan(0, count.Bytes));
            LocalMessages.CloseAll(_descriptors.AsSpan(_taken, _count - _taken));
            _count = 0;
            if (!understood)
            {
                Dispose();
            }
        }
    }

    public void Answer(
        KeeperOperation operation, KeeperAnswer status, uint sequence, ReadOnlySpan<byte> payload, ReadOnlySpan<int> descriptors = default)
    {
        Span<byte> header = stackalloc byte[KeeperProtocol.HeaderLength];
        KeeperProtocol.WriteHeader(header, payload.Length, operation, status, sequence);
        if (IsClosed || LocalMessages.Send(Socket!, header, payload, descriptors).Failed)
        {
            Dispose(); // an engine that lets hundreds of answers pile up unread is not one to wait for
        }
    }

    public override void Dispose()
    {
        if (!IsClosed)
        {
            base.Dispose();
            _requests.Left(this);
        }
    }

    private bool TryDo(ReadOnlySpan<byte> message)
    {
        if (!_greeted)
        {
            return _greeted = TryGreet(message);
        }

        if (!KeeperProtocol.TryReadHeader(message, out KeeperOperation operation, out _, out uint sequence))
        {
            return false;
        }

        _requests.Answer(this, operation, sequence, message[KeeperProtocol.HeaderLength..]);
        return true;
    }

    private bool TryGreet(ReadOnlySpan<byte> hello)
    {
        ushort version = KeeperProtocol.Agree(hello);
        Span<byte> answer = stackalloc byte[KeeperProtocol.HelloLength];
        KeeperProtocol.WriteHello(answer, version, KeeperProtocol.HighestVersion);
        return !LocalMessages.Send(Socket!, answer, [], []).Failed && version != 0;
    }
}
