using System.Text;
using Coracle.E2E;
using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

public sealed class BlobPushTests : PushTest
{
    private const int LargeBytes = 500_000;

    private static readonly byte[] _small = Noise(100_000);
    private static readonly byte[] _large = Noise(LargeBytes, seed: 2);

    [Fact]
    public async Task A_small_blob_goes_in_one_request()
    {
        await using TestRegistry registry = new();
        PushLog log = new();

        Assert.Equal(BlobPushOutcome.Uploaded, await PushAsync(registry.Address, _small, log));

        Digest digest = Digest.Of(_small);
        Assert.Equal(_small, Stored(registry, digest));
        Assert.Equal([$"HEAD {digest}", "POST", "PUT upload-1"], Said(registry));
        Assert.Equal(_small.Length, log.MostSent);
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        await using TestRegistry registry = new();

        Assert.Equal(BlobPushOutcome.Uploaded, await PushAsync(registry.Address, []));

        Assert.Empty(Stored(registry, Digest.Of([])));
    }

    [Fact]
    public async Task A_large_blob_goes_in_parts()
    {
        await using TestRegistry registry = new();

        Assert.Equal(BlobPushOutcome.Uploaded, await PushAsync(registry.Address, _large));

        Assert.Equal(_large, Stored(registry, Digest.Of(_large)));
        Assert.Equal(["POST", "PATCH upload-1", "PATCH upload-1", "PUT upload-1"], Said(registry).Skip(1));
        Assert.Equal(["0-399999", "400000-499999"], registry.Requests.Where(IsPart).Select(request => request["Content-Range"]));
    }

    [Fact]
    public async Task A_blob_that_is_there_is_not_sent()
    {
        await using TestRegistry registry = new();
        registry.Store.PutBlob(Repository, _small);

        Assert.Equal(BlobPushOutcome.AlreadyThere, await PushAsync(registry.Address, _small));
        Assert.Equal([$"HEAD {Digest.Of(_small)}"], Said(registry));
    }

    [Theory]
    [InlineData(true, BlobPushOutcome.Mounted)]
    [InlineData(false, BlobPushOutcome.Uploaded)]
    public async Task A_blob_of_another_repository_is_mounted_where_the_registry_does_that(bool mounts, BlobPushOutcome outcome)
    {
        await using TestRegistry registry = new(new TestRegistryOptions { Mounts = mounts });
        registry.Store.PutBlob("c/d", _small);
        await using RegistrySession session = await OpenAsync(registry.Address);

        Assert.Equal(outcome, await new BlobPush(session, Describe(_small), new MemoryStream(_small), new PushLog()).RunAsync("c/d", Cancel));
        Assert.Equal(_small, Stored(registry, Digest.Of(_small)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(123_456)]
    [InlineData(PartBytes)]
    public async Task A_broken_part_goes_on_at_the_exact_byte(int taken)
    {
        await using TestRegistry registry = new();
        registry.Fault = TestFault.Times(1, IsPart, new TestFault { CutRequestAfter = taken });

        Assert.Equal(BlobPushOutcome.Uploaded, await PushAsync(registry.Address, _large));

        Assert.Equal(_large, Stored(registry, Digest.Of(_large)));
        // Of one byte the registry cannot say that it has it: 0-0 is nothing, too.
        Assert.Equal(taken == 1 ? "0-399999" : $"{taken}-{LargeBytes - 1}", registry.Requests.Where(IsPart).ElementAt(1)["Content-Range"]);
    }

    [Fact]
    public async Task A_registry_that_forgets_broken_uploads_gets_the_blob_anew()
    {
        await using TestRegistry registry = new(new TestRegistryOptions { ResumesUploads = false });
        registry.Fault = TestFault.Times(1, IsPart, new TestFault { CutRequestAfter = 123_456 });

        Assert.Equal(BlobPushOutcome.Uploaded, await PushAsync(registry.Address, _large));

        Assert.Equal(_large, Stored(registry, Digest.Of(_large)));
        Assert.Equal(2, registry.Requests.Count(request => request.Method == "POST"));
    }

    [Fact]
    public async Task An_answer_that_is_lost_after_the_last_byte_costs_a_question()
    {
        await using TestRegistry registry = new();
        registry.Fault = request =>
        {
            if (request.Method == "PUT")
            {
                registry.Store.PutBlob(Repository, _small);
            }

            return request.Method == "PUT" ? new TestFault { CutRequestAfter = _small.Length } : null;
        };

        Assert.Equal(BlobPushOutcome.AlreadyThere, await PushAsync(registry.Address, _small));
        // Once more at once, since the connection had been used before and may just have been old.
        Assert.Equal(["PUT upload-1", "PUT upload-1", $"HEAD {Digest.Of(_small)}"], Said(registry).Skip(2));
    }

    [Fact]
    public async Task An_overloaded_registry_is_asked_again_five_times_in_all()
    {
        await using TestRegistry registry = new();
        registry.Fault = TestFault.Times(4, request => request.Method == "PUT", new TestFault { Status = 503 });
        Assert.Equal(BlobPushOutcome.Uploaded, await PushAsync(registry.Address, _small));

        registry.Fault = TestFault.Times(5, request => request.Method == "PUT", new TestFault { Status = 503 });
        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => PushAsync(registry.Address, Noise(10)));
        Assert.Equal("received unexpected HTTP status: 503 Service Unavailable", error.Message);
    }

    [Fact]
    public async Task A_registry_that_stored_another_digest_is_told()
    {
        await using TestRegistry registry = new();
        registry.Fault = request => request.Method == "PUT" ? new TestFault { IsWrong = true } : null;

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => PushAsync(registry.Address, _small));

        Assert.Equal($"the registry has stored another digest than {Digest.Of(_small)}", error.Message);
    }

