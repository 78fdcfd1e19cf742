using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// The container's output: read a chunk, log it, then give it to every attached client, and only then read the next. So one buffer
/// per stream is all that is ever held, and a client that does not read holds up the container, as with dockerd, for at most
/// <see cref="StallLimit"/> milliseconds; then it is cut.
/// </summary>
internal sealed class OutputPump(ConnectionSet clients, JsonLog? log, bool tty)
{
    /// <summary>What a client's socket holds before it stalls us. The kernel counts its own overhead in, and doubles what it is told.</summary>
    public const int ClientQueueBytes = 64 << 10;

    /// <summary>Milliseconds.</summary>
    public const int StallLimit = 10_000;

    private static readonly NullSink _noLog = new();

    private readonly Source _stdout = new(OutputStream.Stdout, log ?? (ILineSink)_noLog);
    private readonly Source _stderr = new(OutputStream.Stderr, log ?? (ILineSink)_noLog);
    private readonly byte[] _header = new byte[MuxFrame.HeaderLength];
    private Source? _inFlight;
    private int _chunk;
    private long _stalledSince;

    /// <summary>Nothing more will come.</summary>
    public bool IsAtEnd => _stdout.Pipe is null && _stderr.Pipe is null && _inFlight is null;

    /// <summary>A chunk is on its way to a client that does not take it.</summary>
    public bool IsStalled => _inFlight is not null;

    /// <summary>When the clients that stall will be cut, in monotonic milliseconds.</summary>
    public long StallDeadline => _stalledSince + StallLimit;

    /// <param name="stdout">Null when nobody wants it.</param>
    /// <param name="stderr">The same, and with a tty.</param>
    public void Open(Descriptor? stdout, Descriptor? stderr)
    {
        stdout?.SetNonBlocking();
        stderr?.SetNonBlocking();
        _stdout.Pipe = stdout;
        _stderr.Pipe = stderr;
    }

    public void Arrange(Poller poller)
    {
        _stdout.Slot = IsStalled || _stdout.Pipe is null ? Source.NoSlot : poller.Add(_stdout.Pipe, PollInterest.Read);
        _stderr.Slot = IsStalled || _stderr.Pipe is null ? Source.NoSlot : poller.Add(_stderr.Pipe, PollInterest.Read);
    }

    public void Serve(Poller poller)
    {
        Serve(_stdout, poller);
        Serve(_stderr, poller);
        log?.Flush();
    }

    /// <summary>Reads everything that is in the pipes now; for the time after the process has ended.</summary>
    public void Drain()
    {
        while (!IsStalled && (TryRead(_stdout) || TryRead(_stderr)))
        {
        }

        log?.Flush();
    }

    /// <summary>Whoever still holds the other ends, nobody reads them any more.</summary>
    public void Close()
    {
        End(_stdout);
        End(_stderr);
        log?.Flush();
    }

    /// <summary>Gives the chunk in flight to those who can take more of it now, and lets go of it when all have it.</summary>
    public void Push()
    {
        bool behind = false;
        for (int i = 0; _inFlight is not null && i < clients.Count; i++)
        {
            if (clients[i].IsBehind)
            {
                Push(clients[i], _inFlight);
                behind |= clients[i].IsBehind;
            }
        }

        if (!behind && _inFlight is not null)
        {
            _inFlight.Lines.Compact();
            _inFlight = null;
        }
    }

    /// <summary>Cuts the clients that are behind.</summary>
    public void CutStalled()
    {
        for (int i = 0; i < clients.Count; i++)
        {
            if (clients[i].IsBehind)
            {
                Cut(clients[i]);
            }
        }

        Push();
    }

    /// <summary>
    /// Gives a client that begins where the log ends what is in no line yet. Its socket is empty and holds more than both buffers.
    /// </summary>
    /// <returns>False when it could not take it: it is to be cut.</returns>
    public bool SendUnfinished(Connection client) => SendUnfinished(client, _stdout.Lines) && SendUnfinished(client, _stderr.Lines);

    private bool SendUnfinished(Connection client, LineSplitter lines)
    {
        ReadOnlySpan<byte> text = lines.Unfinished;
        if (text.IsEmpty || !client.Wants(lines.Stream))
        {
            return true;
        }

        Span<byte> header = stackalloc byte[MuxFrame.HeaderLength];
        MuxFrame.WriteHeader(header, lines.Stream, text.Length);
        header = tty ? [] : header;
        return client.Socket.Send(header, text).Bytes == header.Length + text.Length;
    }

    private void Serve(Source source, Poller poller)
    {
        // The first stream's chunk may be waiting for a client by the time the second one's turn comes.
        if (!IsStalled && source.Slot != Source.NoSlot && poller.CanRead(source.Slot))
        {
            _ = TryRead(source);
        }
    }

    /// <returns>False when there is nothing to read now, or no more.</returns>
    private bool TryRead(Source source)
    {
        if (source.Pipe is null)
        {
            return false;
        }

        IoCount read = source.Pipe.Read(source.Lines.Free);
        if (read.WouldBlock)
        {
            return false;
        }

        if (read.Bytes == 0)
        {
            End(source); // EIO is how a pty master says that the last holder of the terminal has gone
            return false;
        }

        source.Lines.Added(read.Bytes, Clock.UnixNanoseconds());
        Offer(source, read.Bytes);
        return true;
    }

    private void Offer(Source source, int count)
    {
        bool logged = false;
        for (int i = 0; i < clients.Count; i++)
        {
            Connection client = clients[i];
            if (client.Wants(source.Lines.Stream) && !client.IsClosed)
            {
                if (!logged)
                {
                    log?.Flush(); // log write first, then attach
                    logged = true;
                }

                client.IsBehind = true;
                client.Taken = 0;
            }
        }

        _inFlight = source;
        _chunk = count;
        MuxFrame.WriteHeader(_header, source.Lines.Stream, count);
        _stalledSince = Clock.MonotonicMilliseconds();
        Push();
    }

    private void Push(Connection client, Source source)
    {
        ReadOnlySpan<byte> header = tty ? [] : _header;
        int total = header.Length + _chunk;
        int inHeader = Math.Min(client.Taken, header.Length);
        IoCount sent = client.Socket.Send(header[inHeader..], source.Lines.Newest(_chunk)[(client.Taken - inHeader)..]);
        if (sent.Failed && !sent.WouldBlock)
        {
            Cut(client);
            return;
        }

        client.Taken += sent.Bytes;
        client.IsBehind = client.Taken < total;
    }

    private static void Cut(Connection client)
    {
        client.IsBehind = false;
        client.Dispose();
    }

    private static void End(Source source)
    {
        if (source.Pipe is not null)
        {
            source.Lines.End(Clock.UnixNanoseconds());
            source.Pipe.Dispose();
            source.Pipe = null;
        }
    }

    private sealed class Source(OutputStream stream, ILineSink sink)
    {
        public const int NoSlot = -1;

        public LineSplitter Lines { get; } = new(stream, sink);

        public Descriptor? Pipe { get; set; }

        public int Slot { get; set; } = NoSlot;
    }

    private sealed class NullSink : ILineSink
    {
        public void Line(OutputStream stream, ReadOnlySpan<byte> text, bool endsLine, long unixNanoseconds)
        {
        }
    }
}
