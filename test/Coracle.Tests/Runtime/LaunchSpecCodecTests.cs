using Coracle.Runtime;
using CsCheck;

namespace Coracle.Tests.Runtime;

public sealed class LaunchSpecCodecTests
{
    private static readonly Gen<string> _texts = Gen.String;

    private static readonly Gen<string[]> _lists = _texts.Array[0, 4];

    private static readonly Gen<long?> _numbers = Gen.Select(Gen.Bool, Gen.Long, (present, value) => present ? value : (long?)null);

    private static readonly Gen<ProcessSpec> _processes = Gen.Select(
        _lists, _lists, _texts, Gen.ULong, Gen.Byte.Array[0, 64], Gen.Int, Gen.Bool,
        (arguments, environment, text, number, filter, small, flag) => new ProcessSpec
        {
            Arguments = arguments,
            Environment = environment,
            WorkingDirectory = text,
            User = text,
            GroupAdd = arguments,
            Capabilities = number,
            SeccompFilter = filter,
            NoNewPrivileges = flag,
            OomScoreAdjust = small,
            Limits = [new ResourceLimit(small, number, ulong.MaxValue)],
            Umask = small,
        });

    private static readonly Gen<IsolationSpec> _isolations = Gen.Select(
        _lists, _texts, Gen.Enum<NamespaceMode>(), Gen.Long, Gen.Bool, Gen.UInt,
        (paths, text, mode, number, flag, id) => new IsolationSpec
        {
            Network = new NamespaceChoice(mode, text),
            Pid = new NamespaceChoice(mode, text),
            Cgroup = new NamespaceChoice(NamespaceMode.Host),
            Hostname = text,
            MaskedPaths = paths,
            ReadonlyPaths = paths,
            Devices = [new DeviceNode(text, 'c', id, id, 511, id, 0)],
            ShmSize = number,
            Privileged = flag,
            Sysctls = [new KeyValuePair<string, string>(text, text)],
        });

    private static readonly Gen<ResourceSpec> _resources = _texts.Select(text => new ResourceSpec { CgroupPath = text });

    private static readonly Gen<LaunchSpec> _specs = Gen.Select(
        _processes, _isolations, _resources, _lists, _texts, Gen.Bool,
        (process, isolation, resources, paths, text, flag) => new LaunchSpec
        {
            ContainerId = text,
            Root = new RootFilesystem(paths, text, text, flag, !flag),
            Binds = [.. paths.Select(path => new BindMount(path, text, flag, !flag)
            {
                Propagation = flag ? MountPropagation.Shared : MountPropagation.Slave,
                Reach = flag ? ReadOnlyReach.Everything : ReadOnlyReach.Itself,
                Subpath = text,
            })],
            Tmpfs = [.. paths.Select(path => new TmpfsMount(path, text))],
            Process = process,
            Isolation = isolation,
            Resources = resources,
            Stdio = new StdioSpec(flag, !flag, flag),
            Log = new LogSpec(text, 5, 2),
        });

    [Fact]
    public void Every_exec_comes_back_as_it_was()
        => Gen.Select(_texts, _processes, Gen.Bool, Gen.UShort, (text, process, flag, number) => new ExecSpec
        {
            ContainerId = text,
            Process = process,
            Tty = flag,
            Stdin = !flag,
            Stdout = flag,
            Stderr = !flag,
            Rows = number,
            Columns = ushort.MaxValue - number,
        }).Sample(spec =>
        {
            ReadOnlySpan<byte> bytes = ExecSpecCodec.Encode(spec);
            return bytes.SequenceEqual(ExecSpecCodec.Encode(ExecSpecCodec.Decode(bytes)));
        });

    [Fact]
    public void A_damaged_exec_is_refused_and_nothing_else()
        => Gen.Select(_processes, Gen.Int, Gen.Byte).Sample((process, place, value) =>
        {
            byte[] bytes = ExecSpecCodec.Encode(new ExecSpec { ContainerId = "1", Process = process }).ToArray();
            bytes[(int)((uint)place % (uint)bytes.Length)] = value;
            try
            {
                ExecSpecCodec.Decode(bytes);
            }
            catch (InvalidDataException)
            {
                // the one thing it may throw
            }
        });

    [Fact]
    public void What_is_decoded_says_the_same_bytes_again()
        => _specs.Sample(spec =>
        {
            byte[] bytes = LaunchSpecCodec.Encode(spec).ToArray();
            return LaunchSpecCodec.Encode(LaunchSpecCodec.Decode(bytes)).SequenceEqual(bytes);
        });

