using Coracle.Wire;

namespace Coracle.Core;

/// <summary>One of <c>HostConfig.Binds</c>: <c>[source:]destination[:mode]</c>, a source that is no absolute path being a volume's name.</summary>
internal static class BindText
{
    /// <param name="volumeDriver">For a volume that it makes.</param>
    /// <exception cref="EngineException">400, in Docker's words.</exception>
    public static MountPoint Parse(string text, string volumeDriver)
    {
        string[] parts = text.Split(':');
        // "/x:ro" would be a destination with a mode, which is nothing; a volume called "ro" cannot be mounted this way.
        if (parts[0].Length == 0 || parts.Length > 3 || (parts.Length == 2 && MountMode.TryParse(parts[1], out _)))
        {
            throw Invalid(text);
        }

        string source = parts.Length == 1 ? "" : parts[0];
        string mode = parts.Length == 3 ? parts[2] : "";
        MountMode words = MountMode.Parse(mode);
        Mount mount = new()
        {
            Type = source.StartsWith('/') ? MountPoint.Bind : MountPoint.Volume,
            Source = source,
            Target = parts.Length == 1 ? parts[0] : parts[1],
            ReadOnly = words.ReadOnly,
            BindOptions = words.Propagation.Length > 0 ? new BindOptions { Propagation = words.Propagation } : null,
            VolumeOptions = words.NoCopy ? new VolumeOptions { NoCopy = true } : null,
        };
        return Parse(mount, text, mode, volumeDriver);
    }

    private static MountPoint Parse(Mount mount, string text, string mode, string volumeDriver)
    {
        try
        {
            MountPoint point = MountRequest.Parse(mount);
            point.Mode = mode;
            point.SourceMustExist = false;
            point.Driver = point.IsVolume ? volumeDriver : "";
            return point;
        }
        catch (EngineException e) when (e.Refusal == Refusal.InvalidArgument)
        {
            throw new EngineException(Refusal.InvalidArgument, $"{Invalid(text).Message}: {e.Message}", e);
        }
    }

    private static EngineException Invalid(string text) => new(Refusal.InvalidArgument, $"invalid volume specification: '{text}'");
}
