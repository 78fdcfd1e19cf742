using Coracle.Core;

namespace Coracle.Tests.Core.Images.Deltas;

public sealed class PathTallyTests
{
    [Fact]
    public void Files_are_counted_by_directory_and_by_what_became_of_them()
    {
        PathTally tally = new();
        foreach (string name in (string[])["./usr/lib/a/b", "usr/lib/c", "etc/passwd", "gone", "usr/lib/c"])
        {
            tally.AddOld(System.Text.Encoding.UTF8.GetBytes(name));
        }

        tally.EndOld();
        tally.Add("usr/lib/a/b"u8, isCopied: true, 10);
        tally.Add("/usr/lib/c"u8, isCopied: false, 20);
        tally.Add("etc/new"u8, isCopied: false, 30);
        tally.Add("etc/moved"u8, isCopied: true, 40);
        tally.AddUnlessSeen("usr/lib/c"u8, 20);
        tally.AddUnlessSeen("gone"u8, 50);
        tally.AddUnlessSeen("./gone"u8, 50);
        tally.AddUnlessSeen("etc/passwd"u8, 60);

        Assert.Equal(
            ["usr/lib 1/10 1/20 0/0 0/0", "etc 1/40 0/0 1/30 1/60", " 0/0 0/0 0/0 1/50"],
            tally.Rows.Select(row => row.Path + string.Concat(Enum.GetValues<PathFate>().Select(fate => $" {row.Files(fate)}/{row.Bytes(fate)}"))));
    }
}
