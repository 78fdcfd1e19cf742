using Coracle.Linux;

namespace Coracle;

/// <summary>What starts the device's services.</summary>
internal enum InitSystem
{
    Systemd,
    OpenRc,

    /// <summary>Scripts with LSB headers, linked from /etc/rc?.d.</summary>
    SysV,

    /// <summary>BusyBox as Buildroot sets it up: /etc/init.d/S??name, run in order.</summary>
    BusyBox,
}

internal static class InitSystems
{
    /// <summary>By what is in the root, which need not be the running one.</summary>
    public static InitSystem In(DirectoryHandle root)
        => IsThere(root, "/run/systemd/system") || IsThere(root, "/lib/systemd/systemd") || IsThere(root, "/usr/lib/systemd/systemd") ? InitSystem.Systemd
            : IsThere(root, "/sbin/openrc-run") ? InitSystem.OpenRc
            : IsThere(root, "/etc/init.d/rcS") && !IsThere(root, "/etc/rc2.d") ? InitSystem.BusyBox
            : InitSystem.SysV;

    private static bool IsThere(DirectoryHandle root, string path) => new InstalledFile(root, path).Exists;
}
