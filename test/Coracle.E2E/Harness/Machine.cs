using System.Net;
using System.Net.Sockets;

namespace Coracle.E2E;

/// <summary>What the tests need from the machine they run on.</summary>
internal static class Machine
{
    /// <summary>The environment of every program the tests start: nothing of the caller's gets in.</summary>
    public static Dictionary<string, string> Environment(string home) => new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = home,
        ["TZ"] = "UTC",
    };

    public static string? TryFind(params string[] candidates) => candidates.FirstOrDefault(File.Exists);

    /// <exception cref="InvalidOperationException">None of them exists; the text names the Debian package.</exception>
    public static string Find(string package, params string[] candidates)
        => TryFind(candidates)
           ?? throw new InvalidOperationException($"none of {string.Join(", ", candidates)} is here: install Debian's package {package}");

    /// <summary>A port that was free a moment ago; whoever loses the race asks again.</summary>
    public static int FreeLoopbackPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The repository, found upwards from the test's own directory.</summary>
    public static string Repository()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Coracle.slnx")))
            {
                return directory;
            }
        }

        throw new InvalidOperationException("the tests run outside the repository");
    }

    /// <summary>Short, since a socket's path may have 107 bytes and dockerd's containerd adds its own part.</summary>
    public static string NewDirectory() => Directory.CreateTempSubdirectory("ce2e-").FullName;
}
