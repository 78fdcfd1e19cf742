using Coracle.E2E;
using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

/// <summary>What the tests of pushing share: contents, sessions, an observer.</summary>
public abstract class PushTest
{
    protected const string Repository = "a/b";

    /// <summary>Of a large upload, here: the real size would only take its time.</summary>
    protected const int PartBytes = 400_000;

    private protected static RegistryOptions Options { get; } = RegistrySessionTests.Options with { UploadPartBytes = PartBytes };

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected static byte[] Noise(int length, int seed = 1)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    private protected static Descriptor Describe(byte[] content) => new(MediaTypes.OciLayer, Digest.Of(content), content.Length);

    private protected static Task<RegistrySession> OpenAsync(string authority, RegistryCredentials? credentials = null, RegistryOptions? options = null)
        => RegistrySessionTests.Client(options ?? Options).OpenForPushAsync(
            ImageReference.Parse($"{authority}/{Repository}"), ["c/d"], credentials ?? RegistryCredentials.None, Cancel);

    private protected static async Task<BlobPushOutcome> PushAsync(string authority, byte[] content, PushLog? log = null, RegistryOptions? options = null)
    {
        await using RegistrySession session = await OpenAsync(authority, options: options);
        return await new BlobPush(session, Describe(content), new MemoryStream(content), log ?? new PushLog()).RunAsync(mountFrom: null, Cancel);
    }

    private protected static byte[] Stored(TestRegistry registry, Digest digest)
    {
        Assert.True(registry.Store.HasBlob(Repository, digest.ToString()));
        using Stream stream = registry.Store.OpenBlob(digest.ToString());
        MemoryStream copy = new();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>Method and the last word of each path: <c>PUT upload-1</c>.</summary>
    private protected static IEnumerable<string> Said(TestRegistry registry)
        => registry.Requests.Where(request => request.Path != "/v2/").Select(request => $"{request.Method} {request.Path.Split('/')[^1]}".TrimEnd());

    private protected sealed class PushLog : IPushObserver
    {
        public List<int> Retries { get; } = [];

        public long MostSent { get; private set; }

        public void Sent(long bytes) => MostSent = Math.Max(bytes, MostSent);

        public void RetryingIn(int seconds) => Retries.Add(seconds);
    }
}
