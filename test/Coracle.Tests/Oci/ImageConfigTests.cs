using System.Buffers;
using System.Text;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Tests.Oci;

public class ImageConfigTests
{
    private const string D = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void Every_field_is_read_and_written_again()
    {
        const string Text = $$$$"""
            {"architecture":"arm","author":"a","config":{"Hostname":"h","Domainname":"d","User":"1:2","ExposedPorts":{"80/tcp":{}},
             "Env":["A=b"],"Entrypoint":["/e"],"Cmd":[],"Volumes":{"/v":{}},"WorkingDir":"/w","Labels":{"l":"m"},"StopSignal":"SIGINT",
             "StopTimeout":3,"Healthcheck":{"Test":["CMD","x"],"Interval":1000000000,"Retries":2},"Shell":["/sh"],"OnBuild":["RUN x"],"ArgsEscaped":true},
             "created":"2024-05-06T07:08:09.123456789Z","docker_version":"1","history":[{"created":"0001-01-01T00:00:00Z","created_by":"x","empty_layer":true}],
             "os":"linux","variant":"v6","rootfs":{"type":"layers","diff_ids":["{{{{D}}}}"]}}
            """;

        ImageConfig config = Parse(Text);

        AssertFields(config);
        AssertFields(Parse(Written(config)));
    }

    [Fact]
    public void Absent_and_empty_commands_differ()
    {
        Assert.Null(Parse("""{"rootfs":{"diff_ids":[]},"config":{"Cmd":null}}""").Run.Cmd);
        Assert.Null(Parse("""{"rootfs":{"diff_ids":[]}}""").Run.Cmd);
        Assert.Empty(Parse("""{"rootfs":{"diff_ids":[]},"config":{"Cmd":[]}}""").Run.Cmd!);
    }

    [Theory]
    [InlineData("nonsense", "image config is not valid JSON")]
    [InlineData("{}", "invalid image JSON, no RootFS key")]
    [InlineData("""{"rootfs":{"diff_ids":["x"]}}""", "image config has an invalid diff_id")]
    [InlineData("""{"rootfs":{"diff_ids":[null]}}""", "image config has an invalid diff_id")]
    [InlineData("""{"rootfs":{},"created":"yesterday"}""", "not a time")]
    [InlineData("""{"rootfs":{},"config":{"Env":"A=b"}}""", "'Env' is not an array")]
    [InlineData("""{"rootfs":{},"config":{"Env":[1]}}""", "'Env' is not a string")]
    public void What_is_no_config_is_refused(string text, string error)
        => Assert.Contains(error, Assert.Throws<OciFormatException>(() => Parse(text)).Message, StringComparison.Ordinal);

    private static void AssertFields(ImageConfig config)
    {
        Assert.Equal("linux/arm/v6", config.Platform.ToString());
        Assert.Equal("a", config.Author);
        Assert.Equal(new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.Zero).AddTicks(1234568), config.Created);
        Assert.Equal(DiffId.Parse(D), Assert.Single(config.Layers));
        Assert.True(Assert.Single(config.History).EmptyLayer);
        RunDefaults run = config.Run;
        Assert.Equal("1:2", run.User);
        Assert.Equal(["80/tcp"], run.ExposedPorts);
        Assert.Equal(["A=b"], run.Env);
        Assert.Equal(["/e"], run.Entrypoint);
        Assert.Empty(run.Cmd!);
        Assert.Equal(["/v"], run.Volumes);
        Assert.Equal("m", run.Labels!["l"]);
        Assert.Equal("SIGINT", run.StopSignal);
        Assert.Equal(3, run.StopTimeout);
        Assert.Equal(TimeSpan.FromSeconds(1), run.Healthcheck!.Interval);
        Assert.Equal(["/sh"], run.Shell);
        Assert.Equal(["RUN x"], run.OnBuild);
    }

    private static ImageConfig Parse(string text) => ImageConfig.Parse(Encoding.UTF8.GetBytes(text));

    private static string Written(ImageConfig config)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            config.WriteTo(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
