using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary><c>--device</c>: a node of the host, or all below one of its directories.</summary>
internal static class MappedDevices
{
    private const int PermissionBits = 0xFFF;

    /// <exception cref="EngineException">There is no device.</exception>
    public static IReadOnlyList<DeviceNode> Find(DeviceMapping mapping)
    {
        string inside = mapping.PathInContainer.Length > 0 ? mapping.PathInContainer : mapping.PathOnHost;
        try
        {
            string real = HostPath.RealPath(mapping.PathOnHost);
            FileStatus status = HostPath.Status(real);
            IReadOnlyList<DeviceNode> found = status.IsDirectory ? HostDevices.List(real, inside)
                : status.Kind is FileKind.CharacterDevice or FileKind.BlockDevice ? [NodeOf(inside, status)] : [];
            return found.Count > 0 ? found : throw Missing(mapping, "not a device node");
        }
        catch (LinuxException failure)
        {
            throw Missing(mapping, ErrnoWords.Of(failure.Errno));
        }
    }

    internal static DeviceNode NodeOf(string path, FileStatus status) => new(
        path, status.Kind == FileKind.BlockDevice ? 'b' : 'c', status.DeviceMajor, status.DeviceMinor, status.Mode & PermissionBits, status.Uid, status.Gid);

    private static EngineException Missing(DeviceMapping mapping, string why)
        => new(Refusal.Failed, $"error gathering device information while adding custom device \"{mapping.PathOnHost}\": {why}");
}
