namespace Coracle;

/// <summary>Everything an installation consists of, in the order in which it is made; taken away in the other.</summary>
internal static class InstallPlan
{
    /// <summary>Octal 0644.</summary>
    private const int TextMode = 0x1A4;

    /// <summary>Octal 0755.</summary>
    private const int ScriptMode = 0x1ED;

    private const string Units = "/etc/systemd/system/";

    public static IReadOnlyList<InstallStep> For(InstallOptions options, InitSystem init)
    {
        ServiceName service = options.Service;
        string programs = (options.Prefix == "/" ? "" : options.Prefix) + "/bin/";
        List<InstallStep> steps = [new InstallStep.Program(programs + "coracle")];
        foreach (string link in service.Links)
        {
            steps.Add(new InstallStep.Link(programs + link, "coracle"));
        }

        steps.Add(new InstallStep.Group(service.Defaults.Group));
        steps.Add(new InstallStep.FirstConfiguration(service.Defaults.ConfigFile, CarriedText.Read("daemon.json")));
        AddService(steps, init, service, text => Adapt(text, service, programs));
        return steps;
    }

    /// <summary>What the operator does then; an installation starts and stops nothing by itself.</summary>
    public static string Next(InstallOptions options, InitSystem init) => init switch
    {
        InitSystem.Systemd => $"systemctl daemon-reload && systemctl start {options.Service.Unit}.socket {options.Service.Unit}.service",
        InitSystem.OpenRc => $"rc-update add {options.Service.Unit} default && rc-service {options.Service.Unit} start",
        InitSystem.SysV => $"update-rc.d {options.Service.Unit} defaults && /etc/init.d/{options.Service.Unit} start",
        _ => $"/etc/init.d/{BusyBoxName(options.Service)} start",
    };

    private static void AddService(List<InstallStep> steps, InitSystem init, ServiceName service, Func<string, string> adapt)
    {
        switch (init)
        {
            case InitSystem.Systemd:
                steps.Add(new InstallStep.OwnedFile($"{Units}{service.Unit}.socket", adapt(CarriedText.Read("coracle.socket")), TextMode));
                steps.Add(new InstallStep.OwnedFile($"{Units}{service.Unit}.service", adapt(CarriedText.Read("coracle.service")), TextMode));

                // What "systemctl enable" makes of the units' [Install] sections, also in a root where no systemctl can be run.
                steps.Add(new InstallStep.Link($"{Units}sockets.target.wants/{service.Unit}.socket", $"{Units}{service.Unit}.socket"));
                steps.Add(new InstallStep.Link($"{Units}multi-user.target.wants/{service.Unit}.service", $"{Units}{service.Unit}.service"));
                break;
            case InitSystem.OpenRc:
                steps.Add(new InstallStep.OwnedFile($"/etc/init.d/{service.Unit}", adapt(CarriedText.Read("openrc")), ScriptMode));
                break;
            case InitSystem.SysV:
                steps.Add(new InstallStep.OwnedFile($"/etc/init.d/{service.Unit}", adapt(CarriedText.Read("sysv")), ScriptMode));
                break;
            default:
                steps.Add(new InstallStep.OwnedFile($"/etc/init.d/{BusyBoxName(service)}", adapt(CarriedText.Read("sysv")), ScriptMode));
                break;
        }
    }

    /// <summary>Late: when file systems and network are there.</summary>
    private static string BusyBoxName(ServiceName service) => "S90" + service.Unit;

    /// <summary>The texts are those of a package, /usr/bin/coracle under its own name.</summary>
    private static string Adapt(string text, ServiceName service, string programs)
    {
        string[] command = service.EngineCommand.Split(' ');
        return text
            .Replace("/usr/bin/coracle daemon", programs + service.EngineCommand, StringComparison.Ordinal)
            .Replace("\"/usr/bin/coracle\"", $"\"{programs}{command[0]}\"", StringComparison.Ordinal)
            .Replace("=\"daemon\"", command.Length > 1 ? "=\"daemon\"" : "=\"\"", StringComparison.Ordinal)
            .Replace("Provides:          coracle", "Provides:          " + service.Unit, StringComparison.Ordinal)
            .Replace("coracle.socket", service.Unit + ".socket", StringComparison.Ordinal)
            .Replace("/run/coracle/coracle.sock", service.Defaults.Socket, StringComparison.Ordinal)
            .Replace("SocketGroup=coracle", "SocketGroup=" + service.Defaults.Group, StringComparison.Ordinal)
            .Replace("/run/coracle.pid", $"/run/{service.Unit}.pid", StringComparison.Ordinal)
            .Replace("/var/log/coracle.log", $"/var/log/{service.Unit}.log", StringComparison.Ordinal);
    }
}
