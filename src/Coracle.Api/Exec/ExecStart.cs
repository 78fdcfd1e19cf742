using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Coracle.Core;
using Coracle.Http;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>POST /exec/{id}/start. Once the connection is the client's streams, what goes wrong is told in them.</summary>
internal sealed class ExecStart(ContainerServices services)
{
    private const int MaxBodyBytes = 64 << 10;

    private const int FrameHeader = 8;

    private const byte Stdout = 1;

    private static readonly TimeSpan _endLimit = TimeSpan.FromSeconds(3);

    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        ExecStartRequest wanted = await ReadAsync(request);
        ExecInstance exec = ExecRoutes.Find(services, request);
        exec.Container.CheckForExec(exec.Container.Id);
        (int Height, int Width) size = SizeOf(exec, wanted, request.Version);
        if (wanted.Detach)
        {
            await exec.StartAsync(wish: null, size);
            return ApiResponse.Ok;
        }

        return ApiResponse.Hijack(
            StreamTypes.Of(request, wanted.Tty), (client, aborted) => TalkAsync(exec, wanted.Tty, size, client, aborted));
    }

    private static async Task<ExecStartRequest> ReadAsync(ApiRequest request)
    {
        using JsonDocument? body = await request.ReadJsonAsync(MaxBodyBytes);
        JsonReading reading = new();
        ExecStartRequest wanted = (body is null ? null : ExecStartRequest.Table.Read(body.RootElement, reading)) ?? new ExecStartRequest();
        return reading.Problem is string problem ? throw new EngineException(Refusal.InvalidArgument, "invalid JSON: " + problem) : wanted;
    }

    /// <summary>The start's own, or the create's; none without a terminal.</summary>
    private static (int Height, int Width) SizeOf(ExecInstance exec, ExecStartRequest wanted, ApiVersion version)
    {
        (int, int) asked = version.Adds(42) && wanted.Tty ? ExecShape.Size(wanted.ConsoleSize) : default;
        return !exec.Config.Tty ? default : asked != default ? asked : exec.Config.ConsoleSize;
    }

    private static async Task TalkAsync(
        ExecInstance exec, bool tty, (int Height, int Width) size, HijackedStream client, CancellationToken aborted)
    {
        ExecConfig config = exec.Config;
        IAttachedStream? stream;
        try
        {
            stream = await exec.StartAsync(new AttachWish(config.AttachStdin, config.AttachStdout, config.AttachStderr), size);
        }
        catch (EngineException refused)
        {
            await client.WriteAsync(InBand(refused.Message + "\r\n", tty), aborted);
            await client.CompleteWritesAsync();
            return;
        }

        using (stream)
        {
            DetachKeys? keys = config is { Tty: true, AttachStdin: true } ? DetachKeys.Parse(config.DetachKeys) : null;
            AttachPump pump = new(Task.FromResult(stream), client, config.AttachStdin, keys) { BeforeEnd = token => AwaitEndAsync(exec, token) };
            await pump.RunAsync(aborted);
            if (keys is { Detached: true })
            {
                exec.Container.PublishExec("exec_detach", exec.Id);
            }
        }
    }

    /// <summary>
    /// Clients ask for the exit code as soon as they see the end of output, so it has to be there. Output that ended without the
    /// process (a client that was cut, a terminal's client that ended its input) does not wait for it for ever.
    /// </summary>
    private static async Task AwaitEndAsync(ExecInstance exec, CancellationToken cancellationToken)
        => await Task.WhenAny(exec.Ended, Task.Delay(_endLimit, cancellationToken));

    private static byte[] InBand(string message, bool tty)
    {
        byte[] text = Encoding.UTF8.GetBytes(message);
        if (tty)
        {
            return text;
        }

        byte[] frame = new byte[FrameHeader + text.Length];
        frame[0] = Stdout;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), text.Length);
        text.CopyTo(frame.AsSpan(FrameHeader));
        return frame;
    }
}
