using System.Text.Json;

namespace Coracle.Cli;

/// <summary>From the options of <c>run</c> to the body of <c>POST /containers/create</c>. Only what was asked for is written.</summary>
internal static class CreateBody
{
    private const string ConfigFields = """
        hostname Hostname domainname Domainname user User workdir WorkingDir
        stop-signal StopSignal stop-timeout StopTimeout
        """;

    private static readonly string[] _healthOptions = ["health-interval", "health-timeout", "health-retries", "health-start-period", "health-start-interval"];

    /// <exception cref="CliException">Options that contradict each other, or a file that cannot be read.</exception>
    public static byte[] Of(Invocation invocation, AttachedStreams attached)
    {
        ParsedArguments arguments = invocation.Arguments;
        return Json.Bytes(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("Image", invocation.Words[0]);
            writer.WriteList("Cmd", [.. invocation.Words.Where((_, i) => i > 0)]);
            WriteStreams(writer, arguments, attached);
            writer.WriteGiven(invocation, ConfigFields);
            writer.WriteList("Env", EnvironmentOptions.Variables(arguments, invocation.Process));
            writer.WriteMap("Labels", EnvironmentOptions.Labels(arguments));
            if (arguments.Value("entrypoint") is string entrypoint)
            {
                writer.WriteStrings("Entrypoint", [entrypoint]);
            }

            WriteKeys(writer, "Volumes", arguments.Values("volume").Where(v => !v.Contains(':', StringComparison.Ordinal)));
            List<PortOption> published = [.. arguments.Values("publish").SelectMany(PortOption.Parse)];
            WriteKeys(writer, "ExposedPorts", published.Concat(arguments.Values("expose").SelectMany(PortOption.ParseExposed)).Select(p => p.Container));
            WriteHealth(writer, invocation);
            HostBody.Write(writer, invocation, published);
            NetworkBody.Write(writer, arguments);
            writer.WriteEndObject();
        });
    }

    private static void WriteStreams(Utf8JsonWriter writer, ParsedArguments arguments, AttachedStreams attached)
    {
        writer.WriteBoolean("AttachStdin", attached.Input);
        writer.WriteBoolean("AttachStdout", attached.Output);
        writer.WriteBoolean("AttachStderr", attached.Errors);
        writer.WriteBoolean("OpenStdin", arguments.Has("interactive"));
        writer.WriteBoolean("StdinOnce", attached.Input && arguments.Has("interactive"));
        writer.WriteBoolean("Tty", arguments.Has("tty"));
    }

    private static void WriteKeys(Utf8JsonWriter writer, string name, IEnumerable<string> keys)
    {
        List<string> distinct = [.. keys.Distinct()];
        if (distinct.Count == 0)
        {
            return;
        }

        writer.WriteStartObject(name);
        foreach (string key in distinct)
        {
            writer.WriteStartObject(key.Length > 0 ? key : throw new CliException("invalid empty volume spec"));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteHealth(Utf8JsonWriter writer, Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        string? test = arguments.Value("health-cmd");
        bool isGiven = test is not null || _healthOptions.Any(arguments.IsGiven);
        if (!isGiven && !arguments.Has("no-healthcheck"))
        {
            return;
        }

        if (isGiven && arguments.Has("no-healthcheck"))
        {
            throw new CliException("--no-healthcheck conflicts with --health-* options");
        }

        if (_healthOptions.FirstOrDefault(o => arguments.Value(o) is ['-', ..]) is string negative)
        {
            throw new CliException($"--{negative} cannot be negative");
        }

        writer.WriteStartObject("Healthcheck");
        writer.WriteList("Test", !isGiven ? ["NONE"] : test is null ? [] : ["CMD-SHELL", test]);
        writer.WriteGiven(invocation, """
            health-interval Interval health-timeout Timeout health-retries Retries health-start-period StartPeriod health-start-interval StartInterval
            """);
        writer.WriteEndObject();
    }
}
