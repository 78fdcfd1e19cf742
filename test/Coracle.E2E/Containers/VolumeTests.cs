using System.Text.Json;

namespace Coracle.E2E;

/// <summary>docker volume, and what containers do with volumes.</summary>
public sealed class VolumeTests(Stage stage) : EngineTest(stage)
{
    /// <summary>Newer engines mark what nobody named.</summary>
    private const string AnonymousLabel = "com.docker.volume.anonymous";

    [Fact]
    public async Task A_volume_is_created_shown_and_removed()
    {
        string name = Name() + "-data";
        Assert.Equal(name, await Docker.SayAsync("volume", "create", "--label", "color=red", name));
        Assert.Equal(name, await Docker.SayAsync("volume", "create", name));
        JsonElement volume = JsonDocument.Parse(await Docker.SayAsync("volume", "inspect", name)).RootElement[0];
        Assert.Equal(["CreatedAt", "Driver", "Labels", "Mountpoint", "Name", "Options", "Scope"], volume.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("local", "local", $"{Engine.DataRoot}/volumes/{name}/_data"), (Text(volume, "Driver"), Text(volume, "Scope"), Text(volume, "Mountpoint")));
        Assert.Equal("red", Text(volume.GetProperty("Labels"), "color"));
        Assert.InRange(DateTimeOffset.Parse(Text(volume, "CreatedAt")), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Equal(name, await Docker.SayAsync("volume", "rm", name));
        Assert.Contains($"get {name}: no such volume", (await Docker.RunAsync("volume", "rm", name)).Exits(1).Errors, StringComparison.Ordinal);
        (await Docker.RunAsync("volume", "rm", "-f", name)).Succeeds();
        Assert.Equal(404, (await Api.GetAsync("/volumes/" + name)).Status);
    }

    [Fact]
    public async Task A_volume_without_a_name_gets_one()
    {
        string name = await Docker.SayAsync("volume", "create");
        Assert.Matches("^[0-9a-f]{64}$", name);
        JsonElement labels = (await Api.GetAsync("/volumes/" + name)).Has(200).Json.GetProperty("Labels");
        Assert.Equal(Engine.Kind == EngineKind.Coracle, labels.ValueKind == JsonValueKind.Object && labels.TryGetProperty(AnonymousLabel, out _));
        await Docker.SayAsync("volume", "rm", name);
    }

    [Theory]
    [InlineData("""{"Name":"x"}""", 400, "create x: volume name is too short, names should be at least two alphanumeric characters")]
    [InlineData("""{"Name":"../x"}""", 400, "create ../x: \"../x\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path")]
    [InlineData("""{"Name":"okay","Driver":"foo"}""", 404, "create okay: error looking up volume plugin foo: plugin \"foo\" not found")]
    [InlineData("""{"Name":"okay","DriverOpts":{"foo":"bar"}}""", 400, "create okay: invalid option: \"foo\"")]
    public async Task Creations_are_refused_in_Dockers_words(string body, int status, string message)
        => Assert.Equal(message, (await Api.PostAsync("/volumes/create", body)).Has(status).Message);

    [Fact]
    [Trait("Engine", "coracle")]
    public async Task A_driver_option_is_refused_by_name()
        => Assert.Contains("DriverOpts type", (await Docker.RunAsync("volume", "create", "-o", "type=tmpfs", "never")).Exits(1).Errors, StringComparison.Ordinal);

    [Fact]
    public async Task The_list_is_filtered()
    {
        await Docker.SayAsync("volume", "create", "--label", "kind=one", "list-one");
        await Docker.SayAsync("volume", "create", "--label", "kind=two", "list-two");
        string container = await Docker.SayAsync("create", "-v", "list-two:/x", App);
        Assert.Equal(["list-one", "list-two"], await ListAsync("name=list-"));
        Assert.Equal(["list-one"], await ListAsync("label=kind=one"));
        Assert.Equal(["list-one", "list-two"], await ListAsync("label=kind"));
        Assert.Equal(["list-one"], await ListAsync("name=list", "dangling=true"));
        Assert.Equal(["list-two"], await ListAsync("name=list", "dangling=false"));
        Assert.Empty(await ListAsync("driver=loc"));
        Assert.Contains("list-two", await ListAsync("driver=local"));
        ApiAnswer list = (await Api.GetAsync("/volumes?filters=" + Uri.EscapeDataString("""{"name":["list-one"]}"""))).Has(200);
        Assert.Equal(JsonValueKind.Null, list.Json.GetProperty("Warnings").ValueKind);
        Assert.Equal("list-one", Text(Assert.Single(list.Json.GetProperty("Volumes").EnumerateArray()), "Name"));
        Assert.Equal(400, (await Api.GetAsync("/volumes?filters=" + Uri.EscapeDataString("""{"bad":["x"]}"""))).Status);
        Assert.Equal([container[..12]], (await Docker.SayAsync("ps", "-aq", "--filter", "volume=list-two")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal([container[..12]], (await Docker.SayAsync("ps", "-aq", "--filter", "volume=/x")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", await Docker.SayAsync("ps", "-aq", "--filter", "volume=list-one"));
    }

    [Fact]
    public async Task A_named_volume_keeps_what_was_written_and_is_in_use_by_a_stopped_container()
    {
        (await RunAsync("-v", "kept:/x", App, "sh", "-c", "echo hello > /x/f")).Succeeds();
        Assert.Equal("hello", (await RunAsync("-v", "kept:/y:ro", App, "cat", "/y/f")).Succeeds().Text);
        Assert.Contains("Read-only file system", (await RunAsync("-v", "kept:/y:ro", App, "touch", "/y/g")).Exits(1).Errors, StringComparison.Ordinal);
        string container = await Docker.SayAsync("create", "-v", "kept:/x", App);
        Assert.Contains($"remove kept: volume is in use - [{container}]", (await Docker.RunAsync("volume", "rm", "-f", "kept")).Exits(1).Errors, StringComparison.Ordinal);
        await Docker.SayAsync("rm", "-v", container);
        Assert.Equal("hello", (await RunAsync("-v", "kept:/x", App, "cat", "/x/f")).Succeeds().Text);
        Assert.Equal("kept", await Docker.SayAsync("volume", "rm", "kept"));
    }

    [Fact]
    public async Task Nameless_volumes_go_with_rm_v_and_with_run_rm_and_stay_otherwise()
    {
        string container = await Docker.SayAsync("create", "-v", "/a", "-v", "named:/b", App);
        string anonymous = await VolumeAtAsync(container, "/a");
        await Docker.SayAsync("rm", container);
        Assert.Equal(200, (await Api.GetAsync("/volumes/" + anonymous)).Status);
        await Docker.SayAsync("volume", "rm", anonymous);

        container = await Docker.SayAsync("create", "-v", "/a", "-v", "named:/b", App);
        anonymous = await VolumeAtAsync(container, "/a");
        await Docker.SayAsync("rm", "-v", container);
        Assert.Equal(404, (await Api.GetAsync("/volumes/" + anonymous)).Status);
        Assert.Equal(200, (await Api.GetAsync("/volumes/named")).Status);

        (await RunAsync("-v", "/a", App, "touch", "/a/f")).Succeeds(); // what it leaves, the leak check sees
    }

    [Fact]
    public async Task An_empty_volume_gets_the_images_files_and_a_full_one_does_not()
    {
        await Docker.SayAsync("pull", "-q", Images.Volumes.Reference);
        const string Look = "stat -c '%n %A %u %h' /data /data/file /data/owned /data/second /data/setuid; cat /data/file /data/upper /data/inner/below; readlink /data/absolute; ls /data/removed";
        CommandResult run = await RunAsync("-v", "filled:/data", Images.Volumes.Reference, "sh", "-c", Look);
        Assert.Equal(
        [
            "/data drwx-----x 1000 3", "/data/file -rwxr-xr-x 0 2", "/data/owned -rw-r--r-- 1000 1", "/data/second -rwxr-xr-x 0 2",
            "/data/setuid -rwsr-xr-x 0 1", "from the image", "second layer", "below", "/etc/passwd",
        ], run.Lines);
        Assert.Contains("/data/removed: No such file", run.Errors, StringComparison.Ordinal);
        Assert.Equal(LayerTar.ModificationTime.UtcDateTime, File.GetLastWriteTimeUtc($"{Engine.DataRoot}/volumes/filled/_data/file"));

        (await RunAsync("-v", "filled:/data", App, "sh", "-c", "rm -r /data/* && touch /data/mine")).Succeeds();
        Assert.Equal("mine", (await RunAsync("-v", "filled:/data", Images.Volumes.Reference, "ls", "/data")).Succeeds().Text);
        Assert.Equal("", (await RunAsync("-v", "bare:/data:nocopy", Images.Volumes.Reference, "ls", "/data")).Succeeds().Text);
        Assert.Equal("", (await RunAsync("--mount", "type=volume,src=bare2,dst=/data,volume-nocopy", Images.Volumes.Reference, "ls", "/data")).Succeeds().Text);
    }

    [Fact]
    public async Task A_VOLUME_of_the_image_is_a_nameless_volume_and_a_link_there_stays_in_the_image()
    {
        await Docker.SayAsync("pull", "-q", Images.Volumes.Reference);
        string container = await Docker.SayAsync("create", "--network", "none", Images.Volumes.Reference, "sh", "-c", "cat /data/file /link/deep; ls /elsewhere");
        Assert.Matches("^[0-9a-f]{64}$", await VolumeAtAsync(container, "/data"));
        string link = await VolumeAtAsync(container, "/link");
        Assert.Equal(["deep"], Directory.EnumerateFileSystemEntries($"{Engine.DataRoot}/volumes/{link}/_data").Select(Path.GetFileName));
        CommandResult run = await Docker.RunAsync("start", "-a", container);
        Assert.Equal(["from the image", "deep", "deep"], run.Succeeds().Lines);
        Assert.Equal("""{"/data":{},"/link":{}}""", await InspectAsync(container, "{{json .Config.Volumes}}"));

        // CVE-2022-23648: this link leads to the image's own /etc and never to the host's.
        string aimed = await Docker.SayAsync("create", "-v", "aimed:/outside", Images.Volumes.Reference);
        Assert.Equal(["group", "passwd"], Directory.EnumerateFileSystemEntries($"{Engine.DataRoot}/volumes/aimed/_data").Select(Path.GetFileName).Where(f => f is "group" or "passwd" or "shadow").Order());
    }

    [Fact]
    public async Task A_volume_over_a_file_of_the_image_is_refused()
    {
        ApiAnswer answer = await Api.PostAsync("/containers/create", JsonSerializer.Serialize(new { Image = App, Volumes = new Dictionary<string, object> { ["/etc/passwd"] = new { } } }));
        Assert.Contains("cannot mount volume over existing file, file exists", answer.Has(500).Message, StringComparison.Ordinal);
        if (Engine.Kind == EngineKind.Docker)
        {
            await Api.PostAsync("/volumes/prune"); // dockerd 20.10 forgets the volume it made for it
        }
    }

    [Fact]
    public async Task Proc_as_a_volume_never_starts()
    {
        ApiAnswer created = await Api.PostAsync("/containers/create", JsonSerializer.Serialize(new { Image = App, Cmd = new[] { "true" }, Volumes = new Dictionary<string, object> { ["/proc"] = new { } } }));
        ApiAnswer started = await Api.PostAsync($"/containers/{created.Has(201).Json.GetProperty("Id").GetString()}/start");
        Assert.Contains("/proc\" cannot be mounted because it is", started.Has(500).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Volumes_from_another_container_are_the_same_volumes()
    {
        string source = Name();
        await Docker.SayAsync("create", "--name", source, "-v", "/a", "-v", "lent:/b", "-v", "/tmp:/h:ro", App);
        string anonymous = await VolumeAtAsync(source, "/a");
        CommandResult run = await RunAsync("--volumes-from", source, App, "sh", "-c", "touch /a/f /b/f && echo done; touch /h/x");
        Assert.Equal("done", run.Text);
        Assert.Contains("/h/x: Read-only file system", run.Errors, StringComparison.Ordinal);
        Assert.Equal(200, (await Api.GetAsync("/volumes/" + anonymous)).Status); // --rm of the borrower takes nothing from the lender
        run = await RunAsync("--volumes-from", source + ":ro", App, "sh", "-c", "ls /a; touch /b/g");
        Assert.Equal("f", run.Text);
        Assert.Contains("/b/g: Read-only file system", run.Errors, StringComparison.Ordinal);
        string borrower = await Docker.SayAsync("create", "--volumes-from", source + ":ro", App);
        Assert.Equal(anonymous, await VolumeAtAsync(borrower, "/a"));
        Assert.Contains("No such container: nobody", (await Docker.RunAsync("create", "--volumes-from", "nobody", App)).Exits(1).Errors, StringComparison.Ordinal);
        Assert.Contains("invalid mode: rshared", (await Docker.RunAsync("create", "--volumes-from", source + ":rshared", App)).Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_and_list_show_mounts_as_Docker_does()
    {
        string name = Name();
        await Docker.SayAsync("create", "--name", name, "-v", "shown:/x", "-v", "/a", "-v", "/var/tmp:/h:ro,rslave", "--mount", "type=volume,src=other,dst=/m,readonly",
            "--mount", "type=tmpfs,dst=/t", "--tmpfs", "/tt:size=1m", "--mount", "type=bind,src=/var/tmp,dst=/b,bind-propagation=private", "--volume-driver", "local", App);
        JsonElement container = (await Api.GetAsync($"/containers/{name}/json")).Has(200).Json;
        string volumes = Engine.DataRoot + "/volumes/";
        string anonymous = await VolumeAtAsync(name, "/a");
        string[] expected =
        [
            $$"""{"Type":"volume","Name":"{{anonymous}}","Source":"{{volumes}}{{anonymous}}/_data","Destination":"/a","Driver":"local","Mode":"","RW":true,"Propagation":""}""",
            """{"Type":"bind","Source":"/var/tmp","Destination":"/b","Mode":"","RW":true,"Propagation":"private"}""",
            """{"Type":"bind","Source":"/var/tmp","Destination":"/h","Mode":"ro,rslave","RW":false,"Propagation":"rslave"}""",
            $$"""{"Type":"volume","Name":"other","Source":"{{volumes}}other/_data","Destination":"/m","Driver":"local","Mode":"z","RW":false,"Propagation":""}""",
            """{"Type":"tmpfs","Source":"","Destination":"/t","Mode":"","RW":true,"Propagation":""}""",
            $$"""{"Type":"volume","Name":"shown","Source":"{{volumes}}shown/_data","Destination":"/x","Driver":"local","Mode":"z","RW":true,"Propagation":""}""",
        ];
        Assert.Equal(expected, Mounts(container));
        JsonElement listed = (await Api.GetAsync("/containers/json?all=1&filters=" + Uri.EscapeDataString($$"""{"name":["^{{name}}$"]}"""))).Has(200).Json[0];
        Assert.Equal(expected.Where(m => !m.Contains(anonymous, StringComparison.Ordinal)), Mounts(listed).Where(m => !m.Contains(anonymous, StringComparison.Ordinal)));
        JsonElement host = container.GetProperty("HostConfig");
        Assert.Equal(["/var/tmp:/h:ro,rslave", "shown:/x"], host.GetProperty("Binds").EnumerateArray().Select(b => b.GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal("""{"Type":"volume","Source":"other","Target":"/m","ReadOnly":true}""", host.GetProperty("Mounts")[0].GetRawText());
        Assert.Equal("""{"Type":"bind","Source":"/var/tmp","Target":"/b","BindOptions":{"Propagation":"private"}}""", host.GetProperty("Mounts")[2].GetRawText());
        Assert.Equal(("local", """{"/a":{}}"""), (Text(host, "VolumeDriver"), container.GetProperty("Config").GetProperty("Volumes").GetRawText()));
    }

    [Fact]
    public async Task A_volume_made_for_a_mount_has_its_labels()
    {
        await Docker.SayAsync("create", "--mount", "type=volume,src=labelled,dst=/m,volume-label=a=b,volume-driver=local", App);
        Assert.Equal("b", await Docker.SayAsync("volume", "inspect", "--format", "{{.Labels.a}}", "labelled"));
        Assert.Contains("plugin \"foo\" not found", (await Docker.RunAsync("create", "--volume-driver", "foo", "-v", "never:/x", App)).Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prune_takes_what_no_container_has()
    {
        string container = await Docker.SayAsync("create", "-v", "used:/x", App);
        foreach ((string name, string label) in ((string, string)[])[("free", "a=b"), ("other", "a=c")])
        {
            await Docker.SayAsync("volume", "create", "--label", label, name);
            await File.WriteAllBytesAsync($"{Engine.DataRoot}/volumes/{name}/_data/f", new byte[1234]);
        }

        ApiAnswer pruned = (await Api.PostAsync("/volumes/prune?filters=" + Uri.EscapeDataString("""{"label":["a=b"]}"""))).Has(200);
        Assert.Equal("""{"VolumesDeleted":["free"],"SpaceReclaimed":1234}""", pruned.Body.Trim());
        pruned = (await Api.PostAsync("/volumes/prune?filters=" + Uri.EscapeDataString("""{"label!":["a=c"]}"""))).Has(200);
        Assert.Equal("""{"VolumesDeleted":[],"SpaceReclaimed":0}""", pruned.Body.Trim());
        pruned = (await Api.PostAsync("/volumes/prune")).Has(200);
        Assert.Equal("""{"VolumesDeleted":["other"],"SpaceReclaimed":1234}""", pruned.Body.Trim());
        Assert.Equal(200, (await Api.GetAsync("/volumes/used")).Status);
        await Docker.SayAsync("rm", container);
    }

    [Fact]
    [Trait("Engine", "coracle")] // 20.10 knows no version that spares names
    public async Task Since_1_42_prune_spares_what_has_a_name()
    {
        await Docker.SayAsync("volume", "create", "named");
        string anonymous = await Docker.SayAsync("volume", "create");
        Assert.DoesNotContain("named", await Docker.SayAsync("volume", "prune", "-f"), StringComparison.Ordinal);
        Assert.Equal(404, (await Api.GetAsync("/volumes/" + anonymous)).Status);
        Assert.Contains("named", await Docker.SayAsync("volume", "prune", "-af"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_tell_the_life_of_a_volume()
    {
        string since = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString();
        string name = Name();
        await Docker.SayAsync("run", "--network", "none", "--name", name, "-v", "told:/x:ro", App, "true");
        string id = await InspectAsync(name, "{{.Id}}");
        await Docker.SayAsync("rm", name);
        await Docker.SayAsync("volume", "rm", "told");
        string[] lines = [];
        await Deadline.HoldsAsync("all events of the volume", async () =>
        {
            string until = DateTimeOffset.UtcNow.AddSeconds(1).ToUnixTimeSeconds().ToString();
            lines = (await Docker.RunAsync("events", "--since", since, "--until", until, "--filter", "volume=told", "--format", "{{.Type}} {{.Action}} {{.Actor.ID}} {{json .Actor.Attributes}}")).Succeeds().Lines;
            return lines.Length >= 4;
        }, () => string.Join('\n', lines) + Engine.LogTail);
        Assert.Equal(
        [
            """volume create told {"driver":"local"}""",
            $$"""volume mount told {"container":"{{id}}","destination":"/x","driver":"local","propagation":"","read/write":"false"}""",
            $$"""volume unmount told {"container":"{{id}}","driver":"local"}""",
            """volume destroy told {"driver":"local"}""",
        ], lines);
    }

    [Fact]
    public async Task Volumes_survive_the_engine()
    {
        await Docker.SayAsync("volume", "create", "--label", "a=b", "survivor");
        (await RunAsync("-v", "survivor:/x", App, "sh", "-c", "echo kept > /x/f")).Succeeds();
        string container = await Docker.SayAsync("create", "-v", "survivor:/x", "-v", "/a", App);
        string anonymous = await VolumeAtAsync(container, "/a");
        await Engine.KillAsync();
        await Engine.StartAgainAsync();
        Assert.Equal("b", await Docker.SayAsync("volume", "inspect", "--format", "{{.Labels.a}}", "survivor"));
        Assert.Equal(200, (await Api.GetAsync("/volumes/" + anonymous)).Status);
        Assert.Contains("volume is in use", (await Docker.RunAsync("volume", "rm", "survivor")).Exits(1).Errors, StringComparison.Ordinal);
        Assert.Equal("kept", (await RunAsync("-v", "survivor:/x", App, "cat", "/x/f")).Succeeds().Text);
    }

    private async Task<string[]> ListAsync(params string[] filters)
        => [.. (await Docker.RunAsync(["volume", "ls", "-q", .. filters.SelectMany(f => (string[])["--filter", f])])).Succeeds().Lines.Order()];

    private Task<string> VolumeAtAsync(string container, string destination)
        => InspectAsync(container, "{{range .Mounts}}{{if eq .Destination \"" + destination + "\"}}{{.Name}}{{end}}{{end}}");

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static IEnumerable<string> Mounts(JsonElement container)
        => container.GetProperty("Mounts").EnumerateArray().OrderBy(m => Text(m, "Destination"), StringComparer.Ordinal).Select(m => m.GetRawText());
}
