namespace Coracle.Fuzz;

/// <summary>The inputs that are checked in: Corpus/TARGET/… , seeds of real writers and every input that was ever a finding.</summary>
internal static class Corpus
{
    public static string Root { get; } = Path.Combine(FindRepository(), "test/Coracle.Fuzz/Corpus");

    /// <summary>Never empty: the empty input is always one of them.</summary>
    public static IReadOnlyList<(string Name, byte[] Bytes)> Of(FuzzTarget target)
    {
        List<(string, byte[])> inputs = [("empty", [])];
        string directory = Path.Combine(Root, target.Name);
        foreach (string file in Directory.Exists(directory) ? Directory.GetFiles(directory).Order(StringComparer.Ordinal).ToArray() : [])
        {
            inputs.Add((Path.GetFileName(file), File.ReadAllBytes(file)));
        }

        return inputs;
    }

    private static string FindRepository()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Coracle.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new DirectoryNotFoundException($"no Coracle.slnx above {AppContext.BaseDirectory}");
    }
}
