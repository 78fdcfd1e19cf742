[assembly: AssemblyFixture(typeof(Coracle.E2E.Stage))]
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Coracle.E2E;

/// <summary>What all tests share: one engine, one registry, the images. Tests run one after another, so that a leak has one culprit.</summary>
public sealed class Stage : IAsyncLifetime
{
    internal Engine Engine { get; private set; } = null!;

    internal Registry Registry { get; private set; } = null!;

    internal Gallery Images { get; private set; } = null!;

    internal LeakCheck Leaks { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (DockerCli.Programs.Count < 2)
        {
            Console.WriteLine($"note: only one docker command line is here: {string.Join(", ", DockerCli.Programs.DefaultIfEmpty("none"))}");
        }

        Registry = await Registry.StartAsync();
        Images = await Gallery.OpenAsync(Registry);
        Engine = await Engine.StartAsync();
        Leaks = new LeakCheck(Engine);
        await PullAndRunOnceAsync();
        Leaks.TakeBaseline();
    }

    public async ValueTask DisposeAsync()
    {
        Leaks?.Dispose();
        if (Engine is not null)
        {
            await Engine.DisposeAsync();
        }

        if (Registry is not null)
        {
            await Registry.DisposeAsync();
        }
    }

    /// <summary>What an engine makes on first use and keeps (a parent cgroup, a namespace for --network host) is no leak.</summary>
    private async Task PullAndRunOnceAsync()
    {
        var cli = new DockerCli(DockerCli.Newest, Engine);
        await cli.SayAsync("pull", "-q", Images.App.Reference);
        await cli.SayAsync("run", "--rm", "--network", "host", Images.App.Reference, "true");
        await cli.SayAsync("run", "--rm", "--network", "none", Images.App.Reference, "true");
    }
}
