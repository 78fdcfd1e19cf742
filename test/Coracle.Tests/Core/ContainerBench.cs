using Coracle.Core;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Runtime;
using Coracle.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Core;

/// <summary>A container store on a directory of its own, over <see cref="FakeRuntime"/>: what a test of containers stands on.</summary>
internal sealed class ContainerBench : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _root = Path.Combine(Path.GetTempPath(), "coracle-containers-" + Guid.NewGuid().ToString("N"));

    private readonly bool _ownsRoot = true;

    private readonly DirectoryHandle _containers;

    private readonly DirectoryHandle _transient;

    public ContainerBench(ContainerBench? before = null)
    {
        if (before is not null)
        {
            _root = before._root;
            _ownsRoot = false;
            Runtime = before.Runtime;
        }
        else
        {
            Runtime = new FakeRuntime(Time);
        }

        _containers = DirectoryHandle.CreateAndOpen(_root + "/containers");
        _transient = DirectoryHandle.CreateAndOpen(_root + "/records");
        Records = new ContainerRecords(_containers, _transient, NullLogger.Instance);
        Events = new EventStream(Time);
        Environment = new ContainerEnvironment(Runtime, Records, Prepare, Events, Time, NullLogger.Instance) { PrepareExec = PrepareExec };
        Store = new ContainerStore(Environment);
    }

    public TimeProvider Time { get; } = TimeProvider.System;

    public FakeRuntime Runtime { get; }

    public ContainerRecords Records { get; }

    public EventStream Events { get; }

    public ContainerEnvironment Environment { get; }

    public ContainerStore Store { get; }

    public Container Create(string name = "boat", bool autoRemove = false, string policy = "no", int retries = 0, string stopSignal = "", long? stopTimeout = null)
    {
        ContainerRecord record = new()
        {
            Id = ContainerId.Create(),
            Name = name,
            Created = Time.GetUtcNow(),
            ImageId = Digest.Of([]),
            Layers = [],
            Config = new ContainerConfig { Image = "busybox", Cmd = ["true"], StopSignal = stopSignal, StopTimeout = stopTimeout },
            HostConfig = new HostConfig { AutoRemove = autoRemove, RestartPolicy = new RestartPolicyConfig { Name = policy, MaximumRetryCount = retries } },
        };
        Store.ReserveName(name, record.Id);
        Records.Add(record);
        return Store.Add(record);
    }

    public async Task<Container> StartedAsync(string name = "boat", bool autoRemove = false, string policy = "no", int retries = 0)
    {
        Container container = Create(name, autoRemove, policy, retries);
        await container.StartAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        return container;
    }

    public FakeTask TaskOf(Container container) => Runtime.Tasks[container.Id];

    public static Task<ContainerState> PhaseAsync(Container container, ContainerPhase phase)
        => container.WhenAsync(state => state.Phase == phase, TestContext.Current.CancellationToken).WaitAsync(Patience);

    public IReadOnlyList<string> Actions() => [.. Events.Subscribe().Past.Select(happened => happened.Action)];

    private static ExecSpec PrepareExec(ContainerRecord record, ExecConfig exec) => new()
    {
        ContainerId = record.Id,
        Process = new ProcessSpec { Arguments = exec.Command, Environment = [], WorkingDirectory = "/" },
        Tty = exec.Tty,
    };

    private static LaunchSpec Prepare(ContainerRecord record) => new()
    {
        ContainerId = record.Id,
        Root = new RootFilesystem([], "", "", false, false),
        Process = new ProcessSpec { Arguments = ["true"], Environment = [], WorkingDirectory = "/" },
        Isolation = new IsolationSpec(),
        Resources = new ResourceSpec { CgroupPath = "x" },
        Stdio = new StdioSpec(false, false, false),
        Log = new LogSpec("", 0, 0),
    };

    /// <summary>The engine ends as it should: what was only remembered is saved.</summary>
    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _containers.Dispose();
        _transient.Dispose();
        if (_ownsRoot && Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }
}
