using System.Text;
using System.Text.Json;
using Coracle.Cli;

namespace Coracle.Fuzz;

/// <summary>What a person types, and what an engine answers to the command line.</summary>
internal static class CliTargets
{
    private static readonly CliProcess _process = new(
        Stream.Null, Stream.Null, Stream.Null, false, false, new Dictionary<string, string> { ["SEEN"] = "yes" }, "coracle", TimeProvider.System);

    /// <summary>The words of one command line, a line each: <c>run</c>'s options become the body of a create, as far as that goes without files.</summary>
    public static void Run(ReadOnlySpan<byte> input)
    {
        string[] words = Encoding.UTF8.GetString(input).Split('\n');
        ParsedArguments arguments = new OptionParser(RunOptions.Run, stopsAtFirstWord: true).Parse([.. words.Where(word => !word.Contains("file", StringComparison.Ordinal))]);
        if (arguments.Words.Count > 0)
        {
            Invocation invocation = new(RunCommand.Run, arguments, null!, null!, _process, default);
            using JsonDocument body = JsonDocument.Parse(CreateBody.Of(invocation, AttachedStreams.Of(arguments)));
        }
    }

    /// <summary>Every value that has a syntax.</summary>
    public static void Values(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        foreach (Action<string> parse in (Action<string>[])
            [
                text => MountOption.Parse(text), text => PortOption.Parse(text), text => PortOption.ParseExposed(text), text => DeviceOption.Parse(text),
                text => NetworkOption.Parse(text), text => UlimitOption.Parse(text), text => GpuOption.Parse(text), text => ByteCount.Parse(text, "memory"),
                text => Moment.Parse(text, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), text => GoDuration.Nanoseconds(text),
                text => HostOption.Of(text), text => EngineHost.Parse(text), text => DetachKeys.Parse(text), text => CpuShare.Complaint(text),
            ])
        {
            try
            {
                parse(text);
            }
            catch (CliException)
            {
                // Told to the person.
            }
        }

        _ = TextWidth.Of(TextWidth.Shortened(text, 20));
    }

    /// <summary>A <c>--format</c>, filled with an answer.</summary>
    public static void Format(ReadOnlySpan<byte> input)
    {
        using JsonDocument document = JsonDocument.Parse("""{"Name":"web","List":["a","b"],"Map":{"y":"2","x":"1"},"N":3,"F":1.5,"T":true,"E":null,"O":[{"A":1},{"A":2}]}""");
        StringBuilder text = new();
        new Template(Encoding.UTF8.GetString(input)).Fill(text, EngineValue.Of(document.RootElement, JsonReading.Typed, ""));
    }

    /// <summary>A stream of progress.</summary>
    public static void Progress(ReadOnlySpan<byte> input) => ReadAsync(new MemoryStream(input.ToArray())).GetAwaiter().GetResult();

    private static async Task ReadAsync(MemoryStream lines)
    {
        await foreach (JsonElement line in JsonLines.ReadAsync(lines, default))
        {
            if (line.ValueKind == JsonValueKind.Object)
            {
                _ = ProgressMessage.Read(line).Line;
            }
        }
    }
}
