using System.Buffers;
using System.Text;
using System.Text.Json;
using Coracle.Api;
using Coracle.Core;
using Coracle.Linux;
using Coracle.Storage;
using Coracle.Wire;

namespace Coracle.Fuzz;

/// <summary>Bodies and parameters of the API in JSON, from the bytes to the checks before anything is done.</summary>
internal static class ApiJsonTargets
{
    /// <summary>A machine that can limit everything: every check has its turn.</summary>
    private static readonly CgroupFacts _cgroups = new(1, CgroupFacts.Cgroupfs)
    {
        LimitsMemory = true,
        LimitsSwap = true,
        ReservesMemory = true,
        HasSwappiness = true,
        CanDisableOomKill = true,
        HasCpuShares = true,
        HasCpuQuota = true,
        HasRealtime = true,
        HasCpuset = true,
        Processors = "0-3,5",
        MemoryNodes = "0",
        LimitsPids = true,
        ConfinesDevices = true,
    };

    private static readonly LaunchPreparation _launch = new(
        new LaunchSettings("/nowhere", _cgroups, "/docker", "host", SeccompFilters.Builtin(KernelVersion.Parse("6.1.0"), CpuArchitecture.X64), false), null!, null!);

    public static void ContainerCreate(ReadOnlySpan<byte> input)
    {
        using JsonDocument document = JsonBody.Parse(input.ToArray());
        JsonReading reading = new();
        ContainerCreateRequest request = ContainerCreateRequest.Read(document.RootElement, reading);
        Promise.Holds(reading.Unknown.Count <= 16, "the list of unknown names is bounded");
        if (reading.Problem is not null)
        {
            return;
        }

        CheckRoundTrip(ContainerConfig.Table, request.Config);
        CheckRoundTrip(HostConfig.Table, request.HostConfig);
        MountGates.Apply(request.HostConfig, ApiVersion.TryParse("1.41")!.Value);
        CheckNetworks(request);
        _ = ResourceChecks.Verify(request.HostConfig, _cgroups);
        _launch.Check(request.Config, request.HostConfig);
    }

    private static void CheckNetworks(ContainerCreateRequest request)
    {
        NetworkGates.Apply(request, ApiVersion.Unversioned);
        NetworkRules.Check(request.Config, request.HostConfig, request.Endpoints);
        IReadOnlyList<PortWish> wishes = PortWish.Of(request.Config, request.HostConfig);
        Promise.Holds(wishes.All(wish => wish.First <= wish.Last && wish.Port.Number > 0), "a wish is for ports that there are");
        IReadOnlyList<NetworkMembership> networks = NetworkMembership.Of(request.Config, request.HostConfig, request.Endpoints);
        Promise.Holds(networks.DistinctBy(membership => membership.Network).Count() == networks.Count, "a network is joined once");
        _ = ResolvConf.Parse("", ResolvConf.OfHost).Override(request.HostConfig).FitNameServer(withIPv6: false).ToString();
        _ = ContainerLink.Of(request.HostConfig, name => throw new EngineException(Refusal.NotFound, name));
    }

    public static void Exec(ReadOnlySpan<byte> input)
    {
        using JsonDocument document = JsonBody.Parse(input.ToArray());
        ExecCreateRequest? create = ExecCreateRequest.Table.Read(document.RootElement, new JsonReading());
        if (create is { DetachKeys.Length: > 0 })
        {
            DetachKeys.Parse(create.DetachKeys);
        }

        _ = ExecShape.Size(ExecStartRequest.Table.Read(document.RootElement, new JsonReading())?.ConsoleSize ?? default);
    }

    public static void Volume(ReadOnlySpan<byte> input)
    {
        using JsonDocument document = JsonBody.Parse(input.ToArray());
        _ = VolumeCreateRequest.Table.Read(document.RootElement, new JsonReading());
    }

    public static void ListFilters(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        Filters filters = Filters.Parse(text, "label", "until", "name", "dangling", "expose", "publish");
        DateTimeOffset now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        _ = filters.LabelsMatch("label", new Dictionary<string, string> { ["a"] = "b" });
        _ = GlobPattern.IsMatch(filters.Of("name") is [string name, ..] ? name : "", "docker.io/library/busybox");
        _ = PortRanges.Parse(filters, "expose").Has(80, PortProtocol.Tcp) | PortRanges.Parse(filters, "publish").Has(8080, PortProtocol.Udp);
        _ = UntilTime.Of(filters, now);
        _ = filters.Flag("dangling");
    }

    /// <summary>Values of the query that have a syntax of their own.</summary>
    public static void QueryValues(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        Quietly(() => LogTime.Parse(text));
        Quietly(() => Signal.Parse(text));
        Quietly(() => PlatformParameter.Parse(text));
        Quietly(() => DetachKeys.Parse(text));
        Quietly(() => ContainerName.Parse(text));
        Quietly(() => ImageTagging.ParseName(text, "latest"));
        Quietly(() => ConfigChanges.Apply(new Oci.RunDefaults(), [text]));
        Quietly(() => PsArguments.Parse(text));
        Quietly(() => PortGrammar.ParsePort(text));
        Quietly(() => PortGrammar.ParseHostAddress(text));
        Quietly(() => ContainerLink.Parse(text));
        _ = PortGrammar.TryParseExposed(text, out _, out _);
        _ = EphemeralPorts.Parse(text, text);
        _ = Coracle.Networking.EndpointMac.TryParse(text, out _);
        _ = ResolvConf.Parse(text, ResolvConf.SourceFor(text, hasNameServer: false)).FitWithoutNameServer(withIPv6: true).ToString();
        _ = ApiVersion.TryParse(text);
        _ = GoDuration.TryParse(text, out _);
        _ = RouteTable.SplitVersion(text);
        _ = LogTime.ParseLine(input);
    }

    /// <summary>Our own files: a disk may have lost half of one.</summary>
    public static void Records(ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        _ = KnownBlobs.Parse(bytes);
        Quietly(() => VolumeRecordJson.Parse(bytes));
        Quietly(() => ImageRecordJson.ParseRecord(bytes));
        Quietly(() => ImageRecordJson.ParseNames(bytes));
        ContainerRecord record = ContainerRecordCodec.Decode(bytes);
        ReadOnlyMemory<byte> once = ContainerRecordCodec.Encode(record);
        Promise.Same(ContainerRecordCodec.Encode(ContainerRecordCodec.Decode(once)).Span, once.Span, "a record that is written is read as it was");
    }

    private static void CheckRoundTrip<T>(JsonTable<T> table, T value)
        where T : class
    {
        byte[] once = Write(table, value);
        using JsonDocument document = JsonDocument.Parse(once);
        T again = table.Read(document.RootElement, new JsonReading())!;
        Promise.Same(Write(table, again), once, $"{table.Name}: what is written is read as it was");
    }

    private static byte[] Write<T>(JsonTable<T> table, T value)
        where T : class
    {
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter writer = new(buffer);
        table.Write(writer, value);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Quietly(Action parse)
    {
        try
        {
            parse();
        }
        catch (Exception e) when (e is EngineException or FormatException)
        {
            // Refused: the next parser has its turn.
        }
    }
}
