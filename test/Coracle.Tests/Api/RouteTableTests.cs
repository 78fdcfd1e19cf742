using Coracle.Api;

namespace Coracle.Tests.Api;

public sealed class RouteTableTests
{
    private static readonly RouteTable _table = new(
    [
        Line("GET", "/images/json"),
        Line("GET", "/images/{name:.*}/json"),
        Line("DELETE", "/images/{name:.*}"),
        Line("GET", "/containers/{id}/json"),
        Line("POST", "/containers/prune"),
    ]);

    private static Route Line(string method, string template) => new(method, template, _ => Task.FromResult(ApiResponse.Ok));

    [Theory]
    [InlineData("GET", "/images/json", "/images/json", null)]
    [InlineData("GET", "/images/busybox/json", "/images/{name:.*}/json", "busybox")]
    [InlineData("GET", "/images/host:5000/a/b:tag/json", "/images/{name:.*}/json", "host:5000/a/b:tag")]
    [InlineData("DELETE", "/images/a/b", "/images/{name:.*}", "a/b")]
    [InlineData("GET", "/containers/abc/json", "/containers/{id}/json", "abc")]
    public void A_path_finds_its_route(string method, string path, string template, string? value)
    {
        (Route route, IReadOnlyDictionary<string, string> values) = _table.Find(method, path)!.Value;
        Assert.Equal(template, route.Template);
        Assert.Equal(value, values.Values.SingleOrDefault());
    }

    [Theory]
    [InlineData("POST", "/images/json")]
    [InlineData("GET", "/containers//json")]
    [InlineData("GET", "/containers/a/b/json")]
    [InlineData("GET", "/images/")]
    [InlineData("GET", "/")]
    [InlineData("GET", "")]
    public void What_is_not_in_the_table_is_not_found(string method, string path) => Assert.Null(_table.Find(method, path));

    [Theory]
    [InlineData("/v1.41/info", "1.41", "/info")]
    [InlineData("/info", null, "/info")]
    [InlineData("/version", null, "/version")]
    [InlineData("/v1.41", null, "/v1.41")]
    [InlineData("/volumes/x", null, "/volumes/x")]
    [InlineData("/v1.x/info", null, "/v1.x/info")]
    public void The_version_is_cut_off_where_there_is_one(string path, string? version, string rest)
        => Assert.Equal((version, rest), RouteTable.SplitVersion(path));

    [Theory]
    [InlineData("1.24", false, true)]
    [InlineData("1.41", false, true)]
    [InlineData("1.42", true, false)]
    [InlineData("1.51", true, false)]
    [InlineData("1.99", true, false)]
    [InlineData("2.0", true, false)]
    public void A_version_decides_what_is_shown(string text, bool adds42, bool isBefore42)
    {
        ApiVersion version = ApiVersion.TryParse(text)!.Value;
        Assert.Equal((adds42, isBefore42), (version.Adds(42), version.IsBefore(42)));
    }

    [Fact]
    public void Without_a_version_the_old_shape_has_every_addition()
        => Assert.Equal((true, true), (ApiVersion.Unversioned.Adds(51), ApiVersion.Unversioned.IsBefore(42)));

    [Theory]
    [InlineData("1.23")]
    [InlineData("1")]
    [InlineData("0.9")]
    [InlineData(".")]
    public void A_version_below_the_oldest_is_none(string text) => Assert.Null(ApiVersion.TryParse(text));
}
