using Coracle.Oci;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>The client's Config and the image's in one, by Docker's rules: what the client left open, the image fills.</summary>
internal static class ConfigMerge
{
    /// <exception cref="EngineException">Nothing to run.</exception>
    public static ContainerConfig Merge(ContainerConfig asked, RunDefaults image)
    {
        ContainerConfig merged = new()
        {
            Hostname = asked.Hostname,
            Domainname = asked.Domainname,
            User = asked.User.Length > 0 ? asked.User : image.User,
            AttachStdin = asked.AttachStdin,
            AttachStdout = asked.AttachStdout,
            AttachStderr = asked.AttachStderr,
            ExposedPorts = Union(asked.ExposedPorts, image.ExposedPorts),
            Tty = asked.Tty,
            OpenStdin = asked.OpenStdin,
            StdinOnce = asked.StdinOnce,
            Env = MergeEnvironment(asked.Env, image.Env),
            Healthcheck = asked.Healthcheck,
            Image = asked.Image,
            Volumes = Union(asked.Volumes, image.Volumes),
            WorkingDir = asked.WorkingDir.Length > 0 ? asked.WorkingDir : image.WorkingDir,
            NetworkDisabled = asked.NetworkDisabled,
            MacAddress = asked.MacAddress,
            OnBuild = asked.OnBuild,
            Labels = MergeLabels(asked.Labels, image.Labels),
            StopSignal = asked.StopSignal.Length > 0 ? asked.StopSignal : image.StopSignal,
            StopTimeout = asked.StopTimeout ?? image.StopTimeout,
            Shell = asked.Shell is { Count: > 0 } ? asked.Shell : image.Shell,
        };
        MergeCommand(merged, asked, image);
        return merged;
    }

    /// <remarks>An Entrypoint of the client's own also drops the image's Cmd, which was written for the image's Entrypoint.</remarks>
    private static void MergeCommand(ContainerConfig merged, ContainerConfig asked, RunDefaults image)
    {
        merged.Entrypoint = asked.Entrypoint;
        merged.Cmd = asked.Cmd;
        if (asked.Entrypoint is null or { Count: 0 })
        {
            if (asked.Cmd is null or { Count: 0 })
            {
                merged.Cmd = image.Cmd;
            }

            merged.Entrypoint ??= image.Entrypoint;
        }

        if (merged.Entrypoint is [""] or { Count: 0 })
        {
            merged.Entrypoint = null;
        }

        if (merged.Entrypoint is null && merged.Cmd is null or { Count: 0 })
        {
            throw new EngineException(Refusal.InvalidArgument, "No command specified");
        }
    }

    private static IReadOnlyList<string>? MergeEnvironment(IReadOnlyList<string>? asked, IReadOnlyList<string>? image)
    {
        if (asked is null or { Count: 0 })
        {
            return image ?? asked;
        }

        HashSet<string> names = [.. asked.Select(EnvironmentList.NameOf)];
        return [.. asked, .. (image ?? []).Where(variable => !names.Contains(EnvironmentList.NameOf(variable)))];
    }

    private static Dictionary<string, string> MergeLabels(
        IReadOnlyDictionary<string, string>? asked, IReadOnlyDictionary<string, string>? image)
    {
        Dictionary<string, string> labels = new(image ?? new Dictionary<string, string>());
        foreach ((string name, string value) in asked ?? new Dictionary<string, string>())
        {
            labels[name] = value;
        }

        return labels;
    }

    private static IReadOnlyList<string>? Union(IReadOnlyList<string>? asked, IReadOnlyList<string>? image)
        => image is null or { Count: 0 } ? asked : [.. (asked ?? []).Union(image)];
}
