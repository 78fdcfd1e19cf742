using Coracle.Core;
using Coracle.Oci;
using Coracle.Runtime;
using Coracle.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Fuzz;

/// <summary>Seeds for the formats that only our own code writes.</summary>
internal static class OwnSeeds
{
    /// <param name="tarFile">Of a layer whose record is wanted.</param>
    public static void Write(string corpus, string tarFile)
    {
        Put(corpus, "record", "seed-layer", Record(tarFile));
        ProcessSpec process = new() { Arguments = ["sh", "-c", "true"], Environment = ["A=b"], WorkingDirectory = "/", User = "u:g", GroupAdd = ["w"], SeccompFilter = [1, 2], Limits = [new ResourceLimit(7, 1, 2)] };
        LaunchSpec launch = new()
        {
            ContainerId = new string('a', 64),
            Root = new RootFilesystem(["/l1", "/l2"], "/u", "/w", false, true),
            Binds = [new BindMount("/a", "/b", ReadOnly: true)],
            Tmpfs = [],
            Process = process,
            Isolation = new IsolationSpec { Hostname = "h", MaskedPaths = ["/proc/kcore"], ReadonlyPaths = [], Devices = [new DeviceNode("/dev/null", 'c', 1, 3, 438, 0, 0)], Sysctls = [new("net.a", "1")] },
            Resources = new ResourceSpec { CgroupPath = "/c", MemoryBytes = 1 << 20, DeviceRules = ["c 1:3 rwm"] },
            Stdio = new StdioSpec(true, true, false),
            Log = new LogSpec("/log", 1, 2),
            Init = true,
        };
        Put(corpus, "launch-spec", "seed-launch", LaunchSpecCodec.Encode(launch));
        Put(corpus, "exec-spec", "seed-exec", ExecSpecCodec.Encode(new ExecSpec { ContainerId = launch.ContainerId, Process = process, Tty = true, Stdout = true, Rows = 24, Columns = 80 }));
        Runtime.RecordWriter exit = new();
        new ExitFacts(137, 1_700_000_000_000_000_000, true, false, "gone").Encode(exit);
        Put(corpus, "exit-record", "seed-exit", exit.Written);
        Put(corpus, "monitor-answer", "seed-exit", [.. MonitorConnection.Request(MonitorOperation.Wait, 3, exit.Written)]);
        byte[] hello = [.. "CMON"u8, 1, 0, 2, 0];
        Put(corpus, "monitor-request", "seed-requests", [
            .. hello, .. MonitorConnection.Request(MonitorOperation.State, 1, []), .. MonitorConnection.Request(MonitorOperation.Signal, 2, [9, 0, 0, 0]),
            .. MonitorConnection.Request(MonitorOperation.Attach, 3, [7])]);
        Put(corpus, "records", "seed-container", ContainerRecordCodec.Encode(Container(launch.ContainerId)).Span);
        Put(corpus, "records", "seed-volume", VolumeRecordJson.ToJson(new VolumeRecord("v", DateTimeOffset.UnixEpoch, new Dictionary<string, string> { ["a"] = "b" }, null, "")));
        Put(corpus, "records", "seed-blobs", KnownBlobs.ToJson([new KnownBlob(Digest.Of("x"u8), 1, "t", "r")]));
    }

    private static ContainerRecord Container(string id) => new()
    {
        Id = id,
        Name = "web",
        Created = DateTimeOffset.UnixEpoch,
        ImageId = Digest.Of("x"u8),
        Layers = [new DiffId(Digest.Of("y"u8))],
        Config = new() { Image = "busybox", Env = ["A=b"] },
        HostConfig = new() { Binds = ["/a:/b"] },
        Mounts = MountRequests.Parse(new() { Binds = ["/a:/b"] }),
    };

    private static byte[] Record(string tarFile)
    {
        string root = Directory.CreateTempSubdirectory("coracle-fuzz-seeds-").FullName;
        using (Store store = Store.Open(new StorageOptions(root), TimeProvider.System, NullLogger.Instance))
        {
            using FileStream tar = File.OpenRead(tarFile);
            using StagedLayer layer = store.Layers.Apply(tar, LayerCompression.None, expected: null, tarBytes: null, default);
            store.Layers.Commit([layer]);
        }

        byte[] record = File.ReadAllBytes(Directory.GetFiles(root, "record", SearchOption.AllDirectories).Single());
        Directory.Delete(root, recursive: true);
        return record;
    }

    private static void Put(string corpus, string target, string name, ReadOnlySpan<byte> bytes)
    {
        string directory = Directory.CreateDirectory(Path.Combine(corpus, target)).FullName;
        File.WriteAllBytes(Path.Combine(directory, name), bytes.ToArray());
    }
}
