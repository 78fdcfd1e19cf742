using System.Text.Json;
using Coracle.Core;
using Coracle.Oci;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>GET /containers/{id}/json</summary>
internal sealed class ContainerInspect(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        ContainerRecord record = container.Record;
        ContainerState state = container.State;
        RootDirectories root = await Task.Run(() => services.Parts.RootDirectoriesOf(record));
        (long Writable, long Root)? sizes = request.QueryBool("size") ? await Task.Run(() => services.Parts.SizesOf(record)) : null;
        return ApiResponse.Json(json =>
        {
            json.WriteStartObject();
            WriteIdentity(json, record, state);
            WriteFiles(json, record);
            ExecShape.WriteIds(json, services.Parts.Execs.LiveOf(container));
            json.WritePropertyName("HostConfig"u8);
            HostConfig.Table.Write(json, record.HostConfig.WithLinks(LinkNames.Shown(record, services.Parts.Containers)));
            WriteRoot(json, root, record.Id);
            if (sizes is (long writable, long whole))
            {
                json.WriteNumber("SizeRw"u8, writable);
                json.WriteNumber("SizeRootFs"u8, whole);
            }

            MountsShape.Write(json, services.Parts.MountsOf(record));
            json.WritePropertyName("Config"u8);
            ContainerConfig.Table.Write(json, record.Config.WithMacAddress(MainMacAddress(record)));
            NetworkSettingsShape.WriteSettings(json, record, request.Version);
            json.WriteEndObject();
        });
    }

    private static string MainMacAddress(ContainerRecord record)
        => record.Networks.FirstOrDefault(membership => membership.Network == record.HostConfig.NetworkMode)?.Wish.MacAddress ?? "";

    private static void WriteIdentity(Utf8JsonWriter json, ContainerRecord record, ContainerState state)
    {
        json.WriteString("Id"u8, record.Id);
        json.WriteString("Created"u8, Timestamp.Format(record.Created));
        IReadOnlyList<string> command = record.CommandLine;
        json.WriteString("Path"u8, command[0]);
        json.WriteStartArray("Args"u8);
        foreach (string argument in command.Where((_, i) => i > 0))
        {
            json.WriteStringValue(argument);
        }

        json.WriteEndArray();
        WriteState(json, state);
        json.WriteString("Image"u8, record.ImageId.ToString());
    }

    private static void WriteState(Utf8JsonWriter json, ContainerState state)
    {
        json.WriteStartObject("State"u8);
        json.WriteString("Status"u8, state.Status);
        json.WriteBoolean("Running"u8, state.Phase is ContainerPhase.Running or ContainerPhase.Paused or ContainerPhase.Restarting);
        json.WriteBoolean("Paused"u8, state.Phase == ContainerPhase.Paused);
        json.WriteBoolean("Restarting"u8, state.Phase == ContainerPhase.Restarting);
        json.WriteBoolean("OOMKilled"u8, state.OomKilled);
        json.WriteBoolean("Dead"u8, state.RemovalFailed);
        json.WriteNumber("Pid"u8, state.Pid);
        json.WriteNumber("ExitCode"u8, state.ExitCode);
        json.WriteString("Error"u8, state.Error);
        json.WriteString("StartedAt"u8, Timestamp.Format(state.StartedAt));
        json.WriteString("FinishedAt"u8, Timestamp.Format(state.FinishedAt));
        json.WriteEndObject();
    }

    private void WriteFiles(Utf8JsonWriter json, ContainerRecord record)
    {
        // Docker shows no path for files that were never made, and whoever shares a network has its owner's.
        bool made = record.StartedAt is not null;
        ContainerRecord? network = made ? services.Parts.NetworkOwnerOf(record) : null;
        json.WriteString("ResolvConfPath"u8, network is null ? "" : Path(network, "resolv.conf"));
        json.WriteString("HostnamePath"u8, network is null ? "" : Path(network, "hostname"));
        json.WriteString("HostsPath"u8, network is null ? "" : Path(network, "hosts"));
        json.WriteString("LogPath"u8, made && record.HostConfig.LogConfig.Type != "none" ? Path(record, record.LogFileName) : "");
        json.WriteString("Name"u8, "/" + record.Name);
        json.WriteNumber("RestartCount"u8, record.RestartCount);
        json.WriteString("Driver"u8, "overlay2"u8);
        json.WriteString("Platform"u8, "linux"u8);
        json.WriteString("MountLabel"u8, ""u8);
        json.WriteString("ProcessLabel"u8, ""u8);
        json.WriteString("AppArmorProfile"u8, ""u8);
    }

    private string Path(ContainerRecord record, string file) => services.Parts.Launch.PathOf(record, file);

    private static void WriteRoot(Utf8JsonWriter json, RootDirectories root, string id)
    {
        json.WriteStartObject("GraphDriver"u8);
        json.WriteStartObject("Data"u8);
        json.WriteString("ID"u8, id);
        json.WriteString("LowerDir"u8, string.Join(':', root.Lower));
        json.WriteString("MergedDir"u8, ""u8); // mounted in the monitor's namespace only: the host has no path for it
        json.WriteString("UpperDir"u8, root.Upper);
        json.WriteString("WorkDir"u8, root.Work);
        json.WriteEndObject();
        json.WriteString("Name"u8, "overlay2"u8);
        json.WriteEndObject();
    }
}
