using Coracle.Cli;

namespace Coracle.Tests.Cli;

public sealed class OptionParserTests
{
    private static readonly Option[] _options =
    [
        Option.Flag("rm", "", 'r'), Option.Flag("interactive", "", 'i'), Option.Value("name", "", 'n'), Option.List("env", "", 'e'),
    ];

    [Theory]
    [InlineData("--name", "box")]
    [InlineData("--name=box")]
    [InlineData("-n", "box")]
    [InlineData("-nbox")]
    [InlineData("-n=box")]
    [InlineData("-rin", "box")]
    [InlineData("-rinbox")]
    public void A_value_is_found_in_every_spelling(params string[] arguments) => Assert.Equal("box", Parse(arguments).Value("name"));

    [Fact]
    public void Flags_are_bundled_and_can_be_switched_off()
    {
        ParsedArguments parsed = Parse("-ri");
        Assert.True(parsed.Has("rm") && parsed.Has("interactive"));
        Assert.False(Parse("--rm=false").Has("rm"));
    }

    [Fact]
    public void A_list_keeps_its_order() => Assert.Equal(["A=1", "B=2"], Parse("-e", "A=1", "--env", "B=2").Values("env"));

    [Fact]
    public void Options_after_the_image_are_the_programs()
    {
        ParsedArguments parsed = new OptionParser(_options, stopsAtFirstWord: true).Parse(["--rm", "image", "sh", "-i", "--name"]);
        Assert.Equal(["image", "sh", "-i", "--name"], parsed.Words);
        Assert.False(parsed.Has("interactive"));
    }

    [Fact]
    public void Elsewhere_options_may_follow_words()
    {
        ParsedArguments parsed = Parse("web", "--rm", "worker");
        Assert.Equal(["web", "worker"], parsed.Words);
        Assert.True(parsed.Has("rm"));
    }

    [Fact]
    public void Two_dashes_end_the_options() => Assert.Equal(["--rm", "-x"], Parse("--", "--rm", "-x").Words);

    [Fact]
    public void Help_is_known_everywhere_and_h_where_it_is_free()
    {
        Assert.True(Parse("--help").Has("help"));
        Assert.True(Parse("-h").Has("help"));
    }

    [Fact]
    public void An_old_name_is_kept_by_the_new_one()
    {
        Option now = Option.Value("timeout", "", 't', "int");
        ParsedArguments parsed = new OptionParser([now, Option.Old("time", now, isDeprecated: true)], false).Parse(["--time", "3"]);
        Assert.Equal(3, parsed.Number("timeout"));
        Assert.Equal(["time"], parsed.Deprecated.Select(o => o.Name));
    }

    [Theory]
    [InlineData("bad flag syntax: --=x", "--=x")]
    [InlineData("bad flag syntax: ---x", "---x")]
    [InlineData("invalid argument \"maybe\" for \"-r, --rm\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax", "--rm=maybe")]
    [InlineData("unknown flag: --nosuch", "--nosuch")]
    [InlineData("unknown shorthand flag: 'x' in -x", "-x")]
    [InlineData("unknown shorthand flag: 'x' in -x", "-rx")]
    [InlineData("flag needs an argument: --name", "--name")]
    [InlineData("flag needs an argument: 'n' in -n", "-n")]
    public void A_mistake_is_told_in_Dockers_words(string message, string argument)
        => Assert.Equal(message, Assert.Throws<CliException>(() => Parse(argument)).Message);

    private static ParsedArguments Parse(params string[] arguments) => new OptionParser(_options, stopsAtFirstWord: false).Parse(arguments);
}
