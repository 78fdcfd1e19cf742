using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

public sealed class BlobFetchTests : IDisposable
{
    private const int PipeBytes = 4096;

    private readonly FakeRegistry _registry = new();
    private readonly byte[] _content = Content(100_000);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _registry.Dispose();

    [Fact]
    public async Task A_blob_larger_than_the_pipe_arrives_whole() => Assert.Equal(_content, await FetchAsync());

    [Fact]
    public async Task A_broken_connection_goes_on_at_the_exact_byte()
    {
        _registry.Intercept = request => !IsBlob(request) ? null : Bytes(request, cutAfter: 30_000);

        Assert.Equal(_content, await FetchAsync());
        Assert.Equal(
            [null, "bytes=30000-", "bytes=60000-", "bytes=90000-"],
            _registry.Requests.Where(IsBlob).Select(request => request["Range"]));
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_starts_over_and_nothing_comes_twice()
    {
        int tries = 0;
        _registry.Intercept = request => !IsBlob(request) ? null : new FakeAnswer(200, _content, CutAfter: ++tries < 3 ? 20_000 * tries : null);

        Assert.Equal(_content, await FetchAsync());
        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task A_connection_that_brings_nothing_five_times_is_given_up()
    {
        _registry.Intercept = request => !IsBlob(request) ? null : new FakeAnswer(200, _content, CutAfter: 0);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(FetchAsync);

        Assert.Equal("unexpected EOF", error.Message);
        Assert.Equal(5, _registry.Requests.Count(IsBlob));
    }

    [Fact]
    public async Task One_flipped_bit_never_reaches_the_end_of_the_stream()
    {
        byte[] flipped = [.. _content];
        flipped[50_000] ^= 1;
        _registry.Intercept = request => !IsBlob(request) ? null : new FakeAnswer(200, flipped);

        Exception error = await Assert.ThrowsAsync<ContentMismatchException>(FetchAsync);

        Assert.StartsWith("filesystem layer verification failed for digest " + Digest.Of(_content), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(-1)]
    public async Task A_wrong_length_is_caught_announced_or_not(int extra)
    {
        byte[] wrong = extra > 0 ? [.. _content, .. Content(extra)] : _content[..^1];
        foreach (long? claimed in new long?[] { null, -1 })
        {
            _registry.Intercept = request => !IsBlob(request) ? null : new FakeAnswer(200, wrong, ClaimedLength: claimed);
            await Assert.ThrowsAsync<ContentMismatchException>(FetchAsync);
        }
    }

    [Theory]
    [InlineData(206, "bytes 20-99999/100000")]   // other bytes than asked for
    [InlineData(206, "bytes 10-500/100000")]
    [InlineData(206, "")]
    [InlineData(416, "bytes */100000")]
    public async Task A_server_that_is_wrong_about_ranges_is_asked_for_everything(int status, string range)
    {
        _registry.Intercept = request =>
        {
            if (!IsBlob(request))
            {
                return null;
            }

            if (request["Range"] is null)
            {
                return new FakeAnswer(200, _content, CutAfter: _registry.Requests.Count(IsBlob) == 1 ? 10 : null);
            }

            FakeAnswer wrong = status == 416 ? FakeAnswer.Text(416, "") : new(206, _content[20..]);
            wrong.Headers["Content-Range"] = range;
            return wrong;
        };

        Assert.Equal(_content, await FetchAsync());
        Assert.Equal([null, "bytes=10-", null], _registry.Requests.Where(IsBlob).Select(request => request["Range"]));
    }

    [Fact]
    public async Task A_server_that_always_lies_about_ranges_is_given_up()
    {
        _registry.Intercept = request =>
        {
            FakeAnswer wrong = new(206, _content[20..]);
            wrong.Headers["Content-Range"] = "bytes 20-99999/100000";
            return IsBlob(request) ? wrong : null;
        };

        Assert.Contains("wrong range", (await Assert.ThrowsAsync<RegistryException>(FetchAsync)).Message, StringComparison.Ordinal);
        Assert.Equal(5, _registry.Requests.Count(IsBlob));
    }

    [Fact]
    public async Task A_blob_that_changes_its_length_between_two_tries_is_refused()
    {
        _registry.Intercept = request =>
        {
            if (!IsBlob(request) || request["Range"] is null)
            {
                return IsBlob(request) ? new FakeAnswer(200, _content, CutAfter: 10) : null;
            }

            FakeAnswer other = new(206, _content[10..]);
            other.Headers["Content-Range"] = "bytes 10-99999/100001";
            return other;
        };

        Assert.Contains("another blob", (await Assert.ThrowsAsync<RegistryException>(FetchAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_sends_a_few_bytes_each_time_is_given_up()
    {
        _registry.Intercept = request => !IsBlob(request) ? null : Bytes(request, cutAfter: 100);

        await Assert.ThrowsAsync<RegistryException>(FetchAsync);

        Assert.Equal(5, _registry.Requests.Count(IsBlob));   // 100 bytes of 100,000 are no progress
    }

    [Fact]
    public async Task A_server_that_falls_silent_in_the_middle_is_left_and_asked_for_the_rest()
    {
        TaskCompletionSource never = new();
        int tries = 0;
        _registry.Intercept = request => !IsBlob(request) ? null
            : ++tries == 1 ? new FakeAnswer(200, _content[..5000], ClaimedLength: _content.Length) { Silence = never.Task }
            : Bytes(request, cutAfter: int.MaxValue);

        Assert.Equal(_content, await FetchAsync(new Observer(), RegistrySessionTests.Options with { SilenceTimeout = TimeSpan.FromMilliseconds(300) }));
        never.SetResult();

        Assert.Equal("bytes=5000-", _registry.Requests.Last(IsBlob)["Range"]);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_registry_that_asks_for_patience_gets_it(int status)
    {
        int tries = 0;
        FakeAnswer later = FakeAnswer.Text(status, """{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}""");
        later.Headers["Retry-After"] = "2";
        _registry.Intercept = request => !IsBlob(request) || ++tries > 1 ? null : later;
        Observer observer = new();

        Assert.Equal(_content, await FetchAsync(observer, RegistrySessionTests.Options));

        Assert.Equal([2, 1], observer.Retries);
    }

    [Fact]
    public async Task The_tries_are_as_many_as_the_options_say_and_the_last_words_are_the_registrys()
    {
        _registry.Intercept = request => !IsBlob(request) ? null : FakeAnswer.Text(429, """{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}""");

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => FetchAsync(new Observer(), RegistrySessionTests.Options with { MaxAttempts = 2 }));

        Assert.Equal("toomanyrequests: slow down", error.Message);
        Assert.Equal(2, _registry.Requests.Count(IsBlob));
    }

    [Fact]
    public async Task A_refusal_is_not_tried_again()
    {
        _registry.Intercept = request => !IsBlob(request) ? null : FakeAnswer.Text(404, """{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}""");

        Assert.Equal("blob unknown: blob unknown to registry", (await Assert.ThrowsAsync<RegistryException>(FetchAsync)).Message);
        Assert.Equal(1, _registry.Requests.Count(IsBlob));
    }

    [Fact]
    public async Task A_reader_that_stops_ends_the_fetching()
    {
        Descriptor blob = _registry.AddBlob("a/b", _content);
        await using RegistrySession session = await OpenAsync();
        using HandoffPipe pipe = new(PipeBytes);
        Task fetching = new BlobFetch(session, blob, pipe, new Observer()).RunAsync(Cancel);

        pipe.Abandon();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
    }

    [Fact]
    public async Task The_waiting_between_tries_is_counted_down_for_the_user()
    {
        int tries = 0;
        _registry.Intercept = request => !IsBlob(request) ? null : new FakeAnswer(200, _content, CutAfter: ++tries == 1 ? 0 : null);
        Observer observer = new();

        await FetchAsync(observer, RegistrySessionTests.Options with { RetryDelay = TimeSpan.FromSeconds(1) });

        Assert.Equal([1], observer.Retries);
    }

    private Task<byte[]> FetchAsync() => FetchAsync(new Observer(), RegistrySessionTests.Options);

    private async Task<byte[]> FetchAsync(Observer observer, RegistryOptions options)
    {
        Descriptor blob = _registry.AddBlob("a/b", _content);
        await using RegistrySession session = await RegistrySessionTests.Client(options)
            .OpenAsync(ImageReference.Parse(_registry.Authority + "/a/b"), RegistryCredentials.None, Cancel);
        using HandoffPipe pipe = new(PipeBytes);
        Task<byte[]> reading = Task.Factory.StartNew(() => ReadAll(pipe, blob), TaskCreationOptions.LongRunning);
        Task fetching = new BlobFetch(session, blob, pipe, observer).RunAsync(Cancel);
        try
        {
            return await reading;
        }
        catch (IOException error) when (error.InnerException is RegistryException or ContentMismatchException)
        {
            await fetching;
            throw;
        }
    }

    private Task<RegistrySession> OpenAsync()
        => RegistrySessionTests.Client().OpenAsync(ImageReference.Parse(_registry.Authority + "/a/b"), RegistryCredentials.None, Cancel);

    private static byte[] ReadAll(HandoffPipe pipe, Descriptor blob)
    {
        using VerifiedBlobStream stream = new(pipe, blob);
        MemoryStream copy = new();
        stream.CopyTo(copy, 1000);
        return copy.ToArray();
    }

    private FakeAnswer Bytes(FakeRequest request, int cutAfter)
    {
        int from = request["Range"] is { } range ? int.Parse(range["bytes=".Length..^1]) : 0;
        byte[] rest = _content[from..];
        FakeAnswer answer = new(from == 0 ? 200 : 206, rest, CutAfter: rest.Length > cutAfter ? cutAfter : null);
        answer.Headers["Content-Range"] = $"bytes {from}-{_content.Length - 1}/{_content.Length}";
        return answer;
    }

    private static bool IsBlob(FakeRequest request) => request.Path.Contains("/blobs/", StringComparison.Ordinal);

    private static byte[] Content(int length)
    {
        byte[] content = new byte[length];
        new Random(1).NextBytes(content);
        return content;
    }

    private sealed class Observer : IFetchObserver
    {
        public List<int> Retries { get; } = [];

        public void Received(long bytes)
        {
        }

        public void RetryingIn(int seconds) => Retries.Add(seconds);
    }
}
