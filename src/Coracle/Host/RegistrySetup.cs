using System.Text;
using Coracle.Linux;
using Coracle.Registry;

namespace Coracle;

/// <summary>How registries are spoken to, from the options, the environment and the files of the host.</summary>
internal static class RegistrySetup
{
    /// <summary>A system's bundle has about 220 KiB; an administrator's own may be larger.</summary>
    private const int MaxFileBytes = 4 * 1024 * 1024;

    public static RegistryOptions Of(EngineOptions options, StartEnvironment environment) => RegistryOptions.Default with
    {
        InsecureRegistries = options.InsecureRegistries,
        MaxAttempts = options.MaxDownloadAttempts,
        Mirrors = [.. options.Mirrors.Select(mirror => new Uri(mirror))],
        Proxies = ProxiesOf(options, environment),
        Files = new HostFiles(Read, List),
        Trust = new TrustPlaces(HostDirectoriesOf(options.Defaults), environment.CaFile, environment.CaDirectories),
    };

    /// <exception cref="OptionsException">Not a proxy.</exception>
    private static ProxyRules ProxiesOf(EngineOptions options, StartEnvironment environment)
    {
        try
        {
            return ProxyRules.Parse(
                options.HttpProxy ?? environment.Proxies.Http, options.HttpsProxy ?? environment.Proxies.Https, options.NoProxy ?? environment.Proxies.Except);
        }
        catch (FormatException e)
        {
            throw new OptionsException(e.Message);
        }
    }

    /// <summary>The engine's own, beside its configuration; then Docker's, where administrators and their tools put certificates.</summary>
    private static List<string> HostDirectoriesOf(EngineDefaults defaults)
    {
        const string Docker = "/etc/docker/certs.d";
        string own = defaults.ConfigFile[..defaults.ConfigFile.LastIndexOf('/')] + "/certs.d";
        return own == Docker ? [Docker] : [own, Docker];
    }

    private static byte[]? Read(string path) => KernelFile.TryRead(path, out byte[]? content, MaxFileBytes) ? content : null;

    private static List<string> List(string path)
    {
        List<string> names = [];
        try
        {
            using DirectoryHandle directory = DirectoryHandle.Open(path);
            using DirectoryReader entries = directory.ReadEntries();
            while (entries.Next())
            {
                names.Add(Encoding.UTF8.GetString(entries.Name));
            }
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            // Most registries need no certificates of their own.
        }

        return names;
    }
}
