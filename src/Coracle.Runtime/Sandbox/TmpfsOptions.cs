using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>What <c>--tmpfs path:options</c> means: flags for mount(2), and the rest for the file system.</summary>
internal readonly struct TmpfsOptions
{
    private TmpfsOptions(MountFlags flags, string data)
    {
        Flags = flags;
        Data = data;
    }

    internal MountFlags Flags { get; }

    internal string Data { get; }

    /// <summary>noexec, nosuid and nodev unless the options say otherwise, as with Docker.</summary>
    internal static TmpfsOptions Parse(string options)
    {
        MountFlags flags = MountFlags.NoExecute | MountFlags.NoSetuid | MountFlags.NoDevices;
        var data = new List<string>();
        foreach (string option in options.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            (MountFlags flag, bool set) = FlagOf(option);
            if (flag == MountFlags.None)
            {
                if (option is not ("defaults" or "rprivate" or "private"))
                {
                    data.Add(option);
                }
            }
            else
            {
                flags = set ? flags | flag : flags & ~flag;
            }
        }

        return new TmpfsOptions(flags, string.Join(',', data));
    }

    private static (MountFlags Flag, bool Set) FlagOf(string option) => option switch
    {
        "ro" => (MountFlags.ReadOnly, true),
        "rw" => (MountFlags.ReadOnly, false),
        "noexec" => (MountFlags.NoExecute, true),
        "exec" => (MountFlags.NoExecute, false),
        "nosuid" => (MountFlags.NoSetuid, true),
        "suid" => (MountFlags.NoSetuid, false),
        "nodev" => (MountFlags.NoDevices, true),
        "dev" => (MountFlags.NoDevices, false),
        "noatime" => (MountFlags.NoAccessTime, true),
        "atime" => (MountFlags.NoAccessTime, false),
        "nodiratime" => (MountFlags.NoDirectoryAccessTime, true),
        "diratime" => (MountFlags.NoDirectoryAccessTime, false),
        "relatime" => (MountFlags.RelativeAccessTime, true),
        "norelatime" => (MountFlags.RelativeAccessTime, false),
        "strictatime" => (MountFlags.StrictAccessTime, true),
        "sync" => (MountFlags.Synchronous, true),
        "async" => (MountFlags.Synchronous, false),
        "dirsync" => (MountFlags.DirectorySync, true),
        _ => (MountFlags.None, false),
    };
}
