using Coracle.Core;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle;

/// <summary><c>--seccomp-profile</c>: read and checked at start, so that no container is the first to hear of a mistake in it.</summary>
internal static class SeccompSetup
{
    public const string Builtin = "builtin";

    private const string Unconfined = "unconfined";

    private const int MaxBytes = 1 << 20;

    /// <exception cref="OptionsException">The file is not there, or no profile.</exception>
    public static SeccompFilters Read(string profile)
    {
        if (profile is Builtin or "default")
        {
            return SeccompFilters.Builtin(KernelVersion.Running, Port.Current);
        }

        if (profile is Unconfined)
        {
            return SeccompFilters.Unconfined(KernelVersion.Running, Port.Current);
        }

        try
        {
            return KernelFile.TryRead(profile, out byte[]? content, MaxBytes)
                ? SeccompFilters.OfOperator(content, KernelVersion.Running, Port.Current)
                : throw new OptionsException($"opening seccomp profile ({profile}) failed: open {profile}: no such file or directory");
        }
        catch (Exception unusable) when (unusable is SeccompProfileException or LinuxException)
        {
            throw new OptionsException($"opening seccomp profile ({profile}) failed: {unusable.Message}");
        }
    }
}
