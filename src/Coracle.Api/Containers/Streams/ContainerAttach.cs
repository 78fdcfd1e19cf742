using Coracle.Core;
using Coracle.Http;

namespace Coracle.Api;

/// <summary>POST /containers/{id}/attach. The place is taken before the answer goes out, so a start that follows it loses no output.</summary>
internal sealed class ContainerAttach(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        AttachRequest wanted = AttachRequest.Read(request, container.Record.Config.Tty);
        AttachTicket? ticket = await wanted.TakePlaceAsync(container, request.Aborted);
        return ApiResponse.Hijack(
            StreamTypes.Of(request, wanted.IsTerminal), (client, aborted) => TalkAsync(container, wanted, ticket, client, aborted));
    }

    /// <summary>The log first, if it is wanted, then the streams from where the log ended.</summary>
    internal async Task TalkAsync(Container container, AttachRequest wanted, AttachTicket? ticket, HijackedStream client, CancellationToken aborted)
    {
        using (ticket)
        {
            if (wanted.Past is LogQuery past)
            {
                await services.Parts.Logs.WritePastAsync(container, past, ticket, client, aborted);
            }

            if (ticket is not null)
            {
                await new AttachPump(ticket.Connected, client, wanted.Wish.Stdin, wanted.Keys).RunAsync(aborted);
            }
        }

        if (wanted.Keys is { Detached: true })
        {
            container.Publish("detach");
        }
    }
}

/// <summary>What an attaching client asks for.</summary>
/// <param name="Past">The lines logged so far; null without <c>logs=1</c>.</param>
/// <param name="Streams">Whether it stays for what follows.</param>
/// <param name="Keys">Those that leave a terminal; null where input is no terminal's.</param>
internal sealed record AttachRequest(AttachWish Wish, LogQuery? Past, bool Streams, bool IsTerminal, DetachKeys? Keys)
{
    /// <exception cref="EngineException">Detach keys that are none.</exception>
    public static AttachRequest Read(ApiRequest request, bool tty)
    {
        bool stdin = request.QueryBool("stdin"), stdout = request.QueryBool("stdout"), stderr = request.QueryBool("stderr");
        bool past = request.QueryBool("logs");
        DetachKeys keys = DetachKeys.Parse(request.Query("detachKeys")); // wrong ones are refused whether or not they would matter
        return new AttachRequest(
            new AttachWish(stdin, stdout, stderr, SinceLog: past),
            past ? new LogQuery { Stdout = stdout, Stderr = stderr, Raw = tty } : null,
            request.QueryBool("stream") && (stdin || stdout || stderr),
            tty,
            tty && stdin ? keys : null);
    }

    /// <returns>Null for one that does not stay.</returns>
    /// <exception cref="EngineException">It cannot be attached to as it is.</exception>
    public async Task<AttachTicket?> TakePlaceAsync(Container container, CancellationToken cancellationToken)
    {
        if (Streams)
        {
            return await container.AttachAsync(Wish, cancellationToken);
        }

        container.Publish("attach"); // Docker's: whoever looks at the past has attached, too
        return null;
    }
}
