using System.Text;

namespace Coracle.E2E;

/// <summary>What a path of the distribution specification is about.</summary>
/// <param name="Kind"><c>blobs</c>, <c>uploads</c>, <c>manifests</c>, <c>tags</c>, <c>referrers</c>; empty for <c>/v2/</c> and what is none of these.</param>
/// <param name="Name">A digest, a tag or an upload.</param>
internal sealed record TestRoute(string Repository, string Kind, string Name)
{
    public const string Index = "application/vnd.oci.image.index.v1+json";

    public static TestRoute Parse(string path)
    {
        foreach ((string marker, string kind) in (ReadOnlySpan<(string, string)>)
            [("/blobs/uploads/", "uploads"), ("/blobs/", "blobs"), ("/manifests/", "manifests"), ("/tags/", "tags"), ("/referrers/", "referrers")])
        {
            int at = path.LastIndexOf(marker, StringComparison.Ordinal);
            if (at > 0)
            {
                return new TestRoute(path["/v2/".Length..at], kind, path[(at + marker.Length)..]);
            }
        }

        return new TestRoute("", "", "");
    }
}

/// <summary>What <see cref="TestRegistry"/> says to one request.</summary>
internal sealed class TestAnswer(int status, Stream? body = null, long length = 0)
{
    public int Status => status;

    public Stream? Body => body;

    public long Length => length;

    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Whose bytes these are, for the count.</summary>
    public string Digest { get; init; } = "";

    /// <summary>A blob or manifest, whose sending may go wrong.</summary>
    public bool IsContent { get; init; }

    public static TestAnswer Text(int status, string text, string contentType = "application/json")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return new TestAnswer(status, new MemoryStream(bytes), bytes.Length) { Headers = { ["Content-Type"] = contentType } };
    }

    public static TestAnswer Error(int status, string code)
        => Text(status, $$"""{"errors":[{"code":"{{code}}","message":"{{code.Replace('_', ' ').ToLowerInvariant()}}"}]}""");

    /// <summary>The part that <c>bytes=FROM-[TO]</c> asks for.</summary>
    public TestAnswer Part(string range)
    {
        string[] ends = range["bytes=".Length..].Split('-');
        long from = long.Parse(ends[0]);
        long to = ends[1].Length == 0 ? length - 1 : Math.Min(long.Parse(ends[1]), length - 1);
        if (from > to)
        {
            body!.Dispose();
            return Error(416, "RANGE_INVALID");
        }

        body!.Position = from;
        TestAnswer part = new(206, body, to - from + 1) { Headers = Headers, Digest = Digest, IsContent = true };
        part.Headers["Content-Range"] = $"bytes {from}-{to}/{length}";
        return part;
    }
}
