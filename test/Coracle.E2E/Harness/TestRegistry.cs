using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;

namespace Coracle.E2E;

/// <summary>
/// A registry as distribution-spec v1.1 has it, on a loopback port, with faults to order: blobs, ranges, uploads in one or in parts,
/// mounts, manifests, tags, referrers, tokens. For the tests of both sides, the built engine and the rooms.
/// </summary>
internal sealed class TestRegistry : LoopbackServer
{
    /// <summary>What lies in the kernel has not come, and a device that is short of processor time lets megabytes lie there: with this it is counted nearly right.</summary>
    private const int MostUnsent = 64 * 1024;

    private readonly TestRegistryTokens _tokens;

    public TestRegistry(TestRegistryOptions? options = null, TestRegistryStore? store = null)
    {
        (Options, Store) = (options ?? new TestRegistryOptions(), store ?? new TestRegistryStore());
        _tokens = new TestRegistryTokens(Options);
        Start();
    }

    public TestRegistryOptions Options { get; }

    public TestRegistryStore Store { get; }

    /// <summary>What goes wrong; asked once for each request.</summary>
    public Func<TestRequest, TestFault?> Fault { get; set; } = _ => null;

    /// <summary>Each request waits for this before anything is done about it: a test's own order of things.</summary>
    public Func<TestRequest, Task> Turn { get; set; } = _ => Task.CompletedTask;

    public ConcurrentQueue<TestRequest> Requests { get; } = new();

    /// <summary>How tokens were asked for: the scopes.</summary>
    public ConcurrentQueue<string> Scopes => _tokens.Scopes;

    protected override async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true; // head and body are two writes
        socket.SendBufferSize = MostUnsent;
        using TestConnection connection = new(socket, Stopping);
        try
        {
            while (await connection.ReadRequestAsync() is { } request)
            {
                Requests.Enqueue(request);
                await Turn(request);
                if (!await AnswerAsync(connection, request))
                {
                    return;
                }
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client hung up: that is its right.
        }
    }

    private async Task<bool> AnswerAsync(TestConnection connection, TestRequest request)
    {
        TestFault? fault = Fault(request);
        MemoryStream body = new();
        Stream? upload = fault?.Status is null ? UploadOf(request) : null;
        bool isElsewhere = upload is not null && request["Content-Range"] is { } range && !range.StartsWith(upload.Length + "-", StringComparison.Ordinal);
        Stream target = upload is null || isElsewhere ? body : upload;
        target.Position = target.Length;
        if (!await connection.CopyBodyAsync(target, fault?.CutRequestAfter ?? long.MaxValue))
        {
            return false;
        }

        TestAnswer answer = fault?.Status is { } status ? TestAnswer.Error(status, fault.Code)
            : isElsewhere ? TestAnswer.Error(416, "RANGE_INVALID") : Answer(request, body.ToArray(), fault);
        using Stream? content = answer.Body;
        TestFault? sending = answer.IsContent || fault?.CutAnswerAfter is not null ? fault : null;
        return await connection.SendAsync(
            answer.Status, answer.Headers, request.Method == "HEAD" ? null : content, answer.Length, sending, count => Store.CountServed(answer.Digest, count));
    }

    private TestAnswer Answer(TestRequest request, byte[] body, TestFault? fault)
    {
        if (request.Path == "/token")
        {
            return _tokens.Give(request);
        }

        if (!_tokens.Admits(request))
        {
            return _tokens.Challenge(request, Address);
        }

        TestRoute route = TestRoute.Parse(request.Path);
        return (request.Method, route.Kind) switch
        {
            (_, "") => TestAnswer.Text(200, "{}"),
            ("GET" or "HEAD", "blobs") => Blob(request, route, fault),
            ("POST", "uploads") => Begin(request, route),
            (_, "uploads") => Upload(request, route, fault),
            ("PUT", "manifests") => PutManifest(request, route, body, fault),
            ("DELETE", "manifests") => Store.Delete(route.Repository, route.Name) ? new TestAnswer(202) : TestAnswer.Error(404, "MANIFEST_UNKNOWN"),
            (_, "manifests") => Manifest(route),
            (_, "tags") => Tags(request, route),
            (_, "referrers") when Options.HasReferrers => Referrers(request, route),
            _ => TestAnswer.Text(404, "404 page not found\n"),
        };
    }

