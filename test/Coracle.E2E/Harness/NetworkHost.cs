using System.IO.Compression;
using System.Text.Json;

namespace Coracle.E2E;

/// <summary>
/// A host of a test's own: a network namespace with an engine in it, and another one "outside" that reaches it by a cable (veth, eth0 at
/// both ends). The engine has its default bridge, and an /etc of its own, whose resolv.conf names <see cref="Address"/>.
/// </summary>
internal sealed class NetworkHost : IAsyncDisposable
{
    public const string Address = "192.0.2.1", OutsideAddress = "192.0.2.2", AddressIPv6 = "2001:db8:77::1", OutsideIPv6 = "2001:db8:77::2";

    /// <remarks>The engine's start again finds the copy, with what a test wrote there.</remarks>
    private const string OwnEtc = $"""
        [ -d $ROOT/etc ] || (mkdir $ROOT/etc.new; cp -a /etc/. $ROOT/etc.new; rm -f $ROOT/etc.new/resolv.conf; echo nameserver {Address} > $ROOT/etc.new/resolv.conf; mv $ROOT/etc.new $ROOT/etc)
        mount --bind $ROOT/etc /etc
        """;

    private static readonly string[] _predefined = ["bridge", "host", "none"];

    private static readonly Lazy<Task<byte[]>> _archive = new(ArchiveAsync);

    private readonly NetworkSpace _host;
    private readonly NetworkSpace _outside;
    private readonly LeakCheck _leaks;
    private HostFacts? _baseline;

    private NetworkHost(NetworkSpace host, NetworkSpace outside, Engine engine)
    {
        (_host, _outside, Engine) = (host, outside, engine);
        Docker = new DockerCli(DockerCli.Newest, engine);
        _leaks = new LeakCheck(engine);
    }

    public Engine Engine { get; }

    /// <summary>The newest docker command line that is here.</summary>
    public DockerCli Docker { get; }

    public RawApi Api => Engine.Api;

    /// <summary>Busybox, already loaded.</summary>
    public string App => "app:1";

    /// <summary>The host's network namespace, for servers that a test starts there.</summary>
    public NetworkSpace Space => _host;

    public NetworkSpace Outside => _outside;

    /// <param name="options">Engine flags after the harness's own.</param>
    public static Task<NetworkHost> StartAsync(params string[] options) => StartPreparedAsync("", options);

    /// <param name="prepare">Shell lines in the host's network namespace, the cable plugged in, before the engine starts: rules, settings, links.</param>
    /// <param name="options">Engine flags after the harness's own.</param>
    public static async Task<NetworkHost> StartPreparedAsync(string prepare, params string[] options)
    {
        NetworkSpace host = await NetworkSpace.OpenAsync(), outside = await NetworkSpace.OpenAsync();
        Engine? engine = null;
        try
        {
            await PlugAsync(host, outside);
            await host.ShellAsync(prepare);
            engine = await Engine.StartAsync(new EngineSetting(OwnEtc, options) { NetworkNamespace = host.Path });
            var all = new NetworkHost(host, outside, engine);
            await all.RunOnceAsync();
            return all;
        }
        catch
        {
            await (engine?.DisposeAsync() ?? ValueTask.CompletedTask);
            await host.DisposeAsync();
            await outside.DisposeAsync();
            throw;
        }
    }

    public Task<CommandResult> OnHostAsync(params string[] command) => _host.RunAsync(command);

    public Task<CommandResult> OutsideAsync(params string[] command) => _outside.RunAsync(command);

    /// <summary>docker run -d --name …; the rest begins with options and has the image in it.</summary>
    /// <returns>The id.</returns>
    public Task<string> RunAsync(string name, params string[] rest) => Docker.SayAsync(["run", "-d", "--name", name, .. rest]);

    /// <summary>A container that does nothing until it is killed.</summary>
    /// <returns>The id.</returns>
    public Task<string> SleeperAsync(string name, params string[] options) => RunAsync(name, [.. options, App, "sleep", "100000"]);

    /// <summary>A program of this machine in a running container's network namespace.</summary>
    public async Task<CommandResult> BesideAsync(string container, params string[] command)
    {
        string id = await Docker.SayAsync("inspect", "--format", "{{.State.Pid}}", container);
        return await Command.RunAsync("/usr/bin/nsenter", [$"--net=/proc/{id}/ns/net", "--", .. command], Machine.Environment("/"));
    }

