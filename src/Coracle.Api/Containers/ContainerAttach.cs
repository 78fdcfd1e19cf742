using Coracle.Core;
using Coracle.Http;

namespace Coracle.Api;

/// <summary>POST /containers/{id}/attach. The place is taken before the answer goes out, so a start that follows it loses no output.</summary>
internal sealed class ContainerAttach(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        bool tty = container.Record.Config.Tty;
        bool stdin = request.QueryBool("stdin"), stdout = request.QueryBool("stdout"), stderr = request.QueryBool("stderr");
        string type = StreamTypes.Of(request, tty);
        DetachKeys? keys = tty && stdin ? DetachKeys.Parse(request.Query("detachKeys")) : null;
        LogQuery? past = request.QueryBool("logs") ? new LogQuery { Stdout = stdout, Stderr = stderr, Raw = tty } : null;
        if (!request.QueryBool("stream"))
        {
            return ApiResponse.Hijack(type, (client, aborted) => SendPastAsync(container, past, client, aborted));
        }

        // A client that asks for no stream at all still waits for the end: that is how `docker start -a` of old did it.
        AttachTicket ticket = await container.AttachAsync(new AttachWish(stdin, stdout, stderr), request.Aborted);
        return ApiResponse.Hijack(type, async (client, aborted) =>
        {
            using (ticket)
            {
                await SendPastAsync(container, past, client, aborted);
                await new AttachPump(ticket.Connected, client, stdin, keys).RunAsync(aborted);
            }

            if (keys is { Detached: true })
            {
                container.Publish("detach");
            }
        });
    }

    private async Task SendPastAsync(Container container, LogQuery? past, HijackedStream client, CancellationToken aborted)
    {
        if (past is not null)
        {
            await services.Parts.Logs.WriteAsync(container, past, client, aborted);
        }
    }
}
