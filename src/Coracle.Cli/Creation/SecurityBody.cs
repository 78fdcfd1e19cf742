using System.Text;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Cli;

/// <summary><c>--security-opt</c>: a seccomp profile is a file here and its content in the request.</summary>
internal static class SecurityBody
{
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<string> options)
    {
        List<string> sent = [.. options.Where(o => o != "systempaths=unconfined").Select(Sent)];
        writer.WriteList("SecurityOpt", sent);
        if (sent.Count < options.Count)
        {
            // Empty lists, not missing ones: a missing list means the engine's own.
            writer.WriteStrings("MaskedPaths", []);
            writer.WriteStrings("ReadonlyPaths", []);
        }
    }

    private static string Sent(string option)
    {
        int at = option.IndexOfAny(['=', ':']);
        if (at < 0)
        {
            return option == "no-new-privileges" ? option : throw new CliException($"Invalid --security-opt: \"{option}\"");
        }

        string value = option[(at + 1)..];
        return option[..at] == "seccomp" && value is not ("unconfined" or "builtin" or "default") ? "seccomp=" + Profile(value) : option;
    }

    private static string Profile(string path)
    {
        try
        {
            using JsonDocument document = GoJson.Parse(TextFile.Read(path));
            return Encoding.UTF8.GetString(Json.Bytes(document.RootElement.WriteTo));
        }
        catch (CliException missing)
        {
            throw new CliException($"opening seccomp profile ({path}) failed: {missing.Message}");
        }
        catch (JsonException invalid)
        {
            throw new CliException($"compacting json for seccomp profile ({path}) failed: {invalid.Message}");
        }
    }
}
