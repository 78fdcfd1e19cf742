namespace Coracle.E2E;

/// <summary>The images the tests run, made from Debian's busybox-static and pushed to our own registry.</summary>
internal sealed class Gallery
{
    private const int BigLayerBytes = 12 << 20;
    private const int BigLayers = 4;

    private Gallery(Registry registry, Layer busybox)
    {
        Registry = registry;
        Busybox = busybox;
    }

    public Registry Registry { get; }

    /// <summary>The layer every image stands on.</summary>
    public Layer Busybox { get; }

    /// <summary>Three layers: busybox; whiteouts, links, a setuid program; two megabytes that do not compress.</summary>
    public TestImage App { get; private set; } = null!;

    /// <summary>The next version: shares two layers with <see cref="App"/>.</summary>
    public TestImage AppNext { get; private set; } = null!;

    /// <summary>User, entrypoint, environment and working directory of its own.</summary>
    public TestImage Configured { get; private set; } = null!;

    /// <summary>Volumes at /data, whose files are in two layers, and at /link, which leads to /elsewhere; and files of every kind there.</summary>
    public TestImage Volumes { get; private set; } = null!;

    /// <summary>Large enough to be killed in the middle of.</summary>
    public TestImage Big { get; private set; } = null!;

    public static async Task<Gallery> OpenAsync(Registry registry)
    {
        var gallery = new Gallery(registry, await BusyboxLayerAsync());
        Layer changes = ChangesLayer();
        gallery.App = await gallery.PushAsync("app", "1", [gallery.Busybox, changes, Noise("data/noise", 1, 2 << 20)], new RunSettings(["sh"]));
        gallery.AppNext = await gallery.PushAsync("app", "2", [gallery.Busybox, changes, Noise("data/noise", 2, 2 << 20)], new RunSettings(["sh"]));
        gallery.Configured = await gallery.PushAsync("configured", "1", [gallery.Busybox], new RunSettings(
            Command: ["from", "image"],
            Entrypoint: ["/bin/sh", "-c", "echo \"$0 $* $GREETING\"; id -u; id -g; pwd"],
            Environment: ["PATH=/bin", "GREETING=hello"],
            User: "app",
            WorkingDirectory: "/home/app/work"));
        gallery.Volumes = await gallery.PushAsync(
            "volumes", "1", [gallery.Busybox, DataLayer(), DataDirectory().Whiteout("data", "removed").Text("data/upper", "second layer\n").Finish()],
            new RunSettings(["sh"], Volumes: ["/data", "/link"]));
        gallery.Big = await gallery.PushAsync(
            "big", "1", [gallery.Busybox, .. Enumerable.Range(0, BigLayers).Select(i => Noise($"big/{i}", 100 + i, BigLayerBytes))], new RunSettings(["sh"]));
        return gallery;
    }

    public Task<TestImage> PushAsync(string repository, string tag, IReadOnlyList<Layer> layers, RunSettings settings)
        => TestImage.PushAsync(Registry, repository, tag, layers, settings);

    /// <summary>An image of that many layers; the last ones hold one small file each.</summary>
    public Task<TestImage> PushDeepAsync(int layers) => PushAsync(
        "deep", layers.ToString(), [Busybox, .. Enumerable.Range(1, layers - 1).Select(i => new LayerTar().Text($"layer{i}", $"{i}\n").Finish())],
        new RunSettings(["sh"]));

    /// <summary>A layer of one file whose bytes no compressor makes smaller; the same seed gives the same layer.</summary>
    public static Layer Noise(string name, int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return new LayerTar().File(name, bytes).Finish();
    }

    /// <summary>Debian's static busybox with all its names, users and a few directories.</summary>
    public static async Task<Layer> BusyboxLayerAsync()
    {
        string program = Machine.Find("busybox-static", "/bin/busybox", "/usr/bin/busybox");
        string[] applets = (await Command.RunAsync(program, ["--list"], Machine.Environment("/"))).Succeeds().Lines;
        LayerTar tar = new LayerTar().Directory("bin").Program("bin/busybox", await File.ReadAllBytesAsync(program)).HardLink("bin/sh", "bin/busybox");
        foreach (string applet in applets.Except(["busybox", "sh"]))
        {
            tar.SymbolicLink("bin/" + applet, "busybox");
        }

        return tar.Directory("etc")
            .Text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:app:/home/app:/bin/sh\n")
            .Text("etc/group", "root:x:0:\napp:x:1001:\nextra:x:2000:app\n")
            .Directory("root", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
            .Directory("home").Directory("home/app", owner: 1000)
            .Directory("tmp", (UnixFileMode)0b001_111_111_111)
            .Text("etc/removed", "gone in the next layer\n")
            .Directory("opaque").Text("opaque/old", "hidden by the next layer\n")
            .Finish();
    }

    private static LayerTar DataDirectory() => new LayerTar().Directory(
        "data", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute, owner: 1000);

    private static Layer DataLayer() => DataDirectory()
        .Text("data/file", "from the image\n").File("data/owned", "x"u8.ToArray(), owner: 1000)
        .HardLink("data/second", "data/file").SymbolicLink("data/absolute", "/etc/passwd").SetuidProgram("data/setuid", "#!/bin/sh\n"u8.ToArray())
        .Text("data/removed", "gone in the next layer\n")
        .Directory("data/inner").Text("data/inner/below", "below\n")
        .Directory("elsewhere").Text("elsewhere/deep", "deep\n")
        .SymbolicLink("link", "elsewhere").SymbolicLink("outside", "../../../../etc")
        .Finish();

    private static Layer ChangesLayer() => new LayerTar()
        .Whiteout("etc", "removed")
        .Directory("opaque").Opaque("opaque").Text("opaque/new", "seen\n")
        .Directory("links").Text("links/one", "content\n").HardLink("links/two", "links/one")
        .SymbolicLink("links/absolute", "/links/one").SymbolicLink("links/relative", "one")
        .SetuidProgram("links/setuid", "#!/bin/sh\n"u8.ToArray())
        .File("links/notexecutable", "#!/bin/sh\n"u8.ToArray())
        .Finish();
}