    [Fact]
    public async Task Content_that_is_not_its_digest_is_refused_by_the_registry()
    {
        await using TestRegistry registry = new();
        await using RegistrySession session = await OpenAsync(registry.Address);
        Descriptor other = Describe(_small) with { Digest = Digest.Of("other"u8) };

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => new BlobPush(session, other, new MemoryStream(_small), new PushLog()).RunAsync(null, Cancel));

        Assert.Equal("digest invalid: digest invalid", error.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Content_that_cannot_be_read_ends_the_push_at_once(bool isShort)
    {
        await using TestRegistry registry = new();
        await using RegistrySession session = await OpenAsync(registry.Address);
        Stream content = isShort ? new MemoryStream(_small, 0, 50_000) : new BadStream(_small);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => new BlobPush(session, Describe(_small), content, new PushLog()).RunAsync(null, Cancel));

        Assert.Equal(RegistryProblem.Unreadable, error.Problem);
        Assert.Contains(isShort ? "what is to be sent ends 50000 bytes too early" : "bad sector", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, registry.Requests.Count(request => request.Method == "POST"));
    }

    [Fact]
    public async Task A_slow_upload_is_not_taken_for_silence()
    {
        await using TestRegistry registry = new();
        RegistryOptions hasty = Options with { SilenceTimeout = TimeSpan.FromMilliseconds(500) };
        await using RegistrySession session = await OpenAsync(registry.Address, options: hasty);
        using BadStream slow = new(_small) { Pause = TimeSpan.FromMilliseconds(120), IsBad = false };

        Assert.Equal(BlobPushOutcome.Uploaded, await new BlobPush(session, Describe(_small), slow, new PushLog()).RunAsync(null, Cancel));
        Assert.DoesNotContain(registry.Requests.GroupBy(request => request.Method), group => group.Key == "PUT" && group.Count() > 1);
    }

    [Fact]
    public async Task Whoever_cancels_is_heard_in_the_middle_of_a_part()
    {
        await using TestRegistry registry = new();
        using CancellationTokenSource cancel = new();
        registry.Turn = async request =>
        {
            if (IsPart(request))
            {
                await cancel.CancelAsync();
                await Task.Delay(Timeout.Infinite, Cancel).WaitAsync(TimeSpan.FromSeconds(1), Cancel).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        };
        await using RegistrySession session = await OpenAsync(registry.Address);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new BlobPush(session, Describe(_large), new MemoryStream(_large), new PushLog()).RunAsync(null, cancel.Token));
    }

    [Theory]
    [InlineData("0-99999999999999999999")]
    [InlineData("0-500000")]
    [InlineData("5-10")]
    [InlineData("nonsense")]
    [InlineData("0-")]
    public async Task A_registry_that_counts_nonsense_is_given_up(string range)
    {
        using FakeRegistry registry = new();
        registry.Intercept = request => request.Method switch
        {
            "HEAD" => null,
            "POST" or "GET" when request.Path != "/v2/" => Answer(202, "/v2/a/b/blobs/uploads/x", range),
            "PATCH" => Answer(202, "/v2/a/b/blobs/uploads/x", range),
            _ => null,
        };

        await Assert.ThrowsAsync<RegistryException>(() => PushAsync(registry.Authority, _large));
        Assert.InRange(registry.Requests.Count(request => request.Method == "PATCH"), 1, 5);
    }

    [Fact]
    public async Task What_a_registry_says_it_has_and_has_not_is_sent_again_from_the_first_byte()
    {
        using FakeRegistry registry = new();
        int parts = 0;
        registry.Intercept = request => request.Method switch
        {
            "PATCH" when ++parts == 1 => Answer(416, null, null),
            "POST" or "PATCH" => Answer(202, "/v2/a/b/blobs/uploads/x", null),
            "GET" when request.Path != "/v2/" => Answer(204, null, "0-9999"),
            "PUT" when parts < 4 => FakeAnswer.Text(400, """{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}"""),
            "PUT" => FakeAnswer.Text(201, ""),
            _ => null,
        };

        Assert.Equal(BlobPushOutcome.Uploaded, await PushAsync(registry.Authority, _large));
        Assert.Equal(
            ["0-399999", "10000-409999", "410000-499999", "0-399999", "400000-499999"],
            registry.Requests.Where(request => request.Method == "PATCH").Select(request => request["Content-Range"]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("http://")]
    public async Task A_place_that_is_none_is_told(string? place)
    {
        using FakeRegistry registry = new();
        registry.Intercept = request => request.Method == "POST" ? Answer(202, place, null) : null;

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => PushAsync(registry.Authority, _small));

        Assert.Contains("without a usable Location", error.Message, StringComparison.Ordinal);
    }

    internal static FakeAnswer Answer(int status, string? location, string? range)
    {
        FakeAnswer answer = new(status, status == 204 ? [] : Encoding.UTF8.GetBytes(" "));
        if (location is not null)
        {
            answer.Headers["Location"] = location;
        }

        if (range is not null)
        {
            answer.Headers["Range"] = range;
        }

        return answer;
    }

    private static bool IsPart(TestRequest request) => request.Method == "PATCH";

    /// <summary>A disk that is slow, or bad in its second half.</summary>
    private sealed class BadStream(byte[] content) : MemoryStream(content)
    {
        public TimeSpan Pause { get; init; }

        public bool IsBad { get; init; } = true;

        public override int Read(Span<byte> buffer)
        {
            Thread.Sleep(Pause);
            return IsBad && Position > Length / 2 ? throw new IOException("bad sector") : base.Read(buffer);
        }
    }
}
