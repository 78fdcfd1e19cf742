using Coracle.Core;

namespace Coracle.Tests.Core;

public class FiltersTests
{
    [Theory]
    [InlineData("""{"label":{"a=b":true,"c":true}}""")]
    [InlineData("""{"label":["a=b","c"]}""")]
    public void Both_spellings_are_one(string json)
    {
        Filters filters = Filters.Parse(json, "label");

        Assert.Equal(["a=b", "c"], filters.Of("label"));
        Assert.True(filters.LabelsMatch("label", new Dictionary<string, string> { ["a"] = "b", ["c"] = "" }));
        Assert.False(filters.LabelsMatch("label", new Dictionary<string, string> { ["a"] = "x", ["c"] = "" }));
        Assert.False(filters.LabelsMatch("label", null));
    }

    [Theory]
    [InlineData("""{"nonsense":["1"]}""", "invalid filter 'nonsense'")]
    [InlineData("""{"dangling":["maybe"]}""", "invalid filter 'dangling=[maybe]'")]
    [InlineData("[]", "invalid filter: ")]
    [InlineData("{", "invalid filter: ")]
    [InlineData("""{"dangling":1}""", "invalid filter: ")]
    public void What_is_no_filter_is_a_bad_request(string json, string message)
    {
        EngineException error = Assert.Throws<EngineException>(() => Filters.Parse(json, "dangling").Flag("dangling"));

        Assert.Equal(Refusal.InvalidArgument, error.Refusal);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_filter_filters_nothing()
    {
        Assert.False(Filters.Parse(null).Has("label"));
        Assert.Null(Filters.Parse("", "dangling").Flag("dangling"));
        Assert.True(Filters.None.LabelsMatch("label", null));
    }
}
