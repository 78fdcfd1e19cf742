namespace Coracle.Tests.House;

/// <summary>The checkout that this test program was built from, found by walking up from the program's own folder.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Every C# file of the product, without what the compiler generates.</summary>
    public static IEnumerable<string> ProductFiles()
        => Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories).Where(IsSource);

    /// <summary>The path as a message should show it.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path);

    private static bool IsSource(string path)
        => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal);

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Coracle.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"no Coracle.slnx above {AppContext.BaseDirectory}: run the tests from a checkout");
    }
}
