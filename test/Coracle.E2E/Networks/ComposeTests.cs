namespace Coracle.E2E;

/// <summary>Debian's docker-compose with an application of four services on two networks, one with IPv6.</summary>
public sealed class ComposeTests(NetworkStage stage) : NetworkTest(stage)
{
    /// <remarks>The old form of the file: only that has enable_ipv6 without an orchestrator.</remarks>
    private const string Application = """
        version: "2.4"
        services:
          proxy:
            image: app:1
            command: httpd -f -p 80 -h /etc
            ports: ["8080:80", "127.0.0.1:8081:80"]
            networks: [front]
          api:
            image: app:1
            command: httpd -f -p 80 -h /etc
            depends_on: [db]
            networks:
              front: {aliases: [backend, backend.example]}
              back: {}
          db:
            image: app:1
            command: httpd -f -p 80 -h /etc
            hostname: database
            networks:
              back: {aliases: [store], ipv4_address: 10.88.0.77, ipv6_address: "2001:db8:88::77"}
          worker:
            image: app:1
            command: sleep 100000
            networks: [back]
        networks:
          front: {}
          back:
            enable_ipv6: true
            ipam: {config: [{subnet: 10.88.0.0/24}, {subnet: "2001:db8:88::/64", gateway: "2001:db8:88::1"}]}
        """;

    [Fact]
    public async Task An_application_comes_up_its_services_find_each_other_also_a_replaced_one_and_nothing_is_left_of_it()
    {
        HostFacts before = await Host.FactsAsync();
        string file = Path.Combine(Directory.CreateDirectory(Path.Combine(Host.Engine.Root, "shop")).FullName, "docker-compose.yml");
        await File.WriteAllTextAsync(file, Application);
        await ComposeAsync("up", "-d");
        await FindsAsync("proxy", "api", "backend", "backend.example");
        await FindsAsync("api", "proxy", "db", "store");
        await FindsAsync("worker", "db", "store", "api");
        await IsUnknownAsync("proxy", "db");
        await IsUnknownAsync("worker", "proxy");
        Assert.Equal(["NOERROR ra", "AAAA 2001:db8:88::77"], await AskAsync("worker", "store AAAA"));
        Assert.Equal(["NOERROR ra", "A 10.88.0.77"], await AskAsync("worker", "db A"));
        await ComposeAsync("exec", "-T", "worker", "ping", "-6", "-c", "1", "-W", "2", "2001:db8:88::77");
        await IsServedAsync();

        string first = await ContainerAsync("api");
        await ComposeAsync("up", "-d", "--force-recreate", "--no-deps", "api");
        Assert.NotEqual(first, await ContainerAsync("api"));
        await FindsAsync("proxy", "api", "backend");
        await FindsAsync("worker", "api");
        await IsServedAsync();
        await ComposeAsync("up", "-d", "--scale", "worker=3");
        Assert.Equal(4, (await AskAsync("api", "worker A")).Length);

        await ComposeAsync("down", "-t", "1");
        await Host.IsAsItWasAsync(before);
    }

    private async Task FindsAsync(string from, params string[] names)
    {
        foreach (string name in names)
        {
            await Deadline.HoldsAsync($"{from} to fetch from {name}", async () => (await RunComposeAsync("exec", "-T", from, "wget", "-q", "-O", "-", $"http://{name}/hostname")).ExitCode == 0, () => Host.Engine.LogTail);
        }
    }

    private async Task IsUnknownAsync(string from, string name)
        => Assert.NotEqual(0, (await RunComposeAsync("exec", "-T", from, "ping", "-c", "1", "-W", "1", name)).ExitCode);

    /// <summary>From outside by both families and from the host; the port of 127.0.0.1 from there alone.</summary>
    private async Task IsServedAsync()
    {
        (await Host.OutsideAsync(Fetch($"http://{NetworkHost.Address}:8080/hostname"))).Succeeds();
        (await Host.OutsideAsync(Fetch($"http://[{NetworkHost.AddressIPv6}]:8080/hostname"))).Succeeds();
        (await Host.OnHostAsync(Fetch("http://127.0.0.1:8080/hostname"))).Succeeds();
        (await Host.OnHostAsync(Fetch("http://[::1]:8080/hostname"))).Succeeds();
        (await Host.OnHostAsync(Fetch("http://127.0.0.1:8081/hostname"))).Succeeds();
        Assert.NotEqual(0, (await Host.OutsideAsync(Fetch($"http://{NetworkHost.Address}:8081/hostname"))).ExitCode);
    }

    /// <remarks>Not busybox: a static program's wget loads the machine's name service modules, and ends with a segmentation fault.</remarks>
    private static string[] Fetch(string address)
        => ["/usr/bin/python3", "-c", "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=5).read())", address];

    private async Task<string[]> AskAsync(string service, string question) => await NameServerProgram.AskAsync(Host, await ContainerAsync(service), question);

    private async Task<string> ContainerAsync(string service) => (await ComposeAsync("ps", "-q", service)).Split('\n')[0];

    private async Task<string> ComposeAsync(params string[] arguments) => (await RunComposeAsync(arguments)).Succeeds().Text;

    private Task<CommandResult> RunComposeAsync(params string[] arguments)
    {
        Dictionary<string, string> environment = Machine.Environment(Host.Engine.Root);
        environment["DOCKER_HOST"] = $"unix://{Host.Engine.SocketPath}";
        return Command.RunAsync(
            Machine.Find("docker-compose", "/usr/bin/docker-compose"), ["-f", Path.Combine(Host.Engine.Root, "shop/docker-compose.yml"), .. arguments], environment);
    }
}
