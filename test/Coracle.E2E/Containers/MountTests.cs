namespace Coracle.E2E;

/// <summary>-v and --mount of the host's own files, and --tmpfs.</summary>
public sealed class MountTests(Stage stage) : EngineTest(stage)
{
    private static int _places;

    [Fact]
    public async Task A_directory_of_the_host_is_seen_and_written()
    {
        string host = Place();
        await File.WriteAllTextAsync(host + "/f", "there\n");
        Assert.Equal("there", (await RunAsync("-v", $"{host}:/x", App, "sh", "-c", "cat /x/f; echo new > /x/g")).Succeeds().Text);
        Assert.Equal("new\n", await File.ReadAllTextAsync(host + "/g"));
        Assert.Contains("Read-only file system", (await RunAsync("-v", $"{host}:/x:ro", App, "touch", "/x/h")).Exits(1).Errors, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", (await RunAsync("--mount", $"type=bind,src={host},dst=/x,readonly", App, "touch", "/x/h")).Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_the_host_is_mounted_on_a_file_and_where_nothing_is()
    {
        string host = Place();
        await File.WriteAllTextAsync(host + "/f", "mine\n");
        Assert.Equal(["mine", "mine"], (await RunAsync("-v", $"{host}/f:/etc/passwd", "-v", $"{host}/f:/new/place", App, "cat", "/etc/passwd", "/new/place")).Succeeds().Lines);
        CommandResult run = await RunAsync("-v", $"{host}:/etc/passwd", App, "true");
        Assert.Contains("not a directory", run.Exits(125).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_source_is_made_for_v_and_refused_for_mount()
    {
        string host = Place();
        (await RunAsync("-v", $"{host}/made/deep:/x", App, "touch", "/x/f")).Succeeds();
        Assert.True(File.Exists(host + "/made/deep/f"));
        Assert.Contains(
            $"invalid mount config for type \"bind\": bind source path does not exist: {host}/never",
            (await RunAsync("--mount", $"type=bind,src={host}/never,dst=/x", App, "true")).Exits(125).Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(host + "/never"));
    }

    [Theory]
    [InlineData("Duplicate mount point: /x", "-v", "/tmp:/x", "-v", "/var:/x")]
    [InlineData("Duplicate mount point: /x", "-v", "/tmp:/x", "--tmpfs", "/x")]
    [InlineData("invalid mode: ro,rw", "-v", "/tmp:/x:ro,rw")]
    [InlineData("field BindOptions must not be specified", "-v", "name:/x:rshared")]
    [InlineData("destination can't be '/'", "-v", "/tmp:/")]
    [InlineData("mount path must be absolute", "-v", "/tmp:x")]
    public async Task Bad_mounts_are_refused_in_Dockers_words(string message, params string[] options)
        => Assert.Contains(message, (await Docker.RunAsync(["create", .. options, App])).Exits(1).Errors, StringComparison.Ordinal);

    [Fact]
    public async Task Mounts_below_others_are_all_seen_whatever_their_order()
    {
        string host = Place();
        Directory.CreateDirectory(host + "/outer");
        Directory.CreateDirectory(host + "/inner");
        await File.WriteAllTextAsync(host + "/inner/f", "inner\n");
        CommandResult run = await RunAsync(
            "-v", $"{host}/inner:/x/a/b", "--tmpfs", "/x/a", "-v", $"{host}/outer:/x", "-v", "deepest:/x/a/b/c", App,
            "sh", "-c", "cat /x/a/b/f; touch /x/a/t /x/a/b/c/v; cut -d' ' -f2 /proc/mounts | grep ^/x | sort");
        Assert.Equal(["inner", "/x", "/x/a", "/x/a/b", "/x/a/b/c"], run.Succeeds().Lines);
        Assert.Equal([host + "/outer/a"], Directory.EnumerateFileSystemEntries(host + "/outer"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(host + "/outer/a"));
    }

    [Fact]
    public async Task A_read_only_root_has_writable_volumes()
    {
        CommandResult run = await RunAsync("--read-only", "-v", "scratch:/new/place", "--tmpfs", "/t", App, "sh", "-c", "touch /new/place/f /t/f && echo ok; touch /x");
        Assert.Equal("ok", run.Text);
        Assert.Contains("/x: Read-only file system", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tmpfs_has_its_size_mode_and_flags()
    {
        CommandResult run = await RunAsync(
            "--tmpfs", "/a:size=1m,mode=700,exec", "--mount", "type=tmpfs,dst=/b,tmpfs-size=2m,tmpfs-mode=1770", App,
            "sh", "-c", "grep -E ' /[ab] ' /proc/mounts; stat -c %a /a /b");
        string[] lines = run.Succeeds().Lines;
        Assert.Contains(lines, line => line.StartsWith("tmpfs /a tmpfs rw,nosuid,nodev,relatime,size=1024k,mode=700", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("tmpfs /b tmpfs rw,nosuid,nodev,noexec,relatime,size=2048k,mode=1770", StringComparison.Ordinal));
        Assert.Equal(["700", "1770"], lines[^2..]);
    }

    [Theory]
    [InlineData("rslave", true, false)]
    [InlineData("slave", true, false)]
    [InlineData("rshared", true, true)]
    [InlineData("shared", true, true)]
    [InlineData("rprivate", false, false)]
    [InlineData("private", false, false)]
    public async Task Later_mounts_propagate_as_asked(string propagation, bool intoContainer, bool ontoHost)
    {
        string host = await SharedPlaceAsync();
        Directory.CreateDirectory(host + "/in");
        Directory.CreateDirectory(host + "/out");
        string name = await SleeperAsync("-v", $"{host}:/x:{propagation}", "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined");
        int process = int.Parse(await InspectAsync(name, "{{.State.Pid}}"));

        await SayHostAsync("mount", "-t", "tmpfs", "fromhost", host + "/in");
        Assert.Equal(intoContainer, Processes.Read(process, "mounts").Contains("fromhost /x/in", StringComparison.Ordinal));
        await SayHostAsync("nsenter", "-t", process.ToString(), "-m", "mount", "-t", "tmpfs", "frominside", "/x/out");
        Assert.Equal(ontoHost, Processes.MountsBelow(host).Any(m => m.Contains("/out", StringComparison.Ordinal)));
        await Docker.SayAsync("rm", "-f", name);
        await UnmountPlacesAsync();
    }

    [Fact]
    public async Task What_is_not_shared_cannot_be_shared_on()
    {
        string host = await SharedPlaceAsync();
        await SayHostAsync("mount", "--make-private", host);
        Assert.Contains(
            $"path {host} is mounted on {host} but it is not a shared mount", (await RunAsync("-v", $"{host}:/x:rshared", App, "true")).Exits(125).Errors, StringComparison.Ordinal);
        Assert.Contains(
            $"path {host} is mounted on {host} but it is not a shared or slave mount", (await RunAsync("-v", $"{host}:/x:slave", App, "true")).Exits(125).Errors, StringComparison.Ordinal);
        await UnmountPlacesAsync();
    }

    [Fact]
    public async Task A_bind_takes_the_mounts_below_it_along_unless_told_not_to()
    {
        string host = Place();
        Directory.CreateDirectory(host + "/sub");
        await SayHostAsync("mount", "-t", "tmpfs", "below", host + "/sub");
        await File.WriteAllTextAsync(host + "/sub/f", "");
        Assert.Equal("f", (await RunAsync("-v", $"{host}:/x", App, "ls", "/x/sub")).Succeeds().Text);
        Assert.Equal("", (await RunAsync("--mount", $"type=bind,src={host},dst=/x,bind-nonrecursive", App, "ls", "/x/sub")).Succeeds().Text);
        await UnmountPlacesAsync();
    }

    [Fact]
    [Trait("Engine", "coracle")] // API 1.44
    public async Task Read_only_reaches_as_far_as_asked()
    {
        string host = Place();
        Directory.CreateDirectory(host + "/sub");
        await SayHostAsync("mount", "-t", "tmpfs", "below", host + "/sub");
        string mount = $"type=bind,src={host},dst=/x,readonly,bind-propagation=rprivate";
        (await RunAsync("--mount", mount + ",bind-recursive=enabled", App, "touch", "/x/sub/f")).Exits(1);
        (await RunAsync("--mount", mount + ",bind-recursive=readonly", App, "touch", "/x/sub/f")).Exits(1);
        (await RunAsync("--mount", mount + ",bind-recursive=writable", App, "touch", "/x/sub/f")).Succeeds();
        Assert.Contains("Read-only", (await RunAsync("--mount", mount + ",bind-recursive=writable", App, "touch", "/x/f")).Exits(1).Errors, StringComparison.Ordinal);
        await UnmountPlacesAsync();
    }

    [Fact]
    [Trait("Engine", "coracle")] // API 1.45
    public async Task A_part_of_a_volume_is_mounted_and_a_link_in_it_leads_nowhere_else()
    {
        (await RunAsync("-v", "parts:/x", App, "sh", "-c", "mkdir -p /x/a/b; echo here > /x/a/b/f; ln -s /etc /x/out; ln -s ../../../../etc /x/up; ln -s /a /x/in")).Succeeds();
        Assert.Equal("here", (await RunAsync("--mount", "type=volume,src=parts,dst=/p,volume-subpath=a/b", App, "cat", "/p/f")).Succeeds().Text);
        Assert.Equal("here", (await RunAsync("--mount", "type=volume,src=parts,dst=/p,volume-subpath=a/b/f", App, "cat", "/p")).Succeeds().Text);
        Assert.Equal("here", (await RunAsync("--mount", "type=volume,src=parts,dst=/p,volume-subpath=in/b", App, "cat", "/p/f")).Succeeds().Text);
        foreach (string part in (string[])["out", "up", "missing"])
        {
            Assert.Contains("cannot access path", (await RunAsync("--mount", $"type=volume,src=parts,dst=/p,volume-subpath={part}", App, "true")).Exits(127).Errors, StringComparison.Ordinal);
        }

        Assert.Contains(
            "subpath must be a relative path within the volume",
            (await RunAsync("--mount", "type=volume,src=parts,dst=/p,volume-subpath=../x", App, "true")).Exits(125).Errors, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Engine", "coracle")]
    public async Task An_image_as_a_mount_is_refused_by_name()
        => Assert.Contains("Mounts of type image", (await RunAsync("--mount", $"type=image,src={App},dst=/x", App, "true")).Exits(125).Errors, StringComparison.Ordinal);

    /// <summary>CVE-2021-30465: what a container shares with another while that one starts, it can change at any moment.</summary>
    [Fact]
    public async Task A_target_that_is_swapped_for_a_link_while_a_container_starts_never_leads_out()
    {
        const int Starts = 12;
        string outside = Place();
        await SleeperAsync("-v", "swapped:/s");
        string swapper = Name();
        await Docker.SayAsync("run", "-d", "--network", "none", "--name", swapper, "-v", "swapped:/s", App, "sh", "-c",
            $"mkdir /s/real; while :; do mv /s/t /s/u; ln -s ../../../../../../../../..{outside} /s/t; rm /s/t; mkdir -p /s/t; done");
        for (int i = 0; i < Starts; i++)
        {
            await RunAsync("-v", "swapped:/s", "-v", "second:/s/t/deep", App, "true"); // some starts fail; none gets out
            Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        }

        await Docker.SayAsync("rm", "-f", swapper);
    }

    /// <summary>A directory of the host beside the engine's own, gone with the test engine's.</summary>
    private string Place() => Directory.CreateDirectory($"{Engine.Root}/host{Interlocked.Increment(ref _places)}").FullName;

    /// <summary>A mount of its own, with peers, as most hosts' root is.</summary>
    private async Task<string> SharedPlaceAsync()
    {
        string host = Place();
        await SayHostAsync("mount", "-t", "tmpfs", "place", host);
        await SayHostAsync("mount", "--make-shared", host);
        return host;
    }

    private async Task UnmountPlacesAsync()
    {
        foreach (string point in Processes.MountsBelow(Engine.Root).Where(p => p.StartsWith(Engine.Root + "/host", StringComparison.Ordinal)).Reverse())
        {
            await SayHostAsync("umount", "-l", point);
        }
    }

    private static async Task SayHostAsync(string program, params string[] arguments)
        => (await Command.RunAsync(Machine.Find("util-linux", $"/usr/bin/{program}", $"/bin/{program}"), arguments, Machine.Environment("/"))).Succeeds();
}
