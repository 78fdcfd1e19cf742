using Coracle.Wire;

namespace Coracle.Core;

/// <summary>What <c>--security-opt</c> asks for.</summary>
/// <param name="Seccomp">Null: the engine's; <see cref="Unconfined"/>, <see cref="Builtin"/>, or a profile's JSON.</param>
/// <param name="AppArmor">Null: nothing; else a profile's name, which a kernel without AppArmor takes as Docker does: without a word.</param>
internal readonly record struct SecurityOptions(bool NoNewPrivileges, string? Seccomp, string? AppArmor)
{
    public const string Unconfined = "unconfined";

    public const string Builtin = "builtin";

    /// <exception cref="EngineException">An option that Docker does not know.</exception>
    public static SecurityOptions Parse(HostConfig host)
    {
        SecurityOptions options = default;
        foreach (string option in host.SecurityOpt ?? [])
        {
            options = option switch
            {
                "no-new-privileges" => options with { NoNewPrivileges = true },
                "disable" => options, // label=disable, from before it was called so
                _ => With(options, option),
            };
        }

        return options;
    }

    private static SecurityOptions With(SecurityOptions options, string option)
    {
        int split = option.IndexOf('=', StringComparison.Ordinal);
        split = split < 0 ? option.IndexOf(':', StringComparison.Ordinal) : split;
        if (split < 0)
        {
            throw Invalid(1, option);
        }

        string value = option[(split + 1)..];
        return option[..split] switch
        {
            "no-new-privileges" => options with { NoNewPrivileges = Switch(value, option) },
            "seccomp" => options with { Seccomp = value is "default" ? Builtin : value },
            "apparmor" => options with { AppArmor = value },

            // Without SELinux in the kernel Docker takes any label and sets none; with it, an engine that does not say so in daemon.json, too.
            "label" => options,
            _ => throw Invalid(2, option),
        };
    }

    private static bool Switch(string value, string option) => value switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => throw Invalid(2, option),
    };

    private static EngineException Invalid(int which, string option) => new(Refusal.InvalidArgument, $"invalid --security-opt {which}: \"{option}\"");
}