    /// <summary>The host's /etc/resolv.conf, replaced as programs do it: by a file of another inode.</summary>
    public async Task ResolveByAsync(string text)
    {
        string file = Path.Combine(Engine.Root, "etc/resolv.conf");
        await File.WriteAllTextAsync(file + ".new", text);
        File.Move(file + ".new", file, overwrite: true);
    }

    public Task<HostFacts> FactsAsync() => HostFacts.TakeAsync(_host, Engine);

    /// <summary>Waits for the host to be as it was then: what an engine takes away it need not have taken away when it answers.</summary>
    public async Task IsAsItWasAsync(HostFacts before)
    {
        string[] changes = [];
        await Deadline.HoldsAsync("the host to be as it was", async () => (changes = (await FactsAsync()).Since(before)).Length == 0,
            () => $"{string.Join('\n', changes)}\n{Engine.LogTail}");
    }

    /// <summary>Removes what the test left on purpose; then the host must be as it was before the first test.</summary>
    public async Task CleanAndCheckAsync()
    {
        await _leaks.CleanAndCheckAsync();
        await RemoveNetworksAsync();
        await IsAsItWasAsync(_baseline!);
    }

    /// <summary>Ends everything. What a test left is <see cref="CleanAndCheckAsync"/>'s to find.</summary>
    public async ValueTask DisposeAsync()
    {
        _leaks.Dispose();
        await RemoveContainersAsync();
        await Engine.DisposeAsync();
        foreach (int left in _host.Inhabitants())
        {
            await Signals.SendAsync("KILL", left); // what outlives its engine on purpose; its namespace goes with it
        }

        await _host.DisposeAsync();
        await _outside.DisposeAsync();
    }

    private static Task PlugAsync(NetworkSpace host, NetworkSpace outside) => host.ShellAsync($"""
        nsenter --net={outside.Path} ip link add eth0 type veth peer name eth0 netns {host.Path.Split('/')[2]}
        ip addr add {Address}/24 dev eth0
        ip addr add {AddressIPv6}/64 dev eth0 nodad
        ip link set eth0 up
        nsenter --net={outside.Path} ip addr add {OutsideAddress}/24 dev eth0
        nsenter --net={outside.Path} ip addr add {OutsideIPv6}/64 dev eth0 nodad
        nsenter --net={outside.Path} ip link set eth0 up
        """);

    /// <summary>Busybox alone, as docker save writes it: a registry on this machine's loopback is not reachable from the host.</summary>
    private static async Task<byte[]> ArchiveAsync()
    {
        await using var unpacked = new GZipStream(new MemoryStream((await Gallery.BusyboxLayerAsync()).Blob), CompressionMode.Decompress);
        using var layer = new MemoryStream();
        await unpacked.CopyToAsync(layer);
        return ImageFiles.OldArchive("app:1", layer.ToArray());
    }

    /// <summary>What an engine makes on first use and keeps is no leak: the host's forwarding, switched on for the first network of a family, stays on.</summary>
    private async Task RunOnceAsync()
    {
        string file = ImageFiles.NewPath(Engine, "app.tar");
        await File.WriteAllBytesAsync(file, await _archive.Value);
        await Docker.SayAsync("load", "-q", "-i", file);
        File.Delete(file);
        await Docker.SayAsync("run", "--rm", "--network", "host", App, "true");
        await Docker.SayAsync("run", "--rm", App, "true");
        await Docker.SayAsync("network", "create", "--ipv6", "--subnet", "198.18.255.0/24", "--subnet", "2001:db8:ffff::/64", "once");
        await Docker.SayAsync("run", "--rm", "--network", "once", "-p", "80", App, "true"); // a port and names: from then on there is a keeper
        await Docker.SayAsync("network", "rm", "once");
        _leaks.TakeBaseline();
        _baseline = await FactsAsync();
    }

    private async Task RemoveContainersAsync()
    {
        if (!Engine.HasEnded && await Engine.Api.PingAsync())
        {
            foreach (JsonElement container in (await Api.GetAsync("/containers/json?all=1")).Has(200).Json.EnumerateArray())
            {
                await Api.SendAsync(HttpMethod.Delete, $"/containers/{container.GetProperty("Id").GetString()}?force=1&v=1");
            }
        }
    }

    private async Task RemoveNetworksAsync()
    {
        foreach (JsonElement network in (await Api.GetAsync("/networks")).Has(200).Json.EnumerateArray())
        {
            string name = network.GetProperty("Name").GetString()!;
            if (!_predefined.Contains(name))
            {
                await Api.SendAsync(HttpMethod.Delete, "/networks/" + network.GetProperty("Id").GetString());
            }
        }
    }
}
