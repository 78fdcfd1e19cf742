using System.Collections.Concurrent;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Coracle.E2E;

/// <summary>Docker.DotNet.Enhanced, the client of .NET programs, over the unix socket.</summary>
public sealed class DotNetClientTests : EngineTest
{
    private static readonly string[] _sleeper = ["sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done"];

    private readonly DockerClient _client;

    public DotNetClientTests(Stage stage)
        : base(stage)
        => _client = new DockerClientBuilder().WithEndpoint(new Uri($"unix://{Engine.SocketPath}")).Build();

    [Fact]
    public async Task It_asks_what_is_there()
    {
        await _client.System.PingAsync();
        Assert.Equal("linux", (await _client.System.GetVersionAsync()).Os);
        Assert.Equal("linux", (await _client.System.GetSystemInfoAsync()).OSType);
    }

    [Fact]
    public async Task Images_live_a_life()
    {
        string next = Images.AppNext.Reference, name = Name() + "/dotnet";
        var progress = new Collected<JSONMessage>();
        int colon = next.LastIndexOf(':');
        await _client.Images.CreateImageAsync(new ImagesCreateParameters { FromImage = next[..colon], Tag = next[(colon + 1)..] }, null, progress);
        Assert.Contains(progress.Items, m => m.Status == "Already exists");
        Assert.Contains(progress.Items, m => m.Status == "Pull complete");
        Assert.Equal($"Status: Downloaded newer image for {next}", progress.Items[^1].Status);

        ImageInspectResponse pulled = await _client.Images.InspectImageAsync(next);
        Assert.Equal((Images.AppNext.Id, next), (pulled.ID, Assert.Single(pulled.RepoTags)));
        await _client.Images.TagImageAsync(next, new ImageTagParameters { RepositoryName = name, Tag = "1" });
        IList<ImagesListResponse> listed = await _client.Images.ListImagesAsync(new ImagesListParameters { Filters = Filter("reference", name) });
        Assert.Equal(pulled.ID, Assert.Single(listed).ID);
        await _client.Images.DeleteImageAsync($"{name}:1", new ImageDeleteParameters());
        IList<IDictionary<string, string>> deleted = await _client.Images.DeleteImageAsync(next, new ImageDeleteParameters());
        Assert.Contains(deleted, d => d.TryGetValue("Deleted", out string? id) && id == pulled.ID);
        await Assert.ThrowsAsync<DockerImageNotFoundException>(() => _client.Images.InspectImageAsync(next));
    }

    [Fact]
    public async Task It_attaches_with_input_and_reads_the_log()
    {
        CreateContainerResponse created = await CreateAsync(Name(), ["sh", "-c", "read line; echo \"heard $line\"; cat; echo aside >&2; exit 7"], p =>
        {
            p.AttachStdin = p.AttachStdout = p.AttachStderr = p.OpenStdin = p.StdinOnce = true;
        });
        var attach = new ContainerAttachParameters { Stream = true, Stdin = true, Stdout = true, Stderr = true };
        using (MultiplexedStream stream = await _client.Containers.AttachContainerAsync(created.ID, attach))
        {
            Assert.True(await _client.Containers.StartContainerAsync(created.ID, new ContainerStartParameters()));
            await stream.WriteAsync("hello\nand the rest\n"u8.ToArray(), 0, 19, CancellationToken.None);
            stream.CloseWrite();
            Assert.Equal(("heard hello\nand the rest\n", "aside\n"), await stream.ReadOutputToEndAsync(CancellationToken.None));
        }

        Assert.Equal(7, (await _client.Containers.WaitContainerAsync(created.ID)).StatusCode);
        var everything = new ContainerLogsParameters { ShowStdout = true, ShowStderr = true, Follow = true };
        using (MultiplexedStream log = await _client.Containers.GetContainerLogsAsync(created.ID, everything))
        {
            Assert.Equal(("heard hello\nand the rest\n", "aside\n"), await log.ReadOutputToEndAsync(CancellationToken.None));
        }

        ContainerInspectResponse facts = await _client.Containers.InspectContainerAsync(created.ID);
        Assert.Equal(("exited", 7, App), (facts.State!.Status, facts.State.ExitCode, facts.Config!.Image));
        await _client.Containers.RemoveContainerAsync(created.ID, new ContainerRemoveParameters());
        await Assert.ThrowsAsync<DockerContainerNotFoundException>(() => _client.Containers.InspectContainerAsync(created.ID));
    }

