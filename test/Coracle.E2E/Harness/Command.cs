using System.Diagnostics;
using System.Text;

namespace Coracle.E2E;

/// <summary>A program that has ended.</summary>
internal sealed record CommandResult(string CommandLine, int ExitCode, string Output, string Errors)
{
    /// <summary>Standard output without the last line end.</summary>
    public string Text => Output.TrimEnd('\n');

    public string[] Lines => Text.Length == 0 ? [] : Text.Split('\n');

    /// <summary>Both streams, as a person at a terminal reads them.</summary>
    public string Everything => Output + Errors;

    public CommandResult Succeeds() => Exits(0);

    public CommandResult Exits(int code)
    {
        Assert.True(ExitCode == code, $"exit code {ExitCode} instead of {code}: {this}");
        return this;
    }

    public override string ToString() => $"{CommandLine}\n--- exit {ExitCode}, stdout:\n{Output}\n--- stderr:\n{Errors}";
}

/// <summary>A program that runs: its lines can be waited for while it does.</summary>
internal sealed class Command : IAsyncDisposable
{
    private readonly Process _process;
    private readonly LineBuffer _output = new();
    private readonly LineBuffer _errors = new();
    private readonly Task _outputLoop;
    private readonly Task _errorLoop;
    private readonly string _commandLine;

    private Command(Process process, string commandLine)
    {
        _process = process;
        _commandLine = commandLine;
        _outputLoop = _output.FillAsync(process.StandardOutput);
        _errorLoop = _errors.FillAsync(process.StandardError);
    }

    public int Id => _process.Id;

    public string OutputSoFar => _output.Text;

    public static Command Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var info = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment.Clear();
        foreach ((string name, string value) in environment)
        {
            info.Environment[name] = value;
        }

        Process process = Process.Start(info) ?? throw new InvalidOperationException($"{file} did not start");
        return new Command(process, file + " " + string.Join(' ', info.ArgumentList));
    }

    public static async Task<CommandResult> RunAsync(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string? input = null, TimeSpan? limit = null)
    {
        await using Command command = Start(file, arguments, environment);
        await command.WriteAsync(input ?? "");
        command.CloseInput();
        return await command.EndAsync(limit);
    }

    public async Task WriteAsync(string text)
    {
        try
        {
            await _process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(text));
            await _process.StandardInput.BaseStream.FlushAsync();
        }
        catch (IOException)
        {
            // It ended without reading all of it; its exit code tells the story.
        }
    }

    public void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The same.
        }
    }

    /// <summary>Waits until standard output holds the text.</summary>
    public Task OutputHoldsAsync(string text, TimeSpan? limit = null) => OutputHoldsAsync(o => o.Contains(text, StringComparison.Ordinal), text, limit);

    public async Task OutputHoldsAsync(Func<string, bool> condition, string what, TimeSpan? limit = null)
    {
        using var deadline = new CancellationTokenSource(limit is { } own ? Patience.For(own) : Deadline.Usual);
        try
        {
            await _output.WaitAsync(condition, deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"'{what}' did not come from {_commandLine}\n--- stdout:\n{_output.Text}\n--- stderr:\n{_errors.Text}");
        }
    }

    /// <summary>Sends a signal, by kill(1): .NET knows only SIGKILL.</summary>
    public async Task SignalAsync(string signal) => await Signals.SendAsync(signal, _process.Id);

    public async Task<CommandResult> EndAsync(TimeSpan? limit = null)
    {
        using var deadline = new CancellationTokenSource(Patience.For(limit ?? TimeSpan.FromSeconds(60)));
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            await Task.WhenAll(_outputLoop, _errorLoop).WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"did not end: {_commandLine}\n--- stdout:\n{_output.Text}\n--- stderr:\n{_errors.Text}");
        }

        return new CommandResult(_commandLine, _process.ExitCode, _output.Text, _errors.Text);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
