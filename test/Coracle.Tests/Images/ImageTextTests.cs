using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Tests.Images;

/// <summary>Texts that clients parse, to the letter: Home Assistant, docker-py, cri-dockerd, Nomad and the command line.</summary>
public sealed class ImageTextTests : IDisposable
{
    /// <summary>All that Home Assistant's parser knows of a pull's rows.</summary>
    private static readonly string[] _rows =
        ["Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Download complete", "Extracting", "Pull complete", "Already exists"];

    private readonly ImageBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Every_row_of_a_pull_is_one_that_parsers_know()
    {
        FakeImage.Add(_bench.Registry, "a", "v1", ["one", "three"]);
        List<ProgressLine> lines = [.. await _bench.PullAsync("a:v1"), .. await _bench.PullAsync("a:v1")];

        Assert.All(lines.Where(line => line.IsStep), line => Assert.Contains(line.Status, _rows));
        foreach (string id in lines.Where(line => line.IsStep).Select(line => line.Id!).Distinct())
        {
            Assert.Equal("Pull complete", lines.Last(line => line.Id == id && line.Status != "Already exists").Status);
            Assert.Contains(lines, line => line.Id == id && line is { Status: "Downloading", Current: > 0, Total: > 0 });
        }

        Assert.Contains(lines, line => line.Status == $"Status: Downloaded newer image for {_bench.Name("a:v1")}");
        Assert.Contains(lines, line => line.Status == $"Status: Image is up to date for {_bench.Name("a:v1")}");
    }

    [Fact]
    public async Task What_was_loaded_fits_Home_Assistants_pattern()
    {
        List<ProgressLine> named = await SaveLoadTests.LoadAsync(_bench, TestArchive.Old("x:1", "one").ToArray());
        Assert.Matches(new Regex("^Loaded image(?: ID)?: (.*)$"), named[^1].Status.TrimEnd('\n'));
        Assert.Equal("{\"stream\":\"Loaded image: x:1\\n\"}\r\n", Json(output => ProgressJson.WriteText(output, named[^1].Status)));
    }

    [Fact]
    public void A_step_of_a_load_is_Dockers()
        => Assert.Equal(
            "{\"status\":\"Loading layer\",\"progressDetail\":{\"current\":512,\"total\":1024},\"progress\":\"[=========================>                         ]     512B/1.024kB\",\"id\":\"0123456789ab\"}\r\n",
            Json(output => ProgressJson.WriteStep(output, "Loading layer", "0123456789ab", 512, 1024)));

    [Fact]
    public void A_failed_load_is_a_line()
        => Assert.Equal(
            "{\"errorDetail\":{\"message\":\"invalid diffID for layer 0: expected \\\"a\\\", got \\\"b\\\"\"},\"error\":\"invalid diffID for layer 0: expected \\\"a\\\", got \\\"b\\\"\"}\r\n",
            Json(output => ProgressJson.WriteError(output, "invalid diffID for layer 0: expected \"a\", got \"b\"")));

    private static string Json(Action<IBufferWriter<byte>> write)
    {
        ArrayBufferWriter<byte> output = new();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
