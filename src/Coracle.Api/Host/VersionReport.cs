using System.Text.Json;

namespace Coracle.Api;

/// <summary>GET /version</summary>
internal sealed class VersionReport(HostServices host)
{
    private const string EngineName = "Coracle";

    public Task<ApiResponse> HandleAsync(ApiRequest request) => Task.FromResult(ApiResponse.Json(Write));

    private void Write(Utf8JsonWriter json)
    {
        ApiIdentity identity = host.Identity;
        json.WriteStartObject();
        json.WriteStartObject("Platform"u8);
        json.WriteString("Name"u8, EngineName);
        json.WriteEndObject();
        json.WriteStartArray("Components"u8);
        WriteComponent(json, "Engine", identity.ReportedVersion);
        WriteComponent(json, EngineName, identity.OwnVersion);
        json.WriteEndArray();
        json.WriteString("Version"u8, identity.ReportedVersion);
        WriteBuild(json);
        if (identity.CalledAsBalena)
        {
            json.WriteString("Engine"u8, "balena-engine");
        }

        json.WriteEndObject();
    }

    private void WriteComponent(Utf8JsonWriter json, string name, string version)
    {
        json.WriteStartObject();
        json.WriteString("Name"u8, name);
        json.WriteString("Version"u8, version);
        json.WriteStartObject("Details"u8);
        WriteBuild(json);
        json.WriteString("Experimental"u8, "false");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The fields that the report has at its top and again in each component.</summary>
    private void WriteBuild(Utf8JsonWriter json)
    {
        json.WriteString("ApiVersion"u8, ApiVersion.NewestText);
        json.WriteString("MinAPIVersion"u8, ApiVersion.OldestText);
        json.WriteString("GitCommit"u8, "");
        json.WriteString("GoVersion"u8, "none: .NET " + Environment.Version); // the CLI prints it; it has no field for others
        json.WriteString("Os"u8, "linux");
        json.WriteString("Arch"u8, host.Facts.Architecture);
        json.WriteString("KernelVersion"u8, host.Facts.KernelVersion);
        json.WriteString("BuildTime"u8, "");
    }
}
