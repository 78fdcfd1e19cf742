using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Api;

/// <summary>An image's run defaults in the shape of a container's config: what image inspect printed before API 1.50.</summary>
internal static class LegacyConfigJson
{
    public static void Write(Utf8JsonWriter json, RunDefaults run)
    {
        json.WriteStartObject();
        json.WriteString("Hostname"u8, run.Hostname);
        json.WriteString("Domainname"u8, run.Domainname);
        json.WriteString("User"u8, run.User);
        foreach (string flag in (ReadOnlySpan<string>)["AttachStdin", "AttachStdout", "AttachStderr"])
        {
            json.WriteBoolean(flag, false);
        }

        if (run.ExposedPorts is { Count: > 0 })
        {
            WriteSet(json, "ExposedPorts", run.ExposedPorts);
        }

        foreach (string flag in (ReadOnlySpan<string>)["Tty", "OpenStdin", "StdinOnce"])
        {
            json.WriteBoolean(flag, false);
        }

        WriteList(json, "Env", run.Env);
        WriteList(json, "Cmd", run.Cmd);
        WriteHealthcheck(json, run.Healthcheck);
        if (run.ArgsEscaped)
        {
            json.WriteBoolean("ArgsEscaped"u8, true);
        }

        json.WriteString("Image"u8, "");
        WriteSet(json, "Volumes", run.Volumes);
        json.WriteString("WorkingDir"u8, run.WorkingDir);
        WriteList(json, "Entrypoint", run.Entrypoint);
        WriteList(json, "OnBuild", run.OnBuild);
        WriteLabels(json, run.Labels);
        if (run.StopSignal.Length > 0)
        {
            json.WriteString("StopSignal"u8, run.StopSignal);
        }

        if (run.Shell is { Count: > 0 })
        {
            WriteList(json, "Shell", run.Shell);
        }

        json.WriteEndObject();
    }

    private static void WriteHealthcheck(Utf8JsonWriter json, HealthcheckDefaults? check)
    {
        if (check is not null)
        {
            json.WritePropertyName("Healthcheck"u8);
            check.WriteTo(json);
        }
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string>? values)
    {
        if (values is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static void WriteSet(Utf8JsonWriter json, string name, IReadOnlyList<string>? keys)
    {
        if (keys is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        foreach (string key in keys.Order(StringComparer.Ordinal))
        {
            json.WriteStartObject(key);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteLabels(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null)
        {
            json.WriteNull("Labels"u8);
            return;
        }

        json.WriteStartObject("Labels"u8);
        foreach (string key in labels.Keys.Order(StringComparer.Ordinal))
        {
            json.WriteString(key, labels[key]);
        }

        json.WriteEndObject();
    }
}
