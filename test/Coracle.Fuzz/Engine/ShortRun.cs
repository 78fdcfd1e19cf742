using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Coracle.Fuzz;

/// <summary>
/// The form for every day: all targets, a fixed time, no tool but .NET. First the corpus as it is, then each seed cut at every byte,
/// then mutations until the target's share of the time is over. Same seed, same inputs; only how many of them fit differs.
/// </summary>
internal sealed class ShortRun(IReadOnlyList<FuzzTarget> targets, TimeSpan total, ulong seed, string findings, TextWriter output)
{
    /// <summary>Two threads: what a runner of a CI service has.</summary>
    private const int Workers = 2;

    /// <summary>Enough to know a target; the first is what somebody looks at.</summary>
    private const int MaxFindings = 5;

    private readonly ConcurrentQueue<FuzzTarget> _left = new(targets);
    private readonly Lock _printing = new(); // guards output
    private int _failures;

    /// <summary>Of each target, even where the machine has no time for us: a share of time that tried nothing proves nothing.</summary>
    public long LeastTries { get; init; } = 200;

    /// <returns>How many targets failed: a finding, or a planted bug that was not found.</returns>
    public int Run()
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"fuzz: {targets.Count} targets, {total.TotalSeconds:0} s, seed {seed}"));
        Thread[] workers = [.. Enumerable.Range(0, Workers).Select(_ => new Thread(Work))];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        return _failures;
    }

    private void Work()
    {
        TimeSpan share = total * Workers / targets.Count;
        while (_left.TryDequeue(out FuzzTarget? target))
        {
            long started = Stopwatch.GetTimestamp();
            (long tries, List<Finding> found) = Try(target, share);
            Report(target, tries, Stopwatch.GetElapsedTime(started), found);
        }
    }

    private (long Tries, List<Finding> Found) Try(FuzzTarget target, TimeSpan share)
    {
        IReadOnlyList<(string Name, byte[] Bytes)> corpus = Corpus.Of(target);
        Mutator mutator = new(target, [.. corpus.Select(input => input.Bytes)]);
        using RunningInput running = new(target, findings);
        List<Finding> found = [];
        long tries = 0, started = Stopwatch.GetTimestamp();
        foreach ((_, byte[] whole) in corpus)
        {
            Take(whole);
            for (int length = 1; length < whole.Length && (tries < LeastTries || Stopwatch.GetElapsedTime(started) < share / 2); length++)
            {
                Take(whole.AsSpan(0, length));
            }
        }

        ulong course = seed ^ (ulong)target.Name.Aggregate(17L, (hash, c) => (hash * 31) + c) << 20;
        for (ulong i = 0; found.Count < MaxFindings && (i < (ulong)LeastTries || Stopwatch.GetElapsedTime(started) < share); i++)
        {
            Take(mutator.Make(course + i));
        }

        return (tries, found);

        void Take(ReadOnlySpan<byte> input)
        {
            running.Set(input);
            tries++;
            if (found.Count < MaxFindings && Trial.Run(target, input) is { } finding && !found.Exists(known => known.Place == finding.Place))
            {
                found.Add(finding);
            }
        }
    }

    private void Report(FuzzTarget target, long tries, TimeSpan elapsed, List<Finding> found)
    {
        lock (_printing)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"fuzz: {target.Name,-20} {tries,9} executions {tries / Math.Max(0.001, elapsed.TotalSeconds),9:0}/s {found.Count,3} findings"));
            if (target.IsCanary)
            {
                Judge(found.Count > 0, $"fuzz: the bug planted in '{target.Name}' was not found: this run proves nothing");
                return;
            }

            foreach (Finding finding in found)
            {
                output.WriteLine($"fuzz: FINDING (seed {seed}) {finding.Save(findings)}\n{finding.Story}");
            }

            Judge(found.Count == 0, $"fuzz: {target.Name} failed; fix it, and put the input into test/Coracle.Fuzz/Corpus/{target.Name}/");
        }
    }

    private void Judge(bool good, string complaint)
    {
        if (!good)
        {
            _failures++;
            output.WriteLine(complaint);
        }
    }
}
