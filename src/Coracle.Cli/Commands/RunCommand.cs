using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Cli;

/// <summary><c>run</c> and <c>create</c>, in the order of requests that Docker's own client has: create, attach, wait, start.</summary>
internal static class RunCommand
{
    public static Command Run { get; } = new("run", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Create and run a new container from an image",
        RunOptions.Run, 1, Command.Any, RunAsync)
    { StopsAtFirstWord = true };

    public static Command Create { get; } = new("create", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Create a new container",
        RunOptions.Create, 1, Command.Any, CreateAsync)
    { StopsAtFirstWord = true };

    private static async Task<int> CreateAsync(Invocation invocation)
    {
        await invocation.SayAsync(await NewContainerAsync(invocation, isAttached: false));
        return 0;
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        bool isDetached = arguments.Has("detach");
        if (!isDetached && arguments.Has("tty") && arguments.Has("interactive") && !invocation.Process.InputIsTerminal)
        {
            throw new CliException("the input device is not a TTY", 1);
        }

        string id = await NewContainerAsync(invocation, !isDetached);
        if (isDetached)
        {
            await StartAsync(invocation, id);
            await invocation.SayAsync(id);
            return 0;
        }

        return await new AttachedRun(invocation, id).RunAsync(() => StartAsync(invocation, id));
    }

    /// <exception cref="CliException">With the exit code that says why the program could not start.</exception>
    private static async Task StartAsync(Invocation invocation, string id)
    {
        try
        {
            await invocation.Engine.DoAsync("POST", $"/containers/{id}/start", invocation.CancellationToken);
        }
        catch (EngineRefusedException refused)
        {
            throw new CliException("Error response from daemon: " + refused.Message, ExitCodes.OfStartFailure(refused.Message));
        }
    }

    /// <returns>The id. An image that is not here is pulled first, unless <c>--pull</c> says otherwise.</returns>
    private static async Task<string> NewContainerAsync(Invocation invocation, bool isAttached)
    {
        string pull = invocation.Arguments.Value("pull") ?? "missing";
        byte[] body = CreateBody.Of(invocation, isAttached);
        if (pull == "always")
        {
            await PullAsync(invocation);
        }

        try
        {
            return await PostCreateAsync(invocation, body);
        }
        catch (EngineRefusedException refused) when (pull == "missing" && refused.Status == 404 && refused.Message.Contains("o such image", StringComparison.Ordinal))
        {
            ImageReference reference = PullCommand.Parse(invocation.Words[0]).WithDefaultTag();
            await invocation.Process.ComplainAsync($"Unable to find image '{reference.Familiar}' locally", invocation.CancellationToken);
            await PullAsync(invocation);
            return await PostCreateAsync(invocation, body);
        }
    }

    private static Task PullAsync(Invocation invocation)
        => PullCommand.PullAsync(
            invocation, PullCommand.Parse(invocation.Words[0]).WithDefaultTag(), invocation.Arguments.Has("quiet"), isOnTerminal: false,
            invocation.Process.Errors, invocation.Arguments.Value("platform"));

    private static async Task<string> PostCreateAsync(Invocation invocation, byte[] body)
    {
        List<string> query = [];
        foreach (string name in (ReadOnlySpan<string>)["name", "platform"])
        {
            if (invocation.Arguments.Value(name) is string value)
            {
                query.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }

        string target = "/containers/create" + (query.Count > 0 ? "?" + string.Join('&', query) : "");
        await using EngineAnswer answer = await invocation.Engine.SendAsync("POST", target, body, invocation.CancellationToken);
        JsonElement created = await EngineClient.ReadJsonAsync(answer, invocation.CancellationToken);
        if (created.TryGetProperty("Warnings", out JsonElement warnings) && warnings.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement warning in warnings.EnumerateArray())
            {
                await invocation.Process.ComplainAsync("WARNING: " + warning.GetString(), invocation.CancellationToken);
            }
        }

        return created.GetProperty("Id").GetString()!;
    }
}
