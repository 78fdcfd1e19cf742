using System.Text.Json;

namespace Coracle.Oci;

/// <summary>
/// The <c>config</c> object of an image's config: how its containers run where their creator says nothing. A list that is null
/// was not set; one that is empty was set to nothing.
/// </summary>
public sealed record RunDefaults
{
    public string Hostname { get; init; } = "";

    public string Domainname { get; init; } = "";

    public string User { get; init; } = "";

    /// <summary><c>80/tcp</c></summary>
    public IReadOnlyList<string>? ExposedPorts { get; init; }

    /// <summary><c>NAME=value</c></summary>
    public IReadOnlyList<string>? Env { get; init; }

    public IReadOnlyList<string>? Entrypoint { get; init; }

    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>Paths in the container that become anonymous volumes.</summary>
    public IReadOnlyList<string>? Volumes { get; init; }

    public string WorkingDir { get; init; } = "";

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public string StopSignal { get; init; } = "";

    /// <summary>Seconds, Docker's addition.</summary>
    public int? StopTimeout { get; init; }

    public HealthcheckDefaults? Healthcheck { get; init; }

    public IReadOnlyList<string>? Shell { get; init; }

    public IReadOnlyList<string>? OnBuild { get; init; }

    public bool ArgsEscaped { get; init; }

    internal static RunDefaults Read(JsonElement element) => new()
    {
        Hostname = element.Text("Hostname") ?? "",
        Domainname = element.Text("Domainname") ?? "",
        User = element.Text("User") ?? "",
        ExposedPorts = element.KeySet("ExposedPorts"),
        Env = element.Texts("Env"),
        Entrypoint = element.Texts("Entrypoint"),
        Cmd = element.Texts("Cmd"),
        Volumes = element.KeySet("Volumes"),
        WorkingDir = element.Text("WorkingDir") ?? "",
        Labels = element.TextMap("Labels"),
        StopSignal = element.Text("StopSignal") ?? "",
        StopTimeout = (int?)element.Number("StopTimeout"),
        Healthcheck = element.ObjectChild("Healthcheck") is { } check ? HealthcheckDefaults.Read(check) : null,
        Shell = element.Texts("Shell"),
        OnBuild = element.Texts("OnBuild"),
        ArgsEscaped = element.Flag("ArgsEscaped"),
    };

    /// <summary>Only what is set: the shape that OCI tools write, and image inspect from API 1.50.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteTextUnlessEmpty("Hostname", Hostname);
        json.WriteTextUnlessEmpty("Domainname", Domainname);
        json.WriteTextUnlessEmpty("User", User);
        json.WriteKeySetUnlessNull("ExposedPorts", ExposedPorts);
        json.WriteTextsUnlessNull("Env", Env);
        json.WriteTextsUnlessNull("Entrypoint", Entrypoint);
        json.WriteTextsUnlessNull("Cmd", Cmd);
        json.WriteKeySetUnlessNull("Volumes", Volumes);
        json.WriteTextUnlessEmpty("WorkingDir", WorkingDir);
        if (Labels is not null)
        {
            json.WriteTextMap("Labels", Labels);
        }

        json.WriteTextUnlessEmpty("StopSignal", StopSignal);
        if (StopTimeout is { } seconds)
        {
            json.WriteNumber("StopTimeout", seconds);
        }

        if (Healthcheck is not null)
        {
            json.WritePropertyName("Healthcheck");
            Healthcheck.WriteTo(json);
        }

        json.WriteTextsUnlessNull("Shell", Shell);
        json.WriteTextsUnlessNull("OnBuild", OnBuild);
        if (ArgsEscaped)
        {
            json.WriteBoolean("ArgsEscaped", true);
        }

        json.WriteEndObject();
    }
}
