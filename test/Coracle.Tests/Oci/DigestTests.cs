using Coracle.Oci;

namespace Coracle.Tests.Oci;

public sealed class DigestTests
{
    private const string Text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void What_is_parsed_is_what_is_printed() => Assert.Equal(Text, Digest.Parse(Text).ToString());

    [Fact]
    public void The_digest_of_nothing_is_the_known_one() => Assert.Equal(Digest.Parse(Text), Digest.Of([]));

    [Theory]
    [InlineData("")]
    [InlineData("sha256:")]
    [InlineData("sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha256:E3B0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha256:../../../../etc/passwd49afbf4c8996fb92427ae41e4649b934ca495991b7")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550")]
    public void Text_that_is_not_a_digest_never_becomes_one(string text) => Assert.False(Digest.TryParse(text, out _));
}
