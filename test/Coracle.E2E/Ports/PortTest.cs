namespace Coracle.E2E;

/// <summary>A test on the host of its class.</summary>
public abstract class PortTest(PortHost host) : IAsyncLifetime
{
    /// <summary>Of the host, which most tests publish.</summary>
    internal const int Port = 8080;

    internal NetworkHost Host => host.Host;

    internal Wire Wire => host.Wire;

    internal DockerCli Docker => host.Host.Docker;

    internal Engine Engine => host.Host.Engine;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        await Host.CleanAndCheckAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The address that a container has on a network.</summary>
    internal Task<string> AddressAsync(string container, string network = "bridge", string field = "IPAddress")
        => Docker.SayAsync("inspect", "--format", $"{{{{(index .NetworkSettings.Networks \"{network}\").{field}}}}}", container);
}
