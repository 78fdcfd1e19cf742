using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>One exec as Docker prints it.</summary>
internal static class ExecShape
{
    public static void Write(Utf8JsonWriter json, ExecInstance exec)
    {
        ExecConfig config = exec.Config;
        int? exitCode = exec.ExitCode;
        json.WriteStartObject();
        json.WriteString("ID"u8, exec.Id);
        json.WriteBoolean("Running"u8, exec.IsRunning);
        if (exitCode is int code)
        {
            json.WriteNumber("ExitCode"u8, code);
        }
        else
        {
            json.WriteNull("ExitCode"u8);
        }

        WriteProcess(json, config);
        json.WriteBoolean("OpenStdin"u8, config.AttachStdin);
        json.WriteBoolean("OpenStderr"u8, config.AttachStderr);
        json.WriteBoolean("OpenStdout"u8, config.AttachStdout);
        json.WriteBoolean("CanRemove"u8, false);
        json.WriteString("ContainerID"u8, exec.Container.Id);
        json.WriteBase64String("DetachKeys"u8, config.DetachKeys.Length == 0 ? [] : DetachKeys.Parse(config.DetachKeys).Keys);
        json.WriteNumber("Pid"u8, exec.Pid);
        json.WriteEndObject();
    }

    /// <summary>Of a container: null when it has none.</summary>
    public static void WriteIds(Utf8JsonWriter json, IReadOnlyList<string> ids)
    {
        if (ids.Count == 0)
        {
            json.WriteNull("ExecIDs"u8);
            return;
        }

        json.WriteStartArray("ExecIDs"u8);
        foreach (string id in ids)
        {
            json.WriteStringValue(id);
        }

        json.WriteEndArray();
    }

    /// <summary>What a terminal can be: the kernel's numbers have 16 bits.</summary>
    public static (int Height, int Width) Size((long Height, long Width) size)
        => ((int)Math.Clamp(size.Height, 0, ushort.MaxValue), (int)Math.Clamp(size.Width, 0, ushort.MaxValue));

    private static void WriteProcess(Utf8JsonWriter json, ExecConfig config)
    {
        json.WriteStartObject("ProcessConfig"u8);
        json.WriteBoolean("tty"u8, config.Tty);
        json.WriteString("entrypoint"u8, config.Command[0]);
        json.WriteStartArray("arguments"u8);
        foreach (string argument in config.Command.Where((_, i) => i > 0))
        {
            json.WriteStringValue(argument);
        }

        json.WriteEndArray();
        json.WriteBoolean("privileged"u8, config.Privileged);
        if (config.User.Length > 0)
        {
            json.WriteString("user"u8, config.User);
        }

        json.WriteEndObject();
    }
}