    private Stream? UploadOf(TestRequest request)
    {
        TestRoute route = TestRoute.Parse(request.Path);
        return route.Kind == "uploads" && request.Method is "PATCH" or "PUT" && _tokens.Knows(request) ? Store.FindUpload(route.Name) : null;
    }

    private TestAnswer Blob(TestRequest request, TestRoute route, TestFault? fault)
    {
        if (!Store.HasBlob(route.Repository, route.Name))
        {
            return TestAnswer.Error(404, "BLOB_UNKNOWN");
        }

        Stream content = Store.OpenBlob(route.Name);
        TestAnswer answer = new(200, content, content.Length) { Digest = route.Name, IsContent = true };
        answer.Headers["Content-Type"] = "application/octet-stream";
        answer.Headers["Docker-Content-Digest"] = route.Name;
        return request["Range"] is { } range && fault?.IgnoresRange != true ? answer.Part(range) : answer;
    }

    private TestAnswer Begin(TestRequest request, TestRoute route)
    {
        if (Options.Mounts && request.Query.TryGetValue("mount", out string? digest) && Store.HasBlob(request.Query["from"], digest))
        {
            Store.Mount(route.Repository, digest);
            TestAnswer mounted = new(201) { Headers = { ["Location"] = $"/v2/{route.Repository}/blobs/{digest}", ["Docker-Content-Digest"] = digest } };
            return mounted;
        }

        return Place(202, route.Repository, Store.BeginUpload());
    }

    private TestAnswer Upload(TestRequest request, TestRoute route, TestFault? fault)
    {
        if (Store.FindUpload(route.Name) is not { } upload)
        {
            return TestAnswer.Error(404, "BLOB_UPLOAD_UNKNOWN");
        }

        // The state is the number of bytes that the client was told of last; docker-registry signs it, and believes nothing else.
        bool isOld = !Options.ResumesUploads && request.Query["state"] != (upload.Length - BodyLengthOf(request)).ToString();
        if (isOld)
        {
            return TestAnswer.Error(404, "BLOB_UPLOAD_INVALID");
        }

        if (request.Method != "PUT")
        {
            return Place(request.Method == "GET" ? 204 : 202, route.Repository, route.Name);
        }

        string digest = request.Query["digest"];
        TestAnswer ended = Store.EndUpload(route.Repository, route.Name, digest) ? new TestAnswer(201) : TestAnswer.Error(400, "DIGEST_INVALID");
        ended.Headers["Docker-Content-Digest"] = fault?.IsWrong == true ? TestRegistryStore.DigestOf("wrong"u8) : digest;
        return ended;
    }

    private static long BodyLengthOf(TestRequest request) => long.TryParse(request["Content-Length"], out long length) ? length : 0;

    private TestAnswer Place(int status, string repository, string upload)
    {
        long length = Store.FindUpload(upload)!.Length;
        string host = Options.UploadsAt is { } other ? "http://" + other : Options.HasAbsolutePlaces ? "http://" + Address : "";
        return new TestAnswer(status)
        {
            Headers =
            {
                ["Location"] = $"{host}/v2/{repository}/blobs/uploads/{upload}?state={length}",
                ["Range"] = $"0-{Math.Max(0, length - 1)}",
                ["Docker-Upload-UUID"] = upload,
            },
        };
    }

    private TestAnswer PutManifest(TestRequest request, TestRoute route, byte[] body, TestFault? fault)
    {
        string digest = TestRegistryStore.DigestOf(body);
        bool isByDigest = route.Name.StartsWith("sha256:", StringComparison.Ordinal);
        if (isByDigest && route.Name != digest)
        {
            return TestAnswer.Error(400, "DIGEST_INVALID");
        }

        if (!HasParts(route.Repository, body))
        {
            return TestAnswer.Error(400, "MANIFEST_BLOB_UNKNOWN");
        }

        Store.PutManifest(route.Repository, isByDigest ? null : route.Name, request["Content-Type"] ?? "", body);
        TestAnswer stored = new(201) { Headers = { ["Docker-Content-Digest"] = fault?.IsWrong == true ? TestRegistryStore.DigestOf("wrong"u8) : digest } };
        if (Options.HasReferrers && TestRegistryStore.SubjectOf(body) is { } subject)
        {
            stored.Headers["OCI-Subject"] = subject;
        }

        return stored;
    }

