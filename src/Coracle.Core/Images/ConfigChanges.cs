using System.Text;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Core;

/// <summary>The Dockerfile instructions that <c>changes</c> of an import may carry: those that touch only the config.</summary>
internal static class ConfigChanges
{
    /// <exception cref="EngineException">400: an instruction that is not allowed here or cannot be read.</exception>
    public static RunDefaults Apply(RunDefaults defaults, IReadOnlyList<string> changes)
    {
        RunDefaults changed = defaults;
        foreach (string change in changes)
        {
            changed = Apply(changed, change.Trim());
        }

        return changed;
    }

    private static RunDefaults Apply(RunDefaults run, string change)
    {
        int space = change.AsSpan().IndexOfAny(' ', '\t');
        string instruction = (space < 0 ? change : change[..space]).ToUpperInvariant();
        string rest = space < 0 ? "" : change[(space + 1)..].Trim();
        if (rest.Length == 0)
        {
            throw Refused($"{instruction} requires at least one argument");
        }

        return instruction switch
        {
            "CMD" => run with { Cmd = Command(rest) },
            "ENTRYPOINT" => run with { Entrypoint = Command(rest) },
            "ENV" => run with { Env = MergeEnv(run.Env, Pairs(rest, instruction)) },
            "EXPOSE" => run with { ExposedPorts = [.. (run.ExposedPorts ?? []).Union(Words(rest).Select(Port))] },
            "LABEL" => run with { Labels = MergeLabels(run.Labels, Pairs(rest, instruction)) },
            "ONBUILD" => run with { OnBuild = [.. run.OnBuild ?? [], rest] },
            "STOPSIGNAL" => run with { StopSignal = rest },
            "USER" => run with { User = rest },
            "VOLUME" => run with { Volumes = [.. (run.Volumes ?? []).Union(Json(rest) ?? Words(rest))] },
            "WORKDIR" => run with { WorkingDir = WorkingDirectory(run.WorkingDir, rest) },
            "HEALTHCHECK" => throw new EngineException(Refusal.NotImplemented, "HEALTHCHECK in changes is not built yet"),
            _ => throw Refused($"{change} is not a valid change command"),
        };
    }

    /// <summary>A JSON array is the command itself; anything else is a line for the shell.</summary>
    private static List<string> Command(string rest) => Json(rest) ?? ["/bin/sh", "-c", rest];

    private static List<string>? Json(string rest)
    {
        if (!rest.StartsWith('['))
        {
            return null;
        }

        try
        {
            using JsonDocument document = GoJson.Parse(Encoding.UTF8.GetBytes(rest));
            return document.RootElement.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
                ? [.. document.RootElement.EnumerateArray().Select(item => item.GetString()!)]
                : null;
        }
        catch (JsonException)
        {
            return null;   // Docker takes what is not JSON for a shell's line
        }
    }

    private static string Port(string text) => text.Contains('/', StringComparison.Ordinal) ? text.ToLowerInvariant() : text + "/tcp";

    private static string WorkingDirectory(string current, string rest)
        => rest.StartsWith('/') ? rest : (current.Length == 0 ? "/" : current.TrimEnd('/') + "/") + rest;

    private static List<string> MergeEnv(IReadOnlyList<string>? env, IReadOnlyList<(string Key, string Value)> added)
    {
        List<string> merged = [.. env ?? []];
        foreach ((string key, string value) in added)
        {
            merged.RemoveAll(entry => entry.StartsWith(key + "=", StringComparison.Ordinal));
            merged.Add($"{key}={value}");
        }

        return merged;
    }

    private static Dictionary<string, string> MergeLabels(IReadOnlyDictionary<string, string>? labels, IReadOnlyList<(string Key, string Value)> added)
    {
        Dictionary<string, string> merged = new(labels ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach ((string key, string value) in added)
        {
            merged[key] = value;
        }

        return merged;
    }

    /// <summary><c>k=v k2="v 2"</c>, or the old <c>k everything else</c>.</summary>
    private static List<(string Key, string Value)> Pairs(string rest, string instruction)
    {
        List<string> words = Words(rest);
        if (words.Count > 1 && !words[0].Contains('=', StringComparison.Ordinal))
        {
            return [(words[0], rest[(rest.IndexOf(words[0], StringComparison.Ordinal) + words[0].Length)..].Trim())];
        }

        List<(string Key, string Value)> pairs = [];
        foreach (string word in words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            pairs.Add(equals > 0 ? (word[..equals], word[(equals + 1)..]) : throw Refused($"{instruction} must have two arguments: '{word}'"));
        }

        return pairs;
    }

    /// <summary>Words as a Dockerfile has them: quotes group, a backslash takes the next character as it is.</summary>
    private static List<string> Words(string text)
    {
        List<string> words = [];
        StringBuilder word = new();
        char quote = '\0';
        bool isOpen = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && i + 1 < text.Length && quote != '\'')
            {
                word.Append(text[++i]);
                isOpen = true;
            }
            else if (quote != '\0' ? c == quote : c is '"' or '\'')
            {
                quote = quote == '\0' ? c : '\0';
                isOpen = true;
            }
            else if (quote == '\0' && c is (' ' or '\t') && isOpen)
            {
                words.Add(word.ToString());
                word.Clear();
                isOpen = false;
            }
            else if (quote != '\0' || c is not (' ' or '\t'))
            {
                word.Append(c);
                isOpen = true;
            }
        }

        if (isOpen)
        {
            words.Add(word.ToString());
        }

        return words;
    }

    private static EngineException Refused(string why) => new(Refusal.InvalidArgument, why);
}
