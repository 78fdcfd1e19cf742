using Coracle.Core;
using Coracle.Dns;
using Coracle.Linux;
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
        Put(corpus, "delta", "seed-small", DeltaTargets.Seed());
        Put(corpus, "delta-inside", "seed-small", DeltaTargets.SeedInside());
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
        Keeper(corpus);
        Put(corpus, "records", "seed-container", ContainerRecordCodec.Encode(Container(launch.ContainerId)).Span);
        Put(corpus, "records", "seed-volume", VolumeRecordJson.ToJson(new VolumeRecord("v", DateTimeOffset.UnixEpoch, new Dictionary<string, string> { ["a"] = "b" }, null, "")));
        Put(corpus, "records", "seed-blobs", KnownBlobs.ToJson([new KnownBlob(Digest.Of("x"u8), 1, "t", "r")]));
    }

    private static void Keeper(string corpus)
    {
        foreach ((string name, DnsRecordType type) in new[] { ("db", DnsRecordType.A), ("a.b.net", DnsRecordType.Aaaa), ("1.0.0.10.in-addr.arpa", DnsRecordType.Ptr), ("www.example.com", DnsRecordType.A) })
        {
            byte[] question = new byte[DnsQuery.MaxLength];
            int length = DnsQuery.Write(question, 0x1234, name, type, extended: type == DnsRecordType.A);
            Put(corpus, "name-question", "seed-" + name, question.AsSpan(0, length));
        }

        byte[] answer = new byte[DnsQuery.MaxLength];
        int end = DnsQuery.Write(answer, 0x1234, "registry.example.com", DnsRecordType.A, extended: true);
        (answer[2], answer[3]) = (0x81, 0x80);
        Put(corpus, "forwarded-answer", "seed-answer", answer.AsSpan(0, end));
        Put(corpus, "name-table", "seed-table", KeeperTargets.SeedTable());
        PortHold port = new(TransportProtocol.Tcp, InternetEndpoint.From([127, 0, 0, 1], 80), InternetEndpoint.From(new byte[16], 8080));
        Put(corpus, "keeper-request", "seed-port", Request(KeeperOperation.Hold, port.Encode));
        Put(corpus, "keeper-request", "seed-serve", Request(KeeperOperation.Serve, new ResolverSettings(["n"], OutsideNames.Forwarded, [port.At]).Encode));
        Runtime.RecordWriter page = new();
        page.Flag(false);
        page.Flag(false);
        page.Byte((byte)KeeperItem.Port);
        page.Text("c");
        port.Encode(page);
        page.Byte((byte)KeeperItem.End);
        page.Int32(-1);
        Put(corpus, "keeper-answer", "seed-page", page.Written);
    }

    private static byte[] Request(KeeperOperation operation, Action<Runtime.RecordWriter> write)
    {
        Runtime.RecordWriter payload = new();
        write(payload);
        byte[] message = new byte[KeeperProtocol.HeaderLength + payload.Written.Length];
        KeeperProtocol.WriteHeader(message, payload.Written.Length, operation, KeeperAnswer.Done, 1);
        payload.Written.CopyTo(message.AsSpan(KeeperProtocol.HeaderLength));
        return message;
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
