using System.Text.Json;

namespace Coracle.Cli;

/// <summary>The mounts of a create.</summary>
internal static class MountBody
{
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<string> mounts)
    {
        if (mounts.Count > 0)
        {
            writer.WriteObjects("Mounts", mounts.Select(MountOption.Parse), mount => WriteOne(writer, mount));
        }
    }

    private static void WriteOne(Utf8JsonWriter writer, MountOption mount)
    {
        writer.WriteString("Type", mount.Type);
        writer.WriteText("Source", mount.Source);
        writer.WriteString("Target", mount.Target);
        writer.WriteBoolean("ReadOnly", mount.IsReadOnly);
        writer.WriteText("Consistency", mount.Consistency);
        if (mount.OptionKinds.Count == 0)
        {
            return;
        }

        writer.WriteStartObject(mount.Type switch { "bind" => "BindOptions", "tmpfs" => "TmpfsOptions", "image" => "ImageOptions", _ => "VolumeOptions" });
        switch (mount.Type)
        {
            case "bind":
                WriteBind(writer, mount);
                break;
            case "tmpfs":
                writer.WriteNumber("SizeBytes", mount.TmpfsSize);
                writer.WriteNumber("Mode", mount.TmpfsMode);
                break;
            case "image":
                writer.WriteText("Subpath", mount.Subpath);
                break;
            default:
                WriteVolume(writer, mount);
                break;
        }

        writer.WriteEndObject();
    }

    private static void WriteBind(Utf8JsonWriter writer, MountOption mount)
    {
        writer.WriteText("Propagation", mount.Propagation);
        string? field = mount.Recursive switch { "disabled" => "NonRecursive", "writable" => "ReadOnlyNonRecursive", "readonly" => "ReadOnlyForceRecursive", _ => null };
        if (field is not null)
        {
            writer.WriteBoolean(field, true);
        }
    }

    private static void WriteVolume(Utf8JsonWriter writer, MountOption mount)
    {
        writer.WriteBoolean("NoCopy", mount.NoCopy);
        writer.WriteMap("Labels", mount.VolumeLabels);
        writer.WriteText("Subpath", mount.Subpath);
        if (mount.VolumeDriver.Length > 0 || mount.VolumeOptions.Count > 0)
        {
            writer.WriteStartObject("DriverConfig");
            writer.WriteText("Name", mount.VolumeDriver);
            writer.WriteMap("Options", mount.VolumeOptions);
            writer.WriteEndObject();
        }
    }
}
