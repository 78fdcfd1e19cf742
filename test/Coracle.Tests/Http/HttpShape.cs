using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Coracle.Tests.Http;

/// <summary>
/// A request that no client sends: framing that two readers could understand differently, a broken head, another protocol.
/// Goldens/shapes.jsonl has a hundred, with what dockerd answered (record-shapes.py).
/// </summary>
/// <param name="Docker">The statuses that came back before dockerd closed, 100 Continue left out.</param>
internal sealed partial record HttpShape(string Name, string Request, int[] Docker)
{
    /// <summary>
    /// Where we answer otherwise. What Go's server lets pass and we refuse, since somebody in between could read it differently; what
    /// Go redirects to a path it likes better, and here is no path; what both refuse with different words.
    /// </summary>
    private static readonly Dictionary<string, int[]> _otherwise = new()
    {
        // Framing.
        ["length and chunked"] = [400],
        ["chunked and length"] = [400],
        ["two lengths, equal"] = [400],
        ["length of 2^63-1"] = [400], // 18 digits are enough
        ["encoding identity"] = [400],
        ["encoding with vertical tab"] = [400], // before anybody looks at the encoding
        ["encoding folded"] = [400],
        ["chunk with bare LF"] = [400],
        ["chunks without end"] = [400], // dockerd stops reading behind the JSON
        ["trailers without number"] = [431],
        ["length empty"] = [400], // dockerd answers 400 to the JSON that is missing, then takes the body for a request and answers 400 again
        // Heads.
        ["bare LF for every line"] = [400],
        ["bare LF for one line"] = [400],
        ["folded line"] = [400],
        ["name empty"] = [400],
        ["one field of 100 KB"] = [431], // 64 KiB a head, 128 fields; Go's are 1 MiB and any number
        ["request line of 100 KB"] = [431],
        ["2000 fields"] = [431],
        ["HTTP/1.2"] = [505],
        ["HTTP/11.1"] = [505],
        ["HTTP/2 preface"] = [505],
        ["empty line before"] = [200], // RFC 9112 §2.2: one such line should be passed over
        // Targets.
        ["absolute target, https"] = [400],
        ["target of CONNECT"] = [400],
        ["target with fragment"] = [400],
        ["target with upper half"] = [400],
        ["target with encoded NUL"] = [400],
        ["target with dots"] = [404],
        ["target with doubled slash"] = [404],
    };

    public static IReadOnlyCollection<string> Otherwise => _otherwise.Keys;

    public int[] Ours => _otherwise.GetValueOrDefault(Name) ?? Docker;

    public static IReadOnlyList<HttpShape> ReadAll(string repository)
        => [.. File.ReadLines(Path.Combine(repository, "test/Coracle.Tests/Http/Goldens/shapes.jsonl"), Encoding.UTF8).Select(line => Read(JsonNode.Parse(line)!))];

    /// <summary>The statuses in what a connection gave until it was closed.</summary>
    public static int[] Statuses(string answers)
        => [.. StatusLine().Matches(answers).Select(line => int.Parse(line.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture)).Where(status => status != 100)];

    [GeneratedRegex("HTTP/1\\.[01] (\\d{3}) ")]
    private static partial Regex StatusLine();

    private static HttpShape Read(JsonNode line) => new(
        line["name"]!.GetValue<string>(),
        string.Concat(line["request"]!.AsArray().Select(piece => string.Concat(Enumerable.Repeat(piece![0]!.GetValue<string>(), piece[1]!.GetValue<int>())))),
        [.. line["docker"]!.AsArray().Select(status => status!.GetValue<int>())]);
}
