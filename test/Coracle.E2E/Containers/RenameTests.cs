using System.Text.Json;

namespace Coracle.E2E;

public sealed class RenameTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task The_new_name_is_the_only_one(string program)
    {
        string old = await SleeperAsync();
        string name = Name();
        string since = Events.Now();
        Assert.Equal("", await Cli(program).SayAsync("rename", old, name));
        Assert.Equal($"/{name}", await InspectAsync(name, "{{.Name}}"));
        (await Api.GetAsync($"/containers/{old}/json")).Has(404);
        JsonElement told = Assert.Single(await Events.PastAsync(Docker, since, "event=rename"));
        JsonElement attributes = told.GetProperty("Actor").GetProperty("Attributes");
        Assert.Equal($"/{old} {name}", $"{attributes.GetProperty("oldName")} {attributes.GetProperty("name")}");
        await Docker.SayAsync("create", "--name", old, "--network", "none", App, "true"); // the old one is free
    }

    [Fact]
    public async Task A_name_is_taken_with_and_without_its_slash()
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "true");
        string name = Name();
        (await Api.PostAsync($"/containers/{id}/rename?name=/{name}")).Has(204);
        Assert.Equal($"/{name}", await InspectAsync(id, "{{.Name}}"));
        string next = Name();
        (await Api.PostAsync($"/containers/{name}/rename?name={next}")).Has(204);
        Assert.Equal($"/{next}", await InspectAsync(id, "{{.Name}}"));
    }

    [Fact]
    public async Task What_is_no_new_name_is_refused_in_dockers_words()
    {
        string name = Name(), other = Name();
        await Docker.SayAsync("create", "--name", name, "--network", "none", App, "true");
        string taken = await Docker.SayAsync("create", "--name", other, "--network", "none", App, "true");
        Assert.Equal("Neither old nor new names may be empty", (await RenameAsync(name, "")).Has(400).Message);
        Assert.Equal("Renaming a container with the same name as its current name", (await RenameAsync(name, name)).Has(400).Message);
        Assert.Equal("Renaming a container with the same name as its current name", (await RenameAsync(name, "/" + name)).Has(400).Message);
        Assert.Equal(
            $"Error when allocating new name: Conflict. The container name \"/{other}\" is already in use by container \"{taken}\". You have to remove (or rename) that container to be able to reuse that name.",
            (await RenameAsync(name, other)).Has(409).Message);
        Assert.Equal(
            "Error when allocating new name: Invalid container name (/-x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", (await RenameAsync(name, "-x")).Has(400).Message);
        Assert.Equal("No such container: nosuch", (await RenameAsync("nosuch", "xx")).Has(404).Message);
        Assert.Equal($"/{name}", await InspectAsync(name, "{{.Name}}"));
    }

    [Fact]
    public async Task Of_many_that_want_one_name_one_gets_it()
    {
        string[] ids = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Docker.SayAsync("create", "--network", "none", App, "true")));
        string name = Name();
        ApiAnswer[] answers = await Task.WhenAll(ids.Select(id => RenameAsync(id, name)));
        Assert.Equal([204, 409, 409, 409, 409], answers.Select(a => a.Status).Order());
        Assert.Equal(ids[Array.FindIndex(answers, a => a.Status == 204)], await InspectAsync(name, "{{.Id}}"));
    }

    private Task<ApiAnswer> RenameAsync(string container, string name) => Api.PostAsync($"/containers/{container}/rename?name={Uri.EscapeDataString(name)}");
}
