using System.Globalization;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>The mounts a user asked for: Binds, Mounts and Tmpfs.</summary>
internal sealed record MountPlan(IReadOnlyList<BindMount> Binds, IReadOnlyList<TmpfsMount> Tmpfs)
{
    private const int HostDirectoryMode = 0x1ED; // 0755

    /// <exception cref="EngineException">Not a valid mount, or one of a kind that is not built yet.</exception>
    public static MountPlan Parse(HostConfig host)
    {
        List<BindMount> binds = [];
        List<TmpfsMount> tmpfs = [];
        foreach (string text in host.Binds ?? [])
        {
            binds.Add(ParseBind(text));
        }

        foreach (Mount mount in host.Mounts ?? [])
        {
            AddMount(mount, binds, tmpfs);
        }

        foreach ((string target, string options) in host.Tmpfs ?? new Dictionary<string, string>())
        {
            tmpfs.Add(new TmpfsMount(Target(target, target), options));
        }

        RefuseDuplicates([.. binds.Select(bind => bind.Target), .. tmpfs.Select(mount => mount.Target)]);
        // A mount below another must come after it.
        return new MountPlan([.. binds.OrderBy(bind => bind.Target.Count(c => c == '/'))], tmpfs);
    }

    /// <summary>A bind's missing source is made, as <c>-v</c> always did; <c>--mount</c> wants it there.</summary>
    public void Prepare(HostConfig host)
    {
        HashSet<string> strict = [.. (host.Mounts ?? []).Where(m => m.BindOptions is not { CreateMountpoint: true }).Select(m => m.Source)];
        foreach (BindMount bind in Binds.Where(bind => !HostPath.Exists(bind.Source)))
        {
            if (strict.Contains(bind.Source))
            {
                throw SourceMissing(bind.Source);
            }

            DirectoryHandle.CreateAndOpen(bind.Source, HostDirectoryMode).Dispose();
        }
    }

    private static BindMount ParseBind(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length is < 2 or > 3 || parts[0].Length == 0)
        {
            throw Invalid(text);
        }

        if (parts[0][0] != '/')
        {
            throw NotBuilt.Option($"HostConfig.Binds with a named volume ({parts[0]})");
        }

        bool readOnly = false;
        foreach (string option in parts.Length == 3 ? parts[2].Split(',') : [])
        {
            readOnly |= option switch
            {
                "ro" => true,
                "rw" or "z" or "Z" or "nocopy" or "rprivate" or "" => false, // labels only mean something under SELinux
                "private" or "shared" or "rshared" or "slave" or "rslave" => throw NotBuilt.Option($"HostConfig.Binds with propagation ({option})"),
                _ => throw new EngineException(Refusal.InvalidArgument, $"invalid mode: {parts[2]}"),
            };
        }

        return new BindMount(parts[0], Target(parts[1], text), readOnly);
    }

    private static void AddMount(Mount mount, List<BindMount> binds, List<TmpfsMount> tmpfs)
    {
        switch (mount.Type)
        {
            case "bind":
                if (!mount.Source.StartsWith('/'))
                {
                    throw new EngineException(
                        Refusal.InvalidArgument, $"invalid mount config for type \"bind\": invalid mount path: '{mount.Source}' mount path must be absolute");
                }

                if (mount.BindOptions is not { CreateMountpoint: true } && !HostPath.Exists(mount.Source))
                {
                    throw SourceMissing(mount.Source);
                }

                binds.Add(new BindMount(
                    mount.Source, Target(mount.Target, mount.Target), mount.ReadOnly, mount.BindOptions is not { NonRecursive: true }));
                break;
            case "tmpfs":
                tmpfs.Add(new TmpfsMount(Target(mount.Target, mount.Target), TmpfsWords(mount)));
                break;
            case "volume" or "image":
                throw NotBuilt.Option($"HostConfig.Mounts of type {mount.Type}");
            default:
                throw new EngineException(Refusal.InvalidArgument, $"mount type unknown: \"{mount.Type}\"");
        }
    }

    private static string TmpfsWords(Mount mount)
    {
        List<string> words = [];
        if (mount.ReadOnly)
        {
            words.Add("ro");
        }

        if (mount.TmpfsOptions is { Mode: > 0 } options)
        {
            words.Add("mode=" + Convert.ToString(options.Mode, 8));
        }

        if (mount.TmpfsOptions is { SizeBytes: > 0 } sized)
        {
            words.Add("size=" + sized.SizeBytes.ToString(CultureInfo.InvariantCulture));
        }

        return string.Join(',', words);
    }

    /// <summary>Absolute, and free of <c>..</c>: what it leads to is decided inside the container, by the runtime.</summary>
    private static string Target(string target, string whole)
    {
        if (!target.StartsWith('/') || target.Split('/').Contains("..") || target.Contains('\0', StringComparison.Ordinal))
        {
            throw Invalid(whole);
        }

        string clean = "/" + string.Join('/', target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."));
        return clean.Length > 1
            ? clean
            : throw new EngineException(Refusal.InvalidArgument, $"invalid specification: destination can't be '/'");
    }

    private static void RefuseDuplicates(List<string> targets)
    {
        HashSet<string> seen = [];
        foreach (string target in targets.Where(target => !seen.Add(target)))
        {
            throw new EngineException(Refusal.InvalidArgument, "Duplicate mount point: " + target);
        }
    }

    private static EngineException Invalid(string text) => new(Refusal.InvalidArgument, $"invalid volume specification: '{text}'");

    private static EngineException SourceMissing(string source)
        => new(Refusal.InvalidArgument, $"invalid mount config for type \"bind\": bind source path does not exist: {source}");
}
