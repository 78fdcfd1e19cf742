using System.Text.Json;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>Docker's JSON, as Go reads it: names of fields in any case, unknown fields passed over, null is nothing.</summary>
internal static class SeccompProfileParser
{
    /// <summary>Docker's own has 20 KB.</summary>
    internal const int MostBytes = 1 << 20;

    /// <summary>
    /// Names of calls, over all rules, each as often as its rule has conditions: two on one argument make a rule of each
    /// (<see cref="ProfilePlace"/>). Docker's own has about 500. More than the kernel's 4096 instructions could hold.
    /// </summary>
    internal const int MostCalls = 16 << 10;

    private static readonly Dictionary<string, string> _fieldTypes = new() { ["defaultErrnoRet"] = "uint", ["errnoRet"] = "uint", ["index"] = "uint" };

    internal static SeccompProfile? Parse(ReadOnlyMemory<byte> text)
    {
        if (text.Length > MostBytes)
        {
            throw new SeccompProfileException($"the seccomp profile has {text.Length} bytes, at most {MostBytes} are read");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Null ? null : ReadProfile(new ProfileObject(document.RootElement, "seccomp.Seccomp", "Seccomp"));
        }
        catch (JsonException invalid)
        {
            throw ProfileObject.Undecodable(invalid.Message, invalid);
        }
        catch (InvalidOperationException invalid)
        {
            // What System.Text.Json throws when a string is asked for that is not UTF-8, or half of a surrogate pair.
            throw ProfileObject.Undecodable("invalid text", invalid);
        }
    }

    private static SeccompProfile? ReadProfile(ProfileObject profile)
    {
        string action = profile.Text("defaultAction");
        ulong? errno = profile.Number("defaultErrnoRet");
        List<string> architectures = profile.Texts("architectures");
        List<ArchitectureGroup> groups = [.. profile.Objects("archMap", "Architecture").Select(ReadGroup)];
        var rules = new List<ProfileRule>();
        long calls = 0;
        foreach (ProfileObject rule in profile.Objects("syscalls", "Syscall"))
        {
            rules.Add(ReadRule(rule));
            calls += (long)rules[^1].Names.Count * Math.Max(1, rules[^1].Conditions.Count);
            if (calls > MostCalls)
            {
                throw new SeccompProfileException($"the seccomp profile names more than {MostCalls} calls (each counts once for every condition of its rule)");
            }
        }

        if (action.Length == 0 && rules.Count == 0)
        {
            return null;
        }

        if (architectures.Count > 0 && groups.Count > 0)
        {
            throw new SeccompProfileException("'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'");
        }

        ProfileWords.RequireArchitectures(architectures);
        return new SeccompProfile(ProfileWords.Answer(action, errno, "defaultErrnoRet"), architectures.Count > 0 ? architectures : null, groups, rules);
    }

    private static ArchitectureGroup ReadGroup(ProfileObject group)
    {
        string architecture = group.Text("architecture");
        List<string> others = group.Texts("subArchitectures");
        ProfileWords.RequireArchitectures([architecture, .. others]);
        return new ArchitectureGroup(architecture, others);
    }

    private static ProfileRule ReadRule(ProfileObject rule)
    {
        string name = rule.Text("name");
        List<string> names = rule.Texts("names");
        if (name.Length > 0)
        {
            names = names.Count == 0
                ? [name]
                : throw new SeccompProfileException("'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'");
        }

        string first = names.Count > 0 ? names[0] : "";
        return new ProfileRule(
            names,
            ProfileWords.Answer(rule.Text("action"), rule.Number("errnoRet"), $"errnoRet of {first}"),
            [.. rule.Objects("args", "Arg").Select(argument => ReadCondition(argument, first))],
            ReadFilter(rule.Object("includes", "Filter")),
            ReadFilter(rule.Object("excludes", "Filter")));
    }

    private static ArgumentCondition ReadCondition(ProfileObject argument, string call)
    {
        const int Arguments = 6;
        ulong index = argument.Number("index") ?? 0;
        ulong value = argument.Number("value") ?? 0;
        ulong second = argument.Number("valueTwo") ?? 0;
        ArgumentTest test = ProfileWords.Test(argument.Text("op"));
        if (index >= Arguments)
        {
            throw new SeccompProfileException(
                $"error creating seccomp syscall condition for syscall {call}: syscalls only have up to {Arguments} arguments ({index} given)");
        }

        return test == ArgumentTest.MaskedEqual
            ? new ArgumentCondition((int)index, test, second & value, value)
            : new ArgumentCondition((int)index, test, value);
    }

    private static ProfileFilter? ReadFilter(ProfileObject? filter) => filter is not { } given ? null
        : new ProfileFilter(given.Texts("caps"), given.Texts("arches"), ProfileWords.Kernel(given.Text("minKernel")));

    /// <summary>What Go calls the type of a field, for its words.</summary>
    internal static string GoType(string field) => _fieldTypes.GetValueOrDefault(field, field is "value" or "valueTwo" ? "uint64" : "string");
}
