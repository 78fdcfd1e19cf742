using Coracle.Oci;

namespace Coracle.Tests.Oci;

public class ImageReferenceTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("busybox", "docker.io/library/busybox", "busybox")]
    [InlineData("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36")]
    [InlineData("me/app", "docker.io/me/app", "me/app")]
    [InlineData("docker.io/busybox", "docker.io/library/busybox", "busybox")]
    [InlineData("index.docker.io/library/busybox:1", "docker.io/library/busybox:1", "busybox:1")]
    [InlineData("library/busybox", "docker.io/library/busybox", "busybox")]
    [InlineData("library/a/b", "docker.io/library/a/b", "library/a/b")]
    [InlineData("docker.io/quay.io/a", "docker.io/quay.io/a", "docker.io/quay.io/a")]
    [InlineData("docker.io/localhost/a", "docker.io/localhost/a", "docker.io/localhost/a")]
    [InlineData("docker.io/docker.io/a/b", "docker.io/docker.io/a/b", "docker.io/docker.io/a/b")]
    [InlineData("localhost/app", "localhost/app", "localhost/app")]
    [InlineData("localhost:5000/app:x", "localhost:5000/app:x", "localhost:5000/app:x")]
    [InlineData("127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b")]
    [InlineData("[::1]:5000/a", "[::1]:5000/a", "[::1]:5000/a")]
    [InlineData("Registry/app", "Registry/app", "Registry/app")]
    [InlineData("a__b/c-d/e.f---g", "docker.io/a__b/c-d/e.f---g", "a__b/c-d/e.f---g")]
    [InlineData("busybox@sha256:" + Hex, "docker.io/library/busybox@sha256:" + Hex, "busybox@sha256:" + Hex)]
    [InlineData("busybox:1@sha256:" + Hex, "docker.io/library/busybox:1@sha256:" + Hex, "busybox:1@sha256:" + Hex)]
    public void A_name_is_normalised_as_Docker_does(string typed, string canonical, string familiar)
    {
        ImageReference reference = ImageReference.Parse(typed);

        Assert.Equal(canonical, reference.ToString());
        Assert.Equal(familiar, reference.Familiar);
        Assert.Equal(reference, ImageReference.Parse(canonical));
        Assert.Equal(reference, ImageReference.Parse(familiar));
    }

    [Theory]
    [InlineData("", "invalid reference format")]
    [InlineData(":latest", "invalid reference format")]
    [InlineData("Foo", "invalid reference format: repository name (library/Foo) must be lowercase")]
    [InlineData("a/Foo:X", "invalid reference format: repository name (a/Foo) must be lowercase")]
    [InlineData("a b", "invalid reference format")]
    [InlineData("a/../b", "invalid reference format")]
    [InlineData("../etc", "invalid reference format")]
    [InlineData("a..b", "invalid reference format")]
    [InlineData("a___b", "invalid reference format")]
    [InlineData("a._b", "invalid reference format")]
    [InlineData("-a", "invalid reference format")]
    [InlineData("a-", "invalid reference format")]
    [InlineData("a//b", "invalid reference format")]
    [InlineData("/a", "invalid reference format")]
    [InlineData("a:", "invalid reference format")]
    [InlineData("a:.x", "invalid reference format")]
    [InlineData("a:x:y", "invalid reference format")]
    [InlineData("a:x/y", "invalid reference format")]
    [InlineData("a@b", "invalid reference format")]
    [InlineData("a@sha256:abc", "invalid reference format")]
    [InlineData("host:port/a", "invalid reference format")]
    [InlineData("h_st.x/a", "invalid reference format")]
    [InlineData("-h.x/a", "invalid reference format")]
    [InlineData("é", "invalid reference format")]
    [InlineData("a\n", "invalid reference format")]
    [InlineData("a@sha256:" + "e3b0c44298fc1c149afbf4c8996fb924", "invalid checksum digest length")]
    [InlineData("a@md5:" + "e3b0c44298fc1c149afbf4c8996fb924", "unsupported digest algorithm")]
    [InlineData(Hex, "invalid repository name (" + Hex + "), cannot specify 64-byte hexadecimal strings")]
    public void What_is_no_name_is_refused_in_Dockers_words(string typed, string error)
        => Assert.Equal(error, Assert.Throws<OciFormatException>(() => ImageReference.Parse(typed)).Message);

    [Fact]
    public void The_name_is_at_most_255_characters()
    {
        string fits = "x.y/" + new string('a', 251);

        Assert.Equal(fits, ImageReference.Parse(fits).Name);
        Assert.Equal(
            "repository name must not be more than 255 characters",
            Assert.Throws<OciFormatException>(() => ImageReference.Parse(fits + "a")).Message);
    }

    [Fact]
    public void A_tag_has_at_most_128_characters()
    {
        string tag = new('t', 128);

        Assert.Equal(tag, ImageReference.Parse("a:" + tag).Tag);
        Assert.Throws<OciFormatException>(() => ImageReference.Parse("a:" + tag + "t"));
    }

    [Fact]
    public void Latest_is_meant_only_where_nothing_was_said()
    {
        Assert.Equal("busybox:latest", ImageReference.Parse("busybox").WithDefaultTag().Familiar);
        Assert.Equal("busybox:1", ImageReference.Parse("busybox:1").WithDefaultTag().Familiar);
        Assert.Null(ImageReference.Parse("busybox@sha256:" + Hex).WithDefaultTag().Tag);
    }
}
