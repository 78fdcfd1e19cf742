using System.Security.Cryptography;

namespace Coracle.Core;

/// <summary>What a volume may be called: it is a directory's name, so nothing in it may lead anywhere.</summary>
internal static class VolumeName
{
    private const int RandomDigits = 64;

    /// <exception cref="EngineException">400, in Docker's words.</exception>
    public static void Check(string name)
    {
        if (name.Length == 1)
        {
            throw Refused(name, "volume name is too short, names should be at least two alphanumeric characters");
        }

        if (!IsValid(name))
        {
            throw Refused(
                name,
                $"\"{name}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. "
                + "If you intended to pass a host directory, use absolute path");
        }

        if (name.Length > byte.MaxValue)
        {
            throw Refused(name, "file name too long"); // Docker finds out from the kernel
        }
    }

    /// <summary>For a volume that nobody named.</summary>
    public static string Create() => RandomNumberGenerator.GetHexString(RandomDigits, lowercase: true);

    private static bool IsValid(string name)
    {
        for (int i = 0; i < name.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(name[i]) && (i == 0 || name[i] is not ('_' or '.' or '-')))
            {
                return false;
            }
        }

        return name.Length > 1;
    }

    private static EngineException Refused(string name, string why) => new(Refusal.InvalidArgument, $"create {name}: {why}");
}
