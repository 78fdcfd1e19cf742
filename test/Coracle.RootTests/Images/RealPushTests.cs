using System.Net.Sockets;
using Coracle.Dns;
using Coracle.Oci;
using Coracle.Registry;
using Descriptor = Coracle.Oci.Descriptor;

namespace Coracle.RootTests.Images;

/// <summary>Pushes to the registry that Debian ships, which knows no referrers: what a device finds there afterwards.</summary>
[Trait("Needs", "root")]
public sealed class RealPushTests
{
    private const string Type = "application/vnd.coracle.test";

    private const int PartBytes = 1_000_000;

    private static readonly Descriptor _subject = new(MediaTypes.OciManifest, Digest.Of("subject"u8), 7);

    private static readonly RegistryCredentials _me = new() { Username = "me", Password = "secret" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(3_500_000)]
    public async Task A_blob_goes_there_once_and_is_mounted_next_door(int length)
    {
        await using DebianRegistry registry = await DebianRegistry.StartAsync("secret");
        byte[] content = OciLayout.Content(1, length);
        await using RegistrySession here = await OpenAsync(registry, "a/b"), there = await OpenAsync(registry, "c/d", "a/b");

        Assert.Equal(BlobPushOutcome.Uploaded, await PushAsync(here, content));
        Assert.Equal(BlobPushOutcome.AlreadyThere, await PushAsync(here, content));
        Assert.Equal(BlobPushOutcome.Mounted, await PushAsync(there, content, "a/b"));
        Assert.Equal(content, await there.GetBlobAsync(Describe(content), length, Cancel));
    }

    [Fact]
    public async Task A_blob_that_is_not_its_digest_is_refused()
    {
        await using DebianRegistry registry = await DebianRegistry.StartAsync();
        await using RegistrySession session = await OpenAsync(registry, "a/b");
        Descriptor other = Describe([1, 2, 3]) with { Digest = Digest.Of("other"u8) };

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => new BlobPush(session, other, new MemoryStream([1, 2, 3]), new Silent()).RunAsync(null, Cancel));

        Assert.Equal("digest invalid: provided digest did not match uploaded content", error.Message);
    }

    [Fact]
    public async Task A_connection_that_breaks_inside_a_part_costs_time_and_nothing_else()
    {
        await using DebianRegistry registry = await DebianRegistry.StartAsync();
        byte[] content = OciLayout.Content(1, 3_500_000);
        RegistryOptions options = Options;
        BreakingTransport transport = new(new SocketTransport(new StubResolver(_ => null, TimeProvider.System), options, TimeProvider.System), breakAfter: 1_500_000);
        await using RegistrySession session = await new RegistryClient(transport, options, TimeProvider.System)
            .OpenForPushAsync(ImageReference.Parse($"{registry.Authority}/a/b"), [], RegistryCredentials.None, Cancel);

        Assert.Equal(BlobPushOutcome.Uploaded, await PushAsync(session, content));
        Assert.True(transport.HasBroken);
        Assert.Equal(content, await session.GetBlobAsync(Describe(content), content.Length, Cancel));
    }

    [Fact]
    public async Task Artifacts_pushed_at_the_same_time_are_all_found_by_their_subject()
    {
        const int Pushers = 6;
        await using DebianRegistry registry = await DebianRegistry.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, Pushers).Select(number => PushArtifactAsync(registry, number)));

        await using RegistrySession session = await OpenAsync(registry, "a/b");
        IReadOnlyList<AnnotatedDescriptor> found = await new ReferrerSearch(session).GetReferrersAsync(_subject.Digest, Type, Cancel);
        Assert.Equal(Enumerable.Range(0, Pushers).Select(number => $"{number}"), found.Select(entry => entry.Annotations["number"]).Order());
        foreach (AnnotatedDescriptor entry in found)
        {
            ArtifactManifest manifest = ArtifactManifest.Parse((await session.GetManifestAsync(entry.Descriptor.Digest.ToString(), Cancel)).Bytes);
            Assert.Equal(OciLayout.Content(int.Parse(entry.Annotations["number"]), 1000), await session.GetBlobAsync(manifest.Layers[0].Descriptor, 1000, Cancel));
        }
    }

    private static RegistryOptions Options { get; } = RegistryOptions.Default with { RetryDelay = TimeSpan.Zero, UploadPartBytes = PartBytes };

    private static Task<RegistrySession> OpenAsync(DebianRegistry registry, string repository, params string[] mountFrom)
        => new RegistryClient(new SocketTransport(new StubResolver(_ => null, TimeProvider.System), Options, TimeProvider.System), Options, TimeProvider.System)
            .OpenForPushAsync(ImageReference.Parse($"{registry.Authority}/{repository}"), mountFrom, _me, Cancel);

    private static Task<BlobPushOutcome> PushAsync(RegistrySession session, byte[] content, string? mountFrom = null)
        => new BlobPush(session, Describe(content), new MemoryStream(content), new Silent()).RunAsync(mountFrom, Cancel);

    private static async Task PushArtifactAsync(DebianRegistry registry, int number)
    {
        byte[] content = OciLayout.Content(number, 1000);
        AnnotatedDescriptor layer = new(Describe(content), "", new Dictionary<string, string>());
        ArtifactManifest manifest = new(Type, _subject, [layer], new Dictionary<string, string> { ["number"] = $"{number}" });
        await using RegistrySession session = await OpenAsync(registry, "a/b");
        await new ArtifactPush(session).PushArtifactAsync(manifest, [new MemoryStream(content)], [], Cancel);
    }

    private static Descriptor Describe(byte[] content) => new(MediaTypes.OciLayer, Digest.Of(content), content.Length);

    private sealed class Silent : IPushObserver
    {
        public void Sent(long bytes)
        {
        }

        public void RetryingIn(int seconds)
        {
        }
    }

    /// <summary>The first connection that has sent so much ends.</summary>
    private sealed class BreakingTransport(IRegistryTransport inner, long breakAfter) : IRegistryTransport
    {
        public bool HasBroken { get; private set; }

        public async ValueTask<Stream> ConnectAsync(RegistryEndpoint endpoint, CancellationToken cancellationToken)
            => new BreakingStream(this, await inner.ConnectAsync(endpoint, cancellationToken), breakAfter);

        private sealed class BreakingStream(BreakingTransport transport, Stream inner, long left) : Stream
        {
            private long _left = left;

            public override bool CanRead => true;

            public override bool CanSeek => false;

            public override bool CanWrite => true;

            public override long Length => throw new NotSupportedException();

            public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

            public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

            public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
            {
                _left -= buffer.Length;
                if (_left < 0 && !transport.HasBroken)
                {
                    transport.HasBroken = true;
                    ((NetworkStream)inner).Socket.Shutdown(SocketShutdown.Both);
                }

                await inner.WriteAsync(buffer, cancellationToken);
            }

            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override void Flush()
            {
            }

            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

            public override void SetLength(long value) => throw new NotSupportedException();

            protected override void Dispose(bool disposing)
            {
                if (disposing)
                {
                    inner.Dispose();
                }

                base.Dispose(disposing);
            }
        }
    }
}
