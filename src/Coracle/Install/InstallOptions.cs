namespace Coracle;

/// <summary>What was asked of <c>coracle install</c> or <c>uninstall</c>.</summary>
internal sealed record InstallOptions
{
    public const string Help = """
        Usage:  coracle install [OPTIONS]
                coracle uninstall [OPTIONS]

        Makes this file the container engine of a device that has no package manager, or takes it away again.
        What is there already is left as it is: running it twice does nothing. Containers, images, the configuration and
        the group stay after uninstall.

        Options:
              --prefix DIR    where bin/coracle goes (default /usr/local)
              --name NAME     whom to be: coracle, dockerd or balenad, with that one's command names, socket, group and unit names
              --systemd       write systemd units (default: where systemd is)
              --no-systemd    write a script for OpenRC, SysV init or BusyBox instead
              --root DIR      install into a root that is being built
              --force         also replace units that were edited
              --dry-run       say what would be done
              --help          print this

        """;

    public string Prefix { get; init; } = "/usr/local";

    public string Root { get; init; } = "/";

    public ServiceName Service { get; init; } = ServiceName.Parse("coracle");

    /// <summary>Null: whichever is there.</summary>
    public bool? Systemd { get; init; }

    public bool Force { get; init; }

    public bool DryRun { get; init; }

    public bool ShowHelp { get; init; }

    /// <exception cref="OptionsException">With the words for the operator.</exception>
    public static InstallOptions Parse(ReadOnlySpan<string> args)
    {
        InstallOptions options = new();
        for (int i = 0; i < args.Length; i++)
        {
            int equals = args[i].IndexOf('=', StringComparison.Ordinal);
            string flag = equals < 0 ? args[i] : args[i][..equals];
            if (flag is "--prefix" or "--root" or "--name")
            {
                string value = equals >= 0 ? args[i][(equals + 1)..]
                    : ++i < args.Length ? args[i]
                    : throw new OptionsException($"flag needs an argument: {flag}");
                options = With(options, flag, value);
            }
            else
            {
                options = With(options, args[i]);
            }
        }

        return options;
    }

    private static InstallOptions With(InstallOptions options, string flag, string value) => flag switch
    {
        "--prefix" => options with { Prefix = Absolute(flag, value) },
        "--root" => options with { Root = Absolute(flag, value) },
        _ => options with { Service = ServiceName.Parse(value) },
    };

    private static InstallOptions With(InstallOptions options, string flag) => flag switch
    {
        "--systemd" => options with { Systemd = true },
        "--no-systemd" => options with { Systemd = false },
        "--force" => options with { Force = true },
        "--dry-run" => options with { DryRun = true },
        "--help" or "-h" => options with { ShowHelp = true },
        _ => throw new OptionsException($"unknown flag or argument: {flag}\n\nRun 'coracle install --help' for more information"),
    };

    private static string Absolute(string flag, string path) => !path.StartsWith('/') ? throw new OptionsException($"{flag} must be an absolute path: '{path}'")
        : path.Length > 1 ? path.TrimEnd('/')
        : path;
}
