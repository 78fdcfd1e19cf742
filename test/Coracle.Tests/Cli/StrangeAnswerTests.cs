using System.Text;
using System.Text.Json;
using Coracle.Cli;
using CsCheck;

namespace Coracle.Tests.Cli;

/// <summary>An engine that answers nonsense ends the command with a text, never with a trace of our own.</summary>
public sealed class StrangeAnswerTests
{
    public static TheoryData<string> Answers => ["", "x", "{", "{}", "[]", "[1]", "[{}]", "[null]", "null", "1", "\"x\"", """{"Volumes":[{}]}""", """{"Images":1}""", """[{"Id":1}]""", """[{"Created":"x"}]"""];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Nonsense_is_told_or_shown(string answer)
    {
        await using FakeEngine engine = new(_ => (200, answer));
        foreach (string command in (string[])["ps", "ps --format json", "images", "images --format json", "volume ls", "network ls", "history x", "top x", "info", "version", "system df",
            "system df -v", "events", "inspect x", "pull x", "load", "rmi x", "image prune -f", "volume create"])
        {
            (int exitCode, _, string errors) = await engine.RunAsync(command.Split(' '));
            Assert.True(exitCode == 0 || errors.Length > 0, command);
        }
    }

    [Fact]
    public void Lines_come_whole_however_they_are_cut()
        => Gen.Select(Gen.Int[0, 40_000].Array[0, 5], Gen.Int[1, 20_000]).Sample((lengths, step) =>
        {
            string text = string.Join("\r\n", lengths.Select(l => $$"""{"a":"{{new string('x', l)}}"}"""));
            using CutStream stream = new(Encoding.UTF8.GetBytes(text), step);
            List<int> read = [];
            IAsyncEnumerator<JsonElement> lines = JsonLines.ReadAsync(stream, CancellationToken.None).GetAsyncEnumerator();
            while (lines.MoveNextAsync().AsTask().GetAwaiter().GetResult())
            {
                read.Add(lines.Current.GetProperty("a").GetString()!.Length);
            }

            Assert.Equal(lengths, read);
        }, iter: 200);

    [Fact]
    public async Task A_line_without_end_is_refused()
    {
        using CutStream endless = new(new byte[3 << 20], 65536);
        await Assert.ThrowsAsync<CliException>(async () =>
        {
            await foreach (JsonElement _ in JsonLines.ReadAsync(endless, TestContext.Current.CancellationToken))
            {
            }
        });
    }

    /// <summary>Gives at most so many bytes at a time.</summary>
    private sealed class CutStream(byte[] content, int step) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => ValueTask.FromResult(Read(buffer.Span[..Math.Min(buffer.Length, step)]));
    }
}
