#pragma warning disable RS0030 // This is the one place that reads the environment, once, before anything else runs.
using System.Collections;
using System.Globalization;

namespace Coracle;

/// <summary>What systemd tells a service by its environment (sd_notify(3), sd_listen_fds(3)).</summary>
/// <param name="NotifySocket">Where to say that we are ready; null outside of systemd.</param>
/// <param name="InheritedSockets">How many listening sockets were opened for us, from descriptor 3 on.</param>
internal sealed record StartEnvironment(string? NotifySocket, int InheritedSockets)
{
    public const int FirstInherited = 3;

    private const int MaxInherited = 64;

    public static StartEnvironment Read()
    {
        string? notify = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");

        // Meant for another process when the pid is not ours: then the descriptors are somebody else's business.
        bool forUs = Number("LISTEN_PID") == Environment.ProcessId;
        int sockets = forUs ? Math.Clamp(Number("LISTEN_FDS"), 0, MaxInherited) : 0;
        return new(string.IsNullOrEmpty(notify) ? null : notify, sockets);
    }

    /// <summary>All of it, for the command line: <c>run -e NAME</c> passes any of them on.</summary>
    public static IReadOnlyDictionary<string, string> Variables()
    {
        Dictionary<string, string> variables = [];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = variable.Value as string ?? "";
        }

        return variables;
    }

    private static int Number(string name)
        => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
