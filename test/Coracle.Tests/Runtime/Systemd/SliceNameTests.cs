using Coracle.Runtime;

namespace Coracle.Tests.Runtime.Systemd;

public sealed class SliceNameTests
{
    [Theory]
    [InlineData("system.slice", "system.slice")]
    [InlineData("a-b-c.slice", "a.slice/a-b.slice/a-b-c.slice")]
    [InlineData("-.slice", "")]
    [InlineData("a..slice", "a..slice")]
    [InlineData(".slice", null)]
    [InlineData("a", null)]
    [InlineData("a.scope", null)]
    [InlineData("a--b.slice", null)]
    [InlineData("-a.slice", null)]
    [InlineData("a-.slice", null)]
    [InlineData("../a.slice", null)]
    [InlineData("/a.slice", null)]
    public void A_slices_path_is_in_its_name(string slice, string? path) => Assert.Equal(path, SliceName.Expand(slice));
}
