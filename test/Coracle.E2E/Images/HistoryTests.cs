using System.Text;
using System.Text.Json;

namespace Coracle.E2E;

public sealed class HistoryTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Steps_without_a_layer_have_no_size_and_only_the_newest_has_an_id(string program)
    {
        string file = await LoadAsync();
        string[] lines = (await Cli(program).RunAsync("history", "--no-trunc", "--human=false", "--format", "{{.ID}}|{{.CreatedBy}}|{{.Size}}|{{.Comment}}", "history:1")).Succeeds().Lines;

        string id = await InspectAsync("history:1", "{{.Id}}");
        Assert.Equal([$"{id}|CMD [\"sh\"]|0|last", "<missing>|COPY two /|3|", "<missing>|ENV A=b|0|", "<missing>|ADD one /|5|first"], lines);
        await ForgetAsync(file);
    }

    [Fact]
    public async Task The_answer_is_Dockers_to_the_letter()
    {
        string file = await LoadAsync();
        string id = await InspectAsync("history:1", "{{.Id}}");
        ApiAnswer answer = (await Api.GetAsync("/images/history:1/history")).Has(200);

        JsonElement newest = answer.Json[0];
        Assert.Equal(
            $$"""{"Comment":"last","Created":1709210099,"CreatedBy":"CMD [\"sh\"]","Id":"{{id}}","Size":0,"Tags":["history:1"]}""",
            newest.GetRawText());
        Assert.Equal("""{"Comment":"first","Created":1709210096,"CreatedBy":"ADD one /","Id":"<missing>","Size":5,"Tags":null}""", answer.Json[3].GetRawText());
        await ForgetAsync(file);
    }

    private async Task<string> LoadAsync()
    {
        byte[] one = ImageFiles.Layer("one", "12345"), two = ImageFiles.Layer("two", "123");
        byte[] config = Encoding.UTF8.GetBytes($$$"""
            {"architecture":"amd64","os":"linux","created":"2024-02-29T12:34:59Z","config":{"Cmd":["sh"]},
             "rootfs":{"type":"layers","diff_ids":["{{{LayerTar.DigestOf(one)}}}","{{{LayerTar.DigestOf(two)}}}"]},
             "history":[{"created":"2024-02-29T12:34:56Z","created_by":"ADD one /","comment":"first"},
                        {"created":"2024-02-29T12:34:57Z","created_by":"ENV A=b","empty_layer":true},
                        {"created":"2024-02-29T12:34:58Z","created_by":"COPY two /"},
                        {"created":"2024-02-29T12:34:59Z","created_by":"CMD [\"sh\"]","comment":"last","empty_layer":true}]}
            """);
        string file = ImageFiles.NewPath(Engine, "history.tar");
        await File.WriteAllBytesAsync(file, ImageFiles.Tar(
            ("one", one), ("two", two), ("c.json", config), ("manifest.json", """[{"Config":"c.json","RepoTags":["history:1"],"Layers":["one","two"]}]"""u8.ToArray())));
        await Docker.SayAsync("load", "-q", "-i", file);
        return file;
    }

    private async Task ForgetAsync(string file)
    {
        await Docker.SayAsync("rmi", "history:1");
        File.Delete(file);
    }
}
