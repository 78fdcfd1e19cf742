namespace Coracle.E2E;

/// <summary>coracle run, attach, exec and start at a terminal.</summary>
public sealed class OwnTerminalTests(Stage stage) : OwnCommandTest(stage)
{
    private const string CtrlP = "\u0010";
    private const string CtrlQ = "\u0011";

    /// <summary>Says hello to each line that is typed, and ends with it when it is a number.</summary>
    private const string Greeter = "trap '' INT; echo ready; while read x; do echo \"hello $x\"; [ \"$x\" -ge 0 ] 2>/dev/null && exit $x; done";

    [Fact]
    public async Task A_program_has_a_terminal_of_our_size_and_its_exit_code_is_ours()
    {
        string sized = $"until [ \"$(stty size)\" = '{TerminalCommand.Rows} {TerminalCommand.Columns}' ]; do sleep 0.1; done; echo sized; {Greeter}";
        await using Command run = Terminal("run", "--rm", "-it", "--network", "none", App, "sh", "-c", sized);
        await run.OutputHoldsAsync("ready");
        await run.WriteAsync("you\n");
        await run.OutputHoldsAsync("hello you\r\n");
        await run.WriteAsync("7\n");
        Assert.Contains("sized\r\n", (await run.EndAsync()).Exits(7).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_window_that_changes_changes_in_there()
    {
        string go = Path.Combine(Engine.Root, Name());
        const string Program = "echo ready; until [ \"$(stty size)\" = '31 111' ]; do sleep 0.1; done; echo wider";
        await using Command run = TerminalCommand.Start(
            Engine.Program, ["run", "--rm", "-it", "--network", "none", App, "sh", "-c", Program], Environment(),
            before: $"terminal=$(tty); (until [ -e {go} ]; do sleep 0.1; done; stty rows 31 cols 111) <$terminal & :");
        await run.OutputHoldsAsync("ready");
        await File.WriteAllTextAsync(go, "");
        Assert.Contains("wider", (await run.EndAsync()).Succeeds().Output, StringComparison.Ordinal);
        File.Delete(go);
    }

    [Fact]
    public async Task The_detach_keys_leave_it_running_and_attach_joins_it_again()
    {
        string name = Name();
        await using (Command run = Terminal("run", "--name", name, "-it", "--network", "none", App, "sh", "-c", Greeter))
        {
            await run.OutputHoldsAsync("ready");
            await run.WriteAsync(CtrlP + CtrlQ);
            (await run.EndAsync()).Succeeds();
        }

        await using (Command attach = Terminal("attach", "--detach-keys", "ctrl-a,x", name))
        {
            await TalkAsync(attach);
            await attach.WriteAsync("\u0001x");
            Assert.EndsWith("read escape sequence\r\n", (await attach.EndAsync()).Exits(1).Output, StringComparison.Ordinal);
        }

        await using Command last = Terminal("attach", name);
        await TalkAsync(last);
        await last.WriteAsync("5\n");
        (await last.EndAsync()).Exits(5);
        Assert.Equal("You cannot attach to a stopped container, start it first\n", (await OwnAsync("attach", name)).Exits(1).Errors);
        await using Command start = Terminal("start", "-ai", name);
        await start.OutputHoldsAsync("ready");
        await start.WriteAsync("6\n");
        (await start.EndAsync()).Exits(6);
    }

    [Theory]
    [InlineData("ends", 3)]
    [InlineData("detaches", 0)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task Our_terminal_is_put_back_however_it_ends(string how, int code)
    {
        string name = Name();
        await using Command run = TerminalCommand.Start(
            Engine.Program, ["run", "--name", name, "-it", "--network", "none", App, "sh", "-c", Greeter], Environment(),
            "before=$(stty -g)", "[ \"$before\" = \"$(stty -g)\" ] && echo 'as before'");
        await run.OutputHoldsAsync("ready");
        if (how is "TERM" or "HUP")
        {
            await Signals.SendAsync(how, Processes.All().Single(p => Processes.CommandLine(p).StartsWith($"{Engine.Program} run --name {name} ", StringComparison.Ordinal)));
        }
        else
        {
            await run.WriteAsync(how == "ends" ? "3\n" : CtrlP + CtrlQ);
        }

        Assert.Contains("as before", (await run.EndAsync()).Exits(code).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_is_a_key_like_any_other_for_a_program_with_a_terminal()
    {
        await using Command run = Terminal("run", "--rm", "-it", "--network", "none", App, "sh", "-c", "trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.1; done");
        await run.OutputHoldsAsync("ready");
        await run.WriteAsync("\u0003");
        Assert.Contains("interrupted", (await run.EndAsync()).Exits(9).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_has_a_terminal_too_and_leaves_by_the_same_keys()
    {
        string name = await SleeperAsync();
        string sized = $"until [ \"$(stty size)\" = '{TerminalCommand.Rows} {TerminalCommand.Columns}' ]; do sleep 0.1; done; {Greeter}";
        await using (Command exec = Terminal("exec", "-it", name, "sh", "-c", sized))
        {
            await exec.OutputHoldsAsync("ready");
            await TalkAsync(exec);
            await exec.WriteAsync("8\n");
            (await exec.EndAsync()).Exits(8);
        }

        await using Command left = Terminal("exec", "-it", name, "sh", "-c", Greeter);
        await left.OutputHoldsAsync("ready");
        await left.WriteAsync(CtrlP + CtrlQ);
        Assert.EndsWith("read escape sequence\r\n", (await left.EndAsync()).Exits(1).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("logs", "-f")]
    [InlineData("wait")]
    [InlineData("events")]
    public async Task Ctrl_C_ends_what_waits(params string[] command)
    {
        string name = await SleeperAsync();
        await using Command waits = Terminal([.. command, .. command[0] == "events" ? [] : (string[])[name]]);
        if (command[0] == "logs")
        {
            await waits.OutputHoldsAsync("ready");
        }
        else
        {
            // It says nothing while it waits: its connection shows that it does.
            await Deadline.HoldsAsync("a connection of the command line", () => Task.FromResult(HasConnection(command[0])), () => Engine.LogTail);
        }

        await waits.WriteAsync("\u0003");
        (await waits.EndAsync()).Exits(130);
    }

    [Fact]
    public async Task Without_a_terminal_none_is_given()
    {
        Assert.Equal("the input device is not a TTY\n", (await OwnAsync("run", "--rm", "-it", "--network", "none", App, "true")).Exits(1).Errors);
        string name = await SleeperAsync();
        Assert.Equal("the input device is not a TTY\n", (await OwnAsync("exec", "-it", name, "true")).Exits(1).Errors);
    }

    private static async Task TalkAsync(Command command)
    {
        string word = "you" + Guid.NewGuid().ToString("n")[..6];
        await command.WriteAsync(word + "\n");
        await command.OutputHoldsAsync($"hello {word}\r\n");
    }

    private bool HasConnection(string command)
        => Processes.All().Where(p => Processes.CommandLine(p).StartsWith($"{Engine.Program} {command}", StringComparison.Ordinal))
            .Any(p => Directory.EnumerateFiles($"/proc/{p}/fd").Any(fd => Processes.LinkOf(p, "fd/" + Path.GetFileName(fd))?.StartsWith("socket:", StringComparison.Ordinal) == true));
}
