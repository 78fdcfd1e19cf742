using Coracle.Fuzz;

namespace Coracle.Tests.Fuzz;

/// <summary>What fuzzing once found stays found; and the fuzzer can find.</summary>
public sealed class FuzzCorpusTests
{
    public static TheoryData<string> Targets => [.. TargetTable.All.Where(target => !target.IsCanary).Select(target => target.Name)];

    [Theory, MemberData(nameof(Targets))]
    public void Every_input_of_the_corpus_is_read_or_refused(string name)
    {
        FuzzTarget target = TargetTable.Find(name);
        IReadOnlyList<(string Name, byte[] Bytes)> corpus = Corpus.Of(target);
        Assert.True(corpus.Count > 1, $"no seed for {name}: test/Coracle.Fuzz/seeds.sh makes them");
        Assert.All(corpus, input => Assert.Null(Trial.Run(target, input.Bytes)?.Story));
    }

    [Fact]
    public void A_planted_bug_is_found_and_its_input_written_down()
    {
        string directory = Directory.CreateTempSubdirectory("fuzz-").FullName;
        FuzzTarget broken = TargetTable.Find("canary") with { IsCanary = false };
        StringWriter output = new();
        Assert.Equal(1, new ShortRun([broken], TimeSpan.FromMilliseconds(1), seed: 1, directory, output) { LeastTries = 100_000 }.Run());

        string input = Directory.GetFiles(directory).First(file => !file.EndsWith(".txt", StringComparison.Ordinal));
        Assert.Contains(input, output.ToString(), StringComparison.Ordinal);
        Assert.NotNull(Trial.Run(broken, File.ReadAllBytes(input)));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void A_run_that_does_not_find_the_planted_bug_has_failed()
    {
        string directory = Directory.CreateTempSubdirectory("fuzz-").FullName;
        FuzzTarget mended = TargetTable.Find("canary") with { Run = _ => { } };
        StringWriter output = new();
        Assert.Equal(1, new ShortRun([mended], TimeSpan.FromMilliseconds(1), seed: 1, directory, output).Run());
        Assert.Contains("proves nothing", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(directory));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void The_same_seed_makes_the_same_inputs()
    {
        FuzzTarget target = TargetTable.Find("tar");
        List<byte[]> corpus = [.. Corpus.Of(target).Select(input => input.Bytes)];
        Mutator one = new(target, corpus), other = new(target, corpus);
        for (ulong seed = 0; seed < 200; seed++)
        {
            Assert.Equal(one.Make(seed).ToArray(), other.Make(seed).ToArray());
        }
    }
}
