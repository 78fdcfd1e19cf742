using System.Globalization;
using System.Text;
using Coracle.Fuzz;
using SharpFuzz;

const string Usage = """
    usage: Coracle.Fuzz short [--seconds N] [--seed N] [--findings DIRECTORY] [TARGET ...]
           Coracle.Fuzz replay TARGET FILE ...      each input through the parser
           Coracle.Fuzz afl TARGET                  under afl-fuzz, with instrumented assemblies
           Coracle.Fuzz list                        the targets
           Coracle.Fuzz dictionary TARGET           its words, as afl-fuzz reads them
           Coracle.Fuzz seeds CORPUS TAR            seeds of our own formats (seeds.sh makes the others)
    """;

switch (args)
{
    case ["short", ..]:
        return Short(args[1..]);
    case ["replay", var name, .. var files]:
        return Replay(TargetTable.Find(name), files);
    case ["afl", var name]:
        Afl(TargetTable.Find(name));
        return 0;
    case ["list"]:
        Console.WriteLine(string.Join('\n', TargetTable.All.Where(target => !target.IsCanary).Select(target => target.Name)));
        return 0;
    case ["dictionary", var name]:
        Console.Write(Dictionary(TargetTable.Find(name)));
        return 0;
    case ["seeds", var corpus, var tar]:
        OwnSeeds.Write(corpus, tar);
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

static int Short(string[] args)
{
    int seconds = 110;
    ulong seed = 1;
    string findings = Path.Combine(Path.GetTempPath(), "coracle-fuzz");
    List<FuzzTarget> targets = [];
    for (int i = 0; i < args.Length; i++)
    {
        switch (args[i])
        {
            case "--seconds":
                seconds = int.Parse(args[++i], CultureInfo.InvariantCulture);
                break;
            case "--seed":
                seed = ulong.Parse(args[++i], CultureInfo.InvariantCulture);
                break;
            case "--findings":
                findings = args[++i];
                break;
            default:
                targets.Add(TargetTable.Find(args[i]));
                break;
        }
    }

    ShortRun run = new(targets.Count > 0 ? targets : TargetTable.All, TimeSpan.FromSeconds(seconds), seed, findings, Console.Out);
    return run.Run() == 0 ? 0 : 1;
}

static int Replay(FuzzTarget target, string[] files)
{
    int failed = 0;
    foreach (string file in files)
    {
        Finding? finding = Trial.Run(target, File.ReadAllBytes(file));
        Console.WriteLine($"{file}: {finding?.Story ?? "survived"}");
        failed += finding is null ? 0 : 1;
    }

    return failed == 0 ? 0 : 1;
}

static void Afl(FuzzTarget target) => Fuzzer.OutOfProcess.Run(stream =>
{
    using MemoryStream input = new();
    stream.CopyTo(input);
    if (Trial.Run(target, input.GetBuffer().AsSpan(0, (int)input.Length)) is { } finding)
    {
        throw new BrokenPromiseException(finding.Story);
    }
});

static string Dictionary(FuzzTarget target)
{
    StringBuilder text = new();
    foreach (string word in target.Words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct())
    {
        string escaped = string.Concat(word.Select(c => c is >= ' ' and <= '~' and not ('"' or '\\') ? c.ToString() : $"\\x{(int)c:x2}"));
        text.Append(CultureInfo.InvariantCulture, $"\"{escaped}\"\n");
    }

    return text.ToString();
}
