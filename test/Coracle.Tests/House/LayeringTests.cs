using System.Xml.Linq;

namespace Coracle.Tests.House;

public sealed class LayeringTests
{
    // The house from the ground up. A room may use rooms on lower floors, never its own floor or above.
    private static readonly string[][] _floors =
    [
        ["Coracle.Linux", "Coracle.Oci", "Coracle.Tar", "Coracle.Dns", "Coracle.Http", "Coracle.Wire", "Coracle.Lzma"],
        ["Coracle.Storage", "Coracle.Delta", "Coracle.Registry", "Coracle.Runtime", "Coracle.Networking"],
        ["Coracle.Core"],
        ["Coracle.Api", "Coracle.Cli"],
        ["Coracle", "Coracle.Monitor"],
    ];

    // Narrower than the floor allows, by design.
    private static readonly Dictionary<string, string[]> _only = new()
    {
        ["Coracle.Cli"] = ["Coracle.Linux", "Coracle.Dns", "Coracle.Oci", "Coracle.Http", "Coracle.Wire"],
        ["Coracle.Monitor"] = ["Coracle.Linux", "Coracle.Oci", "Coracle.Runtime", "Coracle.Dns"],
    };

    [Fact]
    public void Rooms_only_look_down()
    {
        List<string> wrong = [];
        foreach (string project in Projects())
        {
            string room = Path.GetFileNameWithoutExtension(project);
            int floor = FloorOf(room);
            foreach (string seen in References(project))
            {
                bool allowed = FloorOf(seen) < floor && (!_only.TryGetValue(room, out string[]? names) || names.Contains(seen));
                if (room == "Coracle.Api" && FloorOf(seen) == 1)
                {
                    allowed = false; // the API says what Core's verbs say, it never goes around them
                }

                if (!allowed)
                {
                    wrong.Add($"{room} must not see {seen}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_room_stands_on_a_floor() => Assert.All(Projects(), project => FloorOf(Path.GetFileNameWithoutExtension(project)));

    [Fact]
    public void Only_Linux_may_be_unsafe()
    {
        IEnumerable<string> daring = Projects()
            .Where(project => File.ReadAllText(project).Contains("AllowUnsafeBlocks", StringComparison.Ordinal))
            .Select(project => Path.GetFileNameWithoutExtension(project)!);
        Assert.Equal(["Coracle.Linux"], daring);
    }

    [Fact]
    public void References_are_never_transitive()
        => Assert.Contains(
            "<DisableTransitiveProjectReferences>true</DisableTransitiveProjectReferences>",
            File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")),
            StringComparison.Ordinal);

    private static string[] Projects() => Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);

    private static IEnumerable<string> References(string project)
        => XDocument.Load(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));

    private static int FloorOf(string room)
    {
        int floor = Array.FindIndex(_floors, rooms => rooms.Contains(room));
        Assert.True(floor >= 0, $"{room} stands on no floor: give it one in LayeringTests and in README.md");
        return floor;
    }
}