    /// <summary>An engine cleans up after the monitors of the one before it.</summary>
    [Fact]
    public void Fields_come_back_in_their_places()
    {
        LaunchSpec spec = LaunchSpecCodec.Decode(LaunchSpecCodec.Encode(Example()));
        Assert.Equal("id", spec.ContainerId);
        Assert.Equal(["/low2", "/low1"], spec.Root.LowerDirectories);
        Assert.Equal(("/up", "/work", true, false), (spec.Root.UpperDirectory, spec.Root.WorkDirectory, spec.Root.Volatile, spec.Root.ReadOnly));
        Assert.Equal(("/from", "/to", true, false), (spec.Binds[0].Source, spec.Binds[0].Target, spec.Binds[0].ReadOnly, spec.Binds[0].Recursive));
        Assert.Equal((MountPropagation.Slave, ReadOnlyReach.Everything, "a/b"), (spec.Binds[0].Propagation, spec.Binds[0].Reach, spec.Binds[0].Subpath));
        Assert.Equal(["sh", "-c", "ü"], spec.Process.Arguments);
        Assert.Equal([1, 2, 3], spec.Process.SeccompFilter);
        Assert.Equal(new NamespaceChoice(NamespaceMode.Join, "/proc/7/ns/net"), spec.Isolation.Network);
        Assert.Equal(7UL << 33, spec.Process.Capabilities);
        Assert.Equal("docker/id", spec.Resources.CgroupPath);
        Assert.Null(spec.Resources.MemorySwapBytes); // the engine's to apply
        Assert.Equal((false, true, true), (spec.Stdio.Tty, spec.Stdio.OpenStdin, spec.Stdio.StdinOnce));
        Assert.Equal(("/log", 10L, 3), (spec.Log.Path, spec.Log.MaxBytes, spec.Log.MaxFiles));
    }

    [Fact]
    public void A_record_of_the_first_version_is_read_with_todays_defaults()
    {
        const int DetailsOfOneBind = 1 + 1 + 4; // two words and an empty text: what version 2 put at the end
        const int InitAndSharedMemory = 1 + 4;
        byte[] first = OfVersion2()[..^(DetailsOfOneBind + InitAndSharedMemory)];
        first[4] = 1;
        LaunchSpec read = LaunchSpecCodec.Decode(first);
        BindMount bind = Assert.Single(read.Binds);
        Assert.Equal((MountPropagation.Private, ReadOnlyReach.AsFarAsPossible, ""), (bind.Propagation, bind.Reach, bind.Subpath));
        Assert.Equal((false, "", "id"), (read.Init, read.SharedMemoryOf, read.ContainerId));
    }

    [Fact]
    public void A_record_of_the_second_version_is_read_over_its_limits()
    {
        LaunchSpec read = LaunchSpecCodec.Decode(OfVersion2());
        Assert.Equal(("docker/id", "/log", true), (read.Resources.CgroupPath, read.Log.Path, read.Init));
        Assert.Null(read.Resources.CpuShares); // they were applied when it was made
    }

    /// <summary>As the engine wrote it that had the monitor apply the limits.</summary>
    private static byte[] OfVersion2()
    {
        LaunchSpec example = Example() with { Binds = [new BindMount("/from", "/to", ReadOnly: true)], Init = true, SharedMemoryOf = "" };
        byte[] bytes = LaunchSpecCodec.Encode(example).ToArray();
        byte[] path = [9, 0, 0, 0, .. "docker/id"u8];
        int end = bytes.AsSpan().IndexOf(path) + path.Length;
        var limits = new RecordWriter();
        limits.Int64OrNull(64 << 20);
        limits.Int64OrNull(null);
        limits.Int64OrNull(-1);
        limits.UInt64OrNull(512);
        limits.UInt64OrNull(null);
        limits.Int64OrNull(25_000);
        limits.Text("0-1");
        limits.Text("");
        limits.Int64OrNull(20);
        limits.Flag(true);
        limits.Texts(["c 1:3 rwm", "b *:* m"]);
        byte[] second = [.. bytes.AsSpan(0, end), .. limits.Written, .. bytes.AsSpan(end)];
        second[4] = 2;
        return second;
    }

    [Fact]
    public void A_record_that_is_cut_anywhere_is_refused()
    {
        byte[] bytes = LaunchSpecCodec.Encode(Example()).ToArray();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => LaunchSpecCodec.Decode(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Bytes_that_are_no_record_never_do_worse_than_be_refused()
        => Gen.Select(Gen.Int[0, 400], Gen.Byte, (at, value) => (at, value)).Sample(damage =>
        {
            byte[] bytes = LaunchSpecCodec.Encode(Example()).ToArray();
            bytes[damage.at % bytes.Length] = damage.value;
            try
            {
                LaunchSpecCodec.Decode(bytes);
            }
            catch (InvalidDataException)
            {
            }
        });

    internal static LaunchSpec Example() => new()
    {
        ContainerId = "id",
        Root = new RootFilesystem(["/low2", "/low1"], "/up", "/work", Volatile: true, ReadOnly: false),
        Binds = [new BindMount("/from", "/to", ReadOnly: true, Recursive: false)
        {
            Propagation = MountPropagation.Slave,
            Reach = ReadOnlyReach.Everything,
            Subpath = "a/b",
        }],
        Process = new ProcessSpec { Arguments = ["sh", "-c", "ü"], Environment = ["A=b"], WorkingDirectory = "/", SeccompFilter = [1, 2, 3], Capabilities = 7UL << 33 },
        Isolation = new IsolationSpec { Network = new NamespaceChoice(NamespaceMode.Join, "/proc/7/ns/net") },
        Resources = new ResourceSpec { CgroupPath = "docker/id", MemorySwapBytes = -1 },
        Stdio = new StdioSpec(Tty: false, OpenStdin: true, StdinOnce: true),
        Log = new LogSpec("/log", 10, 3),
    };
}
