using Coracle.Dns;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>What the resolvers of all sandboxes share: buffers for one message at a time, the host's servers, the count of what is on its way.</summary>
internal sealed class NameService(WatchSet watches, HostResolvers host, byte[] buffer)
{
    /// <summary>A question longer than this is none.</summary>
    public const int MostQuestion = 4096;

    /// <summary>On their way to servers, of all sandboxes; each has a socket and at most 5 KB. Docker's, which has it for each.</summary>
    private const int MostForwarded = 1024;

    /// <summary>Of one sandbox, so that it does not use up all.</summary>
    private const int MostOfOne = 256;

    /// <summary>By TCP, where the answer has a buffer of its own.</summary>
    private const int MostStreams = 64;

    private uint _turn;

    public WatchSet Watches { get; } = watches;

    public HostResolvers Host { get; } = host;

    public byte[] Question { get; } = new byte[MostQuestion];

    /// <summary>64 KiB; also for datagrams of held ports, since the loop does one thing at a time.</summary>
    public byte[] Answer { get; } = buffer;

    public int Forwarded { get; set; }

    public int Streams { get; set; }

    public bool HasRoomForStream => Streams < MostStreams;

    /// <param name="message">In <see cref="Question"/> or in a connection's own.</param>
    /// <returns>The length of what is in <see cref="Answer"/>; 0: nothing is said, or not yet.</returns>
    public int Ask(SandboxResolver sandbox, ReadOnlySpan<byte> message, in InternetEndpoint client, StreamAsker? stream)
    {
        NameServerReply reply = NameServer.Answer(sandbox.Names, message, Answer, stream is not null, _turn++);
        if (reply.Verdict != NameServerVerdict.Forward)
        {
            return reply.Length;
        }

        if (Forwarded < MostForwarded && sandbox.Forwarded < MostOfOne)
        {
            var question = new ForwardedQuestion(this, sandbox, message, new Asker(client, reply.Limit, stream));
            if (question.TryBegin())
            {
                return 0;
            }
        }

        return NameServer.Fail(message, Answer);
    }
}

/// <summary>To whom an answer goes.</summary>
internal readonly struct Asker(InternetEndpoint client, int limit, StreamAsker? stream)
{
    public InternetEndpoint Client { get; } = client;

    /// <summary>The longest datagram that it takes.</summary>
    public int Limit { get; } = limit;

    /// <summary>Null when it came by UDP.</summary>
    public StreamAsker? Stream { get; } = stream;
}
