using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Coracle.Core;
using Coracle.Http;

namespace Coracle.Api;

/// <summary>GET /containers/{id}/attach/ws: the same as attach for browsers. Never multiplexed; there is no half-close.</summary>
internal sealed class ContainerAttachWebSocket(ContainerServices services)
{
    private const int BufferLength = 32 * 1024;

    private const string Version = "13";

    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        string accept = Accept(request);
        bool tty = container.Record.Config.Tty;
        AttachRequest wanted = AttachRequest.Read(request, tty);
        AttachTicket? ticket = await wanted.TakePlaceAsync(container, request.Aborted);
        bool isBinary = request.Version.Adds(28);
        return ApiResponse.WebSocket(accept, async (client, aborted) =>
        {
            using (ticket)
            {
                using WebSocketStream socket = new(client, isBinary);
                await TalkAsync(container, wanted, ticket, socket, aborted);
                await client.CompleteWritesAsync();
            }
        });
    }

    private async Task TalkAsync(Container container, AttachRequest wanted, AttachTicket? ticket, WebSocketStream socket, CancellationToken aborted)
    {
        if (wanted.Past is LogQuery past)
        {
            await services.Parts.Logs.WritePastAsync(container, past with { Raw = true }, ticket, socket, aborted);
        }

        if (ticket is not null)
        {
            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(aborted);
            Task input = PumpInputAsync(ticket, wanted, socket, over.Token);
            Task output = PumpOutputAsync(ticket, wanted.IsTerminal ? socket : new FramePeeler(socket), over.Token);
            await Task.WhenAny(input, output);
            await over.CancelAsync();
            await input.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await output.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await socket.CloseAsync(aborted);
        if (wanted.Keys is { Detached: true })
        {
            container.Publish("detach");
        }
    }

    /// <summary>Reads also for a client that sends nothing: its pings and its close come this way.</summary>
    private static async Task PumpInputAsync(AttachTicket ticket, AttachRequest wanted, WebSocketStream socket, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferLength];
        while (await socket.ReadAsync(buffer, cancellationToken) is int length and > 0)
        {
            if (!wanted.Wish.Stdin || await ticket.Connected.WaitAsync(cancellationToken) is not IAttachedStream stream)
            {
                continue;
            }

            ReadOnlyMemory<byte> typed = wanted.Keys is null ? buffer.AsMemory(0, length) : wanted.Keys.Filter(buffer.AsMemory(0, length));
            await stream.WriteAsync(typed, cancellationToken);
            if (wanted.Keys is { Detached: true })
            {
                return;
            }
        }
    }

    private static async Task PumpOutputAsync(AttachTicket ticket, Stream destination, CancellationToken cancellationToken)
    {
        if (await ticket.Connected.WaitAsync(cancellationToken) is IAttachedStream stream)
        {
            byte[] buffer = new byte[BufferLength];
            while (await stream.ReadAsync(buffer, cancellationToken) is int length and > 0)
            {
                await destination.WriteAsync(buffer.AsMemory(0, length), cancellationToken);
            }
        }
    }

    /// <summary>RFC 6455 §4.2: the opening handshake's answer.</summary>
    /// <exception cref="EngineException">It is no opening handshake.</exception>
    [SuppressMessage("Security", "CA5350", Justification = "the handshake proves that a WebSocket server has read the key, and protects nothing")]
    private static string Accept(ApiRequest request)
    {
        const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        const int KeyLength = 24;
        HttpHeaders headers = request.Http.Headers;
        string key = headers["Sec-WebSocket-Key"] ?? "";
        if (!headers.HasWord("Upgrade", "websocket") || !request.Http.AsksForUpgrade || key.Length != KeyLength || headers["Sec-WebSocket-Version"] != Version)
        {
            throw new EngineException(Refusal.InvalidArgument, "not a websocket handshake of version " + Version);
        }

        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Guid)));
    }
}