    [Fact]
    public async Task A_container_lives_a_life_and_events_tell_it()
    {
        string name = Name();
        using var enough = new CancellationTokenSource();
        var events = new Collected<Message>();
        Task listening = _client.System.MonitorEventsAsync(new ContainerEventsParameters { Filters = Filter("container", name) }, events, enough.Token);

        string id = (await CreateAsync(name, _sleeper, p => p.Labels = new Dictionary<string, string> { ["of"] = name })).ID;
        Assert.True(await _client.Containers.StartContainerAsync(id, new ContainerStartParameters()));
        Assert.False(await _client.Containers.StartContainerAsync(id, new ContainerStartParameters()));
        await LogHoldsAsync(name, "ready");
        IList<ContainerListResponse> listed = await _client.Containers.ListContainersAsync(new ContainersListParameters { Filters = Filter("label", $"of={name}") });
        ContainerListResponse one = Assert.Single(listed);
        Assert.Equal((id, "/" + name, "running"), (one.ID, Assert.Single(one.Names), one.State));
        await _client.Containers.RenameContainerAsync(id, new ContainerRenameParameters { NewName = name + "-renamed" });
        Assert.Equal($"/{name}-renamed", (await _client.Containers.InspectContainerAsync(id)).Name);
        Assert.True(await _client.Containers.StopContainerAsync(id, new ContainerStopParameters { WaitBeforeKillSeconds = 10 }));
        Assert.Equal(3, (await _client.Containers.WaitContainerAsync(id)).StatusCode);
        Assert.True(await _client.Containers.StartContainerAsync(id, new ContainerStartParameters()));
        await _client.Containers.KillContainerAsync(id, new ContainerKillParameters { Signal = "SIGKILL" });
        Assert.Equal(137, (await _client.Containers.WaitContainerAsync(id)).StatusCode);
        DockerApiException refused = await Assert.ThrowsAsync<DockerApiException>(
            () => _client.Containers.KillContainerAsync(id, new ContainerKillParameters()));
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        await _client.Containers.RemoveContainerAsync(id, new ContainerRemoveParameters { Force = true });

        await Deadline.HoldsAsync("the event of the end", () => events.Items.Any(e => e.Action == "destroy"), () => Engine.LogTail);
        Assert.Equal(
            ["create", "destroy", "die", "die", "kill", "kill", "rename", "start", "start", "stop"],
            events.Items.Select(e => e.Action).Order(StringComparer.Ordinal));
        Assert.All(events.Items, e => Assert.Equal(id, e.Actor.ID));
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
    }

    [Fact]
    public async Task It_runs_a_second_program_in_a_container()
    {
        string id = (await CreateAsync(Name(), _sleeper, _ => { })).ID;
        Assert.True(await _client.Containers.StartContainerAsync(id, new ContainerStartParameters()));
        ContainerExecCreateResponse exec = await _client.Exec.CreateContainerExecAsync(id, new ContainerExecCreateParameters
        {
            Cmd = ["sh", "-c", "cat; echo \"$WHO\" >&2; exit 5"],
            Env = ["WHO=exec"],
            AttachStdin = true,
            AttachStdout = true,
            AttachStderr = true,
        });
        using (MultiplexedStream stream = await _client.Exec.StartContainerExecAsync(exec.ID, new ContainerExecStartParameters()))
        {
            await stream.WriteAsync("through and back\n"u8.ToArray(), 0, 17, CancellationToken.None);
            stream.CloseWrite();
            Assert.Equal(("through and back\n", "exec\n"), await stream.ReadOutputToEndAsync(CancellationToken.None));
        }

        ContainerExecInspectResponse facts = await _client.Exec.InspectContainerExecAsync(exec.ID);
        Assert.Equal((false, 5L), (facts.Running, facts.ExitCode));
    }

    [Fact]
    public async Task Volumes_live_a_life()
    {
        string name = Name();
        VolumeResponse volume = await _client.Volumes.CreateAsync(new VolumesCreateParameters { Name = name, Labels = new Dictionary<string, string> { ["of"] = name } });
        Assert.Equal((name, "local"), (volume.Name, volume.Driver));
        string id = (await CreateAsync(name, ["sh", "-c", "echo kept > /kept/file"], p => p.HostConfig!.Binds = [$"{name}:/kept"])).ID;
        Assert.True(await _client.Containers.StartContainerAsync(id, new ContainerStartParameters()));
        Assert.Equal(0, (await _client.Containers.WaitContainerAsync(id)).StatusCode);
        MountPoint mount = Assert.Single((await _client.Containers.InspectContainerAsync(id)).Mounts);
        Assert.Equal(("volume", name, "/kept"), (mount.Type, mount.Name, mount.Destination));
        DockerApiException inUse = await Assert.ThrowsAsync<DockerApiException>(() => _client.Volumes.RemoveAsync(name));
        Assert.Equal(HttpStatusCode.Conflict, inUse.StatusCode);
        await _client.Containers.RemoveContainerAsync(id, new ContainerRemoveParameters());
        VolumesListResponse listed = await _client.Volumes.ListAsync(new VolumesListParameters { Filters = Filter("label", $"of={name}") });
        Assert.Equal(name, Assert.Single(listed.Volumes).Name);
        await _client.Volumes.RemoveAsync(name);
        DockerApiException gone = await Assert.ThrowsAnyAsync<DockerApiException>(() => _client.Volumes.InspectAsync(name));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    private Task<CreateContainerResponse> CreateAsync(string name, IList<string> command, Action<CreateContainerParameters> also)
    {
        var parameters = new CreateContainerParameters { Image = App, Name = name, Cmd = command, HostConfig = new HostConfig { NetworkMode = "none" } };
        also(parameters);
        return _client.Containers.CreateContainerAsync(parameters);
    }

    private static Dictionary<string, IDictionary<string, bool>> Filter(string key, string value)
        => new() { [key] = new Dictionary<string, bool> { [value] = true } };

    /// <summary>Takes what is reported at once; <see cref="Progress{T}"/> would post it to another thread, in any order.</summary>
    private sealed class Collected<T> : IProgress<T>
    {
        private readonly ConcurrentQueue<T> _items = new();

        public T[] Items => [.. _items];

        public void Report(T value) => _items.Enqueue(value);
    }
}
