using System.Text.Json;
using Coracle.Http;
using Coracle.Linux;

namespace Coracle.Cli;

/// <summary>Another program in a container that runs.</summary>
internal static class ExecCommand
{
    public static Command Definition { get; } = new("exec", "[OPTIONS] CONTAINER COMMAND [ARG...]", "Execute a command in a running container", OptionTable.Parse("""
        -d, --detach  Detached mode: run command in the background
            --detach-keys string  Override the key sequence for detaching a container
        -e, --env list  Set environment variables
            --env-file list  Read in a file of environment variables
        -i, --interactive  Keep STDIN open even if not attached
            --privileged  Give extended privileges to the command
        -t, --tty  Allocate a pseudo-TTY
        -u, --user string  Username or UID (format: "<name|uid>[:<group|gid>]")
        -w, --workdir string  Working directory inside the container
        """u8), 2, Command.Any, RunAsync)
    { StopsAtFirstWord = true };

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        CancellationToken cancellationToken = invocation.CancellationToken;
        bool isDetached = arguments.Has("detach"), hasTerminal = arguments.Has("tty");
        string container = Invocation.PathOf(invocation.Words[0]);
        byte[] body = Json.Bytes(writer => WriteCreate(writer, invocation));
        // A container that is not there is told before a terminal that is not.
        await invocation.Engine.GetAsync(container + "/json", cancellationToken);
        invocation.CheckInput(arguments.Has("interactive") && !isDetached, hasTerminal);
        JsonElement created = await invocation.Engine.PostAsync(container + "/exec", body, cancellationToken);
        string target = "/exec/" + created.GetProperty("Id").GetString();
        byte[] start = Json.Bytes(writer => WriteStart(writer, isDetached, hasTerminal));
        if (isDetached)
        {
            await invocation.Engine.DoAsync("POST", target + "/start", cancellationToken, start);
            return 0;
        }

        await using (HijackedStream stream = await invocation.Engine.HijackAsync(target + "/start", start, cancellationToken))
        {
            await TalkAsync(invocation, stream, target, hasTerminal);
        }

        return (await invocation.Engine.GetAsync(target + "/json", cancellationToken)).GetProperty("ExitCode").GetInt32();
    }

    private static async Task TalkAsync(Invocation invocation, HijackedStream stream, string target, bool hasTerminal)
    {
        await using WindowSize? window = hasTerminal && invocation.Process.InputIsTerminal ? WindowSize.Follow(invocation.Engine, target) : null;
        if (await new Conversation(invocation, stream, hasTerminal, invocation.Arguments.Has("interactive")).RunAsync() == ConversationEnd.Detached)
        {
            throw new CliException("read escape sequence");
        }
    }

    private static void WriteCreate(Utf8JsonWriter writer, Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        bool isAttached = !arguments.Has("detach");
        writer.WriteStartObject();
        writer.WriteStrings("Cmd", invocation.Words.Where((_, i) => i > 0));
        writer.WriteBoolean("AttachStdin", isAttached && arguments.Has("interactive"));
        writer.WriteBoolean("AttachStdout", isAttached);
        writer.WriteBoolean("AttachStderr", isAttached);
        writer.WriteGiven(invocation, "detach Detach tty Tty privileged Privileged user User workdir WorkingDir");
        writer.WriteText("DetachKeys", invocation.DetachKeysText);
        writer.WriteList("Env", EnvironmentOptions.Variables(arguments, invocation.Process));
        writer.WriteEndObject();
    }

    private static void WriteStart(Utf8JsonWriter writer, bool isDetached, bool hasTerminal)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("Detach", isDetached);
        writer.WriteBoolean("Tty", hasTerminal);
        if (hasTerminal && WindowSize.Current is TerminalSize size)
        {
            writer.WriteStartArray("ConsoleSize");
            writer.WriteNumberValue(size.Rows);
            writer.WriteNumberValue(size.Columns);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}
