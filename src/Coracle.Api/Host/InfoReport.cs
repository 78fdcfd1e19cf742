using System.Globalization;
using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>GET /info, in the whole shape of Docker's: clients decide by single fields of it (docker-api.md §4).</summary>
internal sealed class InfoReport(HostServices host)
{
    private const string DefaultRegistryUrl = "https://index.docker.io/v1/";

    public Task<ApiResponse> HandleAsync(ApiRequest request)
        => Task.FromResult(ApiResponse.Json(json => Write(json, request.Version)));

    private void Write(Utf8JsonWriter json, ApiVersion version)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, host.Facts.Id);
        WriteCounts(json);
        WriteStorage(json);
        WriteDrivers(json);
        WriteLimits(json, version);
        WriteProcess(json);
        WriteSystem(json);
        WriteRegistries(json, version);
        WriteRuntimes(json, version);
        WriteSwarm(json);
        WriteSecurity(json);
        WriteAddressPools(json);
        WriteDeltas(json);
        WriteStrings(json, "Warnings"u8, [.. host.Facts.Warnings, .. host.NetworkWarnings()]);
        if (version.Adds(44))
        {
            WriteStrings(json, "CDISpecDirs"u8, []);
        }

        json.WriteEndObject();
    }

    private void WriteCounts(Utf8JsonWriter json)
    {
        ContainerCounts counts = host.CountContainers();
        json.WriteNumber("Containers"u8, counts.Running + counts.Paused + counts.Stopped);
        json.WriteNumber("ContainersRunning"u8, counts.Running);
        json.WriteNumber("ContainersPaused"u8, counts.Paused);
        json.WriteNumber("ContainersStopped"u8, counts.Stopped);
        json.WriteNumber("Images"u8, host.CountImages());
    }

    private void WriteStorage(Utf8JsonWriter json)
    {
        json.WriteString("Driver"u8, "overlay2");
        json.WriteStartArray("DriverStatus"u8);
        WritePair(json, "Backing Filesystem", host.Facts.BackingFilesystem);
        WritePair(json, "Supports d_type", "true");
        WritePair(json, "Using metacopy", "false");
        WritePair(json, "Native Overlay Diff", "true");
        WritePair(json, "userxattr", "false");
        json.WriteEndArray();
    }

    private static void WriteDrivers(Utf8JsonWriter json)
    {
        json.WriteStartObject("Plugins"u8);
        WriteStrings(json, "Volume"u8, ["local"]);
        WriteStrings(json, "Network"u8, NetworkNames.Drivers);
        json.WriteNull("Authorization"u8);
        WriteStrings(json, "Log"u8, ["json-file", "none"]);
        json.WriteEndObject();
    }

    private void WriteLimits(Utf8JsonWriter json, ApiVersion version)
    {
        CgroupFacts cgroups = host.Facts.Cgroups;
        json.WriteBoolean("MemoryLimit"u8, cgroups.LimitsMemory);
        json.WriteBoolean("SwapLimit"u8, cgroups.LimitsSwap);
        json.WriteBoolean("CpuCfsPeriod"u8, cgroups.HasCpuQuota);
        json.WriteBoolean("CpuCfsQuota"u8, cgroups.HasCpuQuota);
        json.WriteBoolean("CPUShares"u8, cgroups.HasCpuShares);
        json.WriteBoolean("CPUSet"u8, cgroups.HasCpuset);
        json.WriteBoolean("PidsLimit"u8, cgroups.LimitsPids);
        json.WriteBoolean("OomKillDisable"u8, cgroups.CanDisableOomKill);
        json.WriteBoolean("IPv4Forwarding"u8, host.Facts.ForwardsIpv4);
        if (version.IsBefore(50))
        {
            json.WriteBoolean("BridgeNfIptables"u8, false);
            json.WriteBoolean("BridgeNfIp6tables"u8, false);
        }

        if (version.IsBefore(42))
        {
            json.WriteBoolean("KernelMemory"u8, false);
            json.WriteBoolean("KernelMemoryTCP"u8, false);
        }
    }

    private void WriteProcess(Utf8JsonWriter json)
    {
        json.WriteBoolean("Debug"u8, host.Settings.IsDebug);
        json.WriteNumber("NFd"u8, 0);
        json.WriteNumber("NGoroutines"u8, 0);
        json.WriteString("SystemTime"u8, host.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture));
        json.WriteString("LoggingDriver"u8, host.Settings.LogDriver);
        json.WriteString("CgroupDriver"u8, host.Facts.Cgroups.Driver);
        json.WriteString("CgroupVersion"u8, host.Facts.Cgroups.Version == 2 ? "2" : "1");
        json.WriteNumber("NEventsListener"u8, host.CountListeners());
    }

    private void WriteSystem(Utf8JsonWriter json)
    {
        HostFacts facts = host.Facts;
        json.WriteString("KernelVersion"u8, facts.KernelVersion);
        json.WriteString("OperatingSystem"u8, facts.OperatingSystem);
        json.WriteString("OSVersion"u8, facts.OperatingSystemVersion);
        json.WriteString("OSType"u8, "linux");
        json.WriteString("Architecture"u8, facts.Machine);
        json.WriteNumber("NCPU"u8, facts.Processors);
        json.WriteNumber("MemTotal"u8, facts.MemoryBytes);
        json.WriteNull("GenericResources"u8);
        json.WriteString("DockerRootDir"u8, facts.DataRoot);
        json.WriteString("HttpProxy"u8, "");
        json.WriteString("HttpsProxy"u8, "");
        json.WriteString("NoProxy"u8, "");
        json.WriteString("Name"u8, facts.HostName);
        WriteStrings(json, "Labels"u8, host.Settings.Labels);
        json.WriteBoolean("ExperimentalBuild"u8, false);
        json.WriteString("ServerVersion"u8, host.Identity.ReportedVersion);
    }

    private void WriteRegistries(Utf8JsonWriter json, ApiVersion version)
    {
        // What looks like a network is one (10.0.0.0/8), the rest are names; 127.0.0.0/8 is always insecure, as with Docker.
        List<string> networks = ["::1/128", "127.0.0.0/8"];
        networks.AddRange(host.Settings.InsecureRegistries.Where(name => name.Contains('/', StringComparison.Ordinal)));
        json.WriteString("IndexServerAddress"u8, DefaultRegistryUrl);
        json.WriteStartObject("RegistryConfig"u8);
        if (version.IsBefore(49))
        {
            WriteStrings(json, "AllowNondistributableArtifactsCIDRs"u8, []);
            WriteStrings(json, "AllowNondistributableArtifactsHostnames"u8, []);
        }

        WriteStrings(json, "InsecureRegistryCIDRs"u8, networks);
        json.WriteStartObject("IndexConfigs"u8);
        WriteIndex(json, "docker.io", host.Settings.Mirrors, isSecure: true, isOfficial: true);
        foreach (string name in host.Settings.InsecureRegistries.Where(name => !name.Contains('/', StringComparison.Ordinal)))
        {
            WriteIndex(json, name, [], isSecure: false, isOfficial: false);
        }

        json.WriteEndObject();
        WriteStrings(json, "Mirrors"u8, host.Settings.Mirrors);
        json.WriteEndObject();
    }

    private static void WriteIndex(Utf8JsonWriter json, string name, IReadOnlyList<string> mirrors, bool isSecure, bool isOfficial)
    {
        json.WriteStartObject(name);
        json.WriteString("Name"u8, name);
        WriteStrings(json, "Mirrors"u8, mirrors);
        json.WriteBoolean("Secure"u8, isSecure);
        json.WriteBoolean("Official"u8, isOfficial);
        json.WriteEndObject();
    }

    /// <summary>runc by its name: callers (Nomad) look for it, and <c>--runtime runc</c> means us.</summary>
    private static void WriteRuntimes(Utf8JsonWriter json, ApiVersion version)
    {
        json.WriteStartObject("Runtimes"u8);
        foreach (string name in (string[])["io.containerd.runc.v2", "runc"])
        {
            json.WriteStartObject(name);
            json.WriteString("path"u8, "runc");
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteString("DefaultRuntime"u8, "runc");
        json.WriteBoolean("LiveRestoreEnabled"u8, true);
        json.WriteString("Isolation"u8, "");
        json.WriteString("InitBinary"u8, "coracle-init");
        foreach (string commit in (string[])["ContainerdCommit", "RuncCommit", "InitCommit"])
        {
            json.WriteStartObject(commit);
            json.WriteString("ID"u8, "");
            if (version.IsBefore(49))
            {
                json.WriteString("Expected"u8, "");
            }

            json.WriteEndObject();
        }
    }

    private static void WriteSwarm(Utf8JsonWriter json)
    {
        json.WriteStartObject("Swarm"u8);
        json.WriteString("NodeID"u8, "");
        json.WriteString("NodeAddr"u8, "");
        json.WriteString("LocalNodeState"u8, "inactive");
        json.WriteBoolean("ControlAvailable"u8, false);
        json.WriteString("Error"u8, "");
        json.WriteNull("RemoteManagers"u8);
        json.WriteEndObject();
    }

    private void WriteSecurity(Utf8JsonWriter json)
    {
        List<string> options = [];
        if (host.Facts.HasSeccomp)
        {
            options.Add("name=seccomp,profile=" + host.Settings.SeccompProfile);
        }

        if (host.Facts.Cgroups.Version == 2)
        {
            options.Add("name=cgroupns");
        }

        WriteStrings(json, "SecurityOptions"u8, options);
        json.WriteString("ProductLicense"u8, "");
    }

    private void WriteAddressPools(Utf8JsonWriter json)
    {
        if (host.Settings.AddressPools.Count == 0)
        {
            return;
        }

        json.WriteStartArray("DefaultAddressPools"u8);
        foreach (ShownAddressPool pool in host.Settings.AddressPools)
        {
            json.WriteStartObject();
            json.WriteString("Base"u8, pool.Base);
            json.WriteNumber("Size"u8, pool.Size);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Ours; Docker's clients pass over what they do not know.</summary>
    private void WriteDeltas(Utf8JsonWriter json)
    {
        json.WriteStartObject("Deltas"u8);
        json.WriteNumber("Applied"u8, host.Deltas.Applied);
        json.WriteNumber("BytesFetched"u8, host.Deltas.BytesFetched);
        json.WriteNumber("BytesSaved"u8, host.Deltas.BytesSaved);
        json.WriteNumber("FallBacks"u8, host.Deltas.Fallbacks);
        json.WriteEndObject();
    }

    private static void WritePair(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartArray();
        json.WriteStringValue(name);
        json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void WriteStrings(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
