using Coracle.Wire;

namespace Coracle.Core;

/// <summary>What <c>--security-opt</c> asks for.</summary>
internal readonly record struct SecurityOptions(bool NoNewPrivileges, bool SeccompUnconfined)
{
    /// <exception cref="EngineException">An option that Docker does not know, or one that is not built yet.</exception>
    public static SecurityOptions Parse(HostConfig host)
    {
        SecurityOptions options = default;
        foreach (string option in host.SecurityOpt ?? [])
        {
            int split = option.IndexOfAny(['=', ':']);
            string name = split < 0 ? option : option[..split];
            string value = split < 0 ? "" : option[(split + 1)..];
            options = (name, value) switch
            {
                ("no-new-privileges", "" or "true") => options with { NoNewPrivileges = true },
                ("no-new-privileges", "false") => options with { NoNewPrivileges = false },
                ("seccomp", "unconfined") => options with { SeccompUnconfined = true },
                ("seccomp", "builtin" or "default") => options with { SeccompUnconfined = false },
                ("apparmor", "unconfined") => options, // no profile is ever loaded yet
                ("label", "disable") => options,
                ("seccomp" or "apparmor" or "label", _) => throw NotBuilt.Option("HostConfig.SecurityOpt " + option),
                _ => throw new EngineException(Refusal.InvalidArgument, $"invalid --security-opt 2: \"{option}\""),
            };
        }

        return options;
    }
}
