using Coracle.Api;
using Coracle.Core;

namespace Coracle.Tests.Api;

public sealed class PlatformParameterTests
{
    [Theory]
    [InlineData("""{"os":"linux","architecture":"amd64"}""", "linux/amd64")]
    [InlineData("""{"os":"linux","architecture":"arm","variant":"v6"}""", "linux/arm/v6")]
    [InlineData("""{"architecture":"arm64","os":"linux","os.version":"","variant":""}""", "linux/arm64")]
    public void A_platform_is_JSON(string text, string platform) => Assert.Equal(platform, PlatformParameter.Parse(text).ToString());

    [Theory]
    [InlineData("linux/amd64", "failed to parse platform: ")]
    [InlineData("[]", "failed to parse platform: ")]
    [InlineData("""{"os":1,"architecture":"amd64"}""", "failed to parse platform: ")]
    [InlineData("""{"os":"linux"}""", "both OS and Architecture must be provided")]
    [InlineData("{}", "both OS and Architecture must be provided")]
    [InlineData("""{"variant":"v7"}""", "optional platform fields provided, but OS and Architecture are missing")]
    public void What_is_none_is_refused_in_mobys_words(string text, string message)
        => Assert.StartsWith(message, Assert.Throws<EngineException>(() => PlatformParameter.Parse(text)).Message, StringComparison.Ordinal);
}