    private bool HasParts(string repository, byte[] manifest)
    {
        using JsonDocument document = JsonDocument.Parse(manifest);
        JsonElement root = document.RootElement;
        IEnumerable<JsonElement> blobs = root.TryGetProperty("layers", out JsonElement layers) ? layers.EnumerateArray().Append(root.GetProperty("config")) : [];
        IEnumerable<JsonElement> manifests = root.TryGetProperty("manifests", out JsonElement list) ? list.EnumerateArray() : [];
        return blobs.All(blob => Store.HasBlob(repository, blob.GetProperty("digest").GetString()!))
            && manifests.All(entry => Store.FindManifest(repository, entry.GetProperty("digest").GetString()!) is not null);
    }

    private TestAnswer Manifest(TestRoute route)
    {
        if (Store.FindManifest(route.Repository, route.Name) is not { } found)
        {
            return TestAnswer.Error(404, "MANIFEST_UNKNOWN");
        }

        TestAnswer answer = new(200, new MemoryStream(found.Bytes), found.Bytes.Length) { Digest = found.Digest, IsContent = true };
        answer.Headers["Content-Type"] = found.MediaType;
        answer.Headers["Docker-Content-Digest"] = found.Digest;
        return answer;
    }

    private TestAnswer Tags(TestRequest request, TestRoute route)
    {
        string last = request.Query.GetValueOrDefault("last", "");
        int count = int.Parse(request.Query.GetValueOrDefault("n", "10000"));
        string[] tags = [.. Store.Tags(route.Repository).Where(tag => string.CompareOrdinal(tag, last) > 0).Take(Math.Min(count, Options.PageSize))];
        return TestAnswer.Text(200, JsonSerializer.Serialize(new { name = route.Repository, tags }));
    }

    private TestAnswer Referrers(TestRequest request, TestRoute route)
    {
        string? type = Options.FiltersReferrers ? request.Query.GetValueOrDefault("artifactType") : null;
        int from = int.Parse(request.Query.GetValueOrDefault("from", "0"));
        string[] all = [.. Store.Referrers(route.Repository, route.Name).Select(Entry).Where(entry => type is null || entry.Type == type).Select(entry => entry.Json)];
        string[] page = [.. all.Skip(from).Take(Options.PageSize)];
        TestAnswer answer = TestAnswer.Text(
            200, $$"""{"schemaVersion":2,"mediaType":"{{TestRoute.Index}}","manifests":[{{string.Join(',', page)}}]}""", TestRoute.Index);
        if (from + page.Length < all.Length)
        {
            answer.Headers["Link"] = $"<{request.Path}?from={from + page.Length}&artifactType={Uri.EscapeDataString(type ?? "")}>; rel=\"next\"";
        }

        if (type is not null)
        {
            answer.Headers["OCI-Filters-Applied"] = "artifactType";
        }

        return answer;
    }

    private static (string Type, string Json) Entry((string Digest, string MediaType, byte[] Bytes) manifest)
    {
        using JsonDocument document = JsonDocument.Parse(manifest.Bytes);
        JsonElement root = document.RootElement;
        string type = root.TryGetProperty("artifactType", out JsonElement own) ? own.GetString()! : root.GetProperty("config").GetProperty("mediaType").GetString()!;
        string annotations = root.TryGetProperty("annotations", out JsonElement some) ? ",\"annotations\":" + some.GetRawText() : "";
        return (type, $$"""{"mediaType":"{{manifest.MediaType}}","digest":"{{manifest.Digest}}","size":{{manifest.Bytes.Length}},"artifactType":"{{type}}"{{annotations}}}""");
    }
}
