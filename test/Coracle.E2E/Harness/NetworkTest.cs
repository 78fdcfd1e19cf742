namespace Coracle.E2E;

/// <summary>A test on its class's host. After it nothing may be left there, nor on a host that it started itself.</summary>
public abstract class NetworkTest(NetworkStage stage) : IClassFixture<NetworkStage>, IAsyncLifetime
{
    private readonly List<NetworkHost> _own = [];

    internal NetworkHost Host => stage.Host;

    internal DockerCli Docker => stage.Host.Docker;

    internal RawApi Api => stage.Host.Api;

    /// <summary>The image that every host has.</summary>
    internal string App => stage.Host.App;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        try
        {
            foreach (NetworkHost host in _own.Prepend(Host))
            {
                await host.CleanAndCheckAsync();
            }
        }
        finally
        {
            foreach (NetworkHost host in _own)
            {
                await host.DisposeAsync();
            }
        }
    }

    /// <summary>A host for this test alone, whose engine has these flags.</summary>
    internal Task<NetworkHost> StartHostAsync(params string[] options) => StartPreparedHostAsync("", options);

    /// <inheritdoc cref="NetworkHost.StartPreparedAsync"/>
    internal async Task<NetworkHost> StartPreparedHostAsync(string prepare, params string[] options)
    {
        NetworkHost host = await NetworkHost.StartPreparedAsync(prepare, options);
        _own.Add(host);
        return host;
    }

    /// <summary>docker inspect --format.</summary>
    internal Task<string> InspectAsync(string what, string format) => Docker.SayAsync("inspect", "--format", format, what);

    /// <summary>A shell line in a running container.</summary>
    /// <returns>Its standard output; it must succeed.</returns>
    internal Task<string> InAsync(string container, string line) => Docker.SayAsync("exec", container, "sh", "-c", line);
}
