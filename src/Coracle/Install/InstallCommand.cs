using Coracle.Linux;

namespace Coracle;

/// <summary><c>coracle install</c> and <c>coracle uninstall</c>: the engine on a device that has no package manager.</summary>
internal static class InstallCommand
{
    private const string OwnFile = "/proc/self/exe";

    private const int MaxOwnBytes = 64 * 1024 * 1024;

    /// <summary>An option was wrong, a call failed, or something of somebody else's is in the way.</summary>
    private const int Failed = 1;

    public static async Task<int> RunAsync(bool isInstall, string[] args, TextWriter output, TextWriter errors)
    {
        try
        {
            InstallOptions options = InstallOptions.Parse(args);
            if (options.ShowHelp)
            {
                await output.WriteAsync(InstallOptions.Help);
                return 0;
            }

            return await WalkAsync(isInstall, options, output);
        }
        catch (Exception e) when (e is OptionsException or IOException)
        {
            await errors.WriteLineAsync($"coracle {(isInstall ? "install" : "uninstall")}: {e.Message}");
            return Failed;
        }
    }

    private static async Task<int> WalkAsync(bool isInstall, InstallOptions options, TextWriter output)
    {
        using DirectoryHandle root = DirectoryHandle.Open(options.Root);
        InitSystem found = InitSystems.In(root);
        InitSystem init = options.Systemd switch
        {
            true => InitSystem.Systemd,
            false when found == InitSystem.Systemd => InitSystem.SysV,
            _ => found,
        };
        IReadOnlyList<InstallStep> steps = InstallPlan.For(options, init);
        Installation installation = new(root, isInstall ? KernelFile.Read(OwnFile, MaxOwnBytes) : [], options.Force, options.DryRun);
        bool isBlocked = false;
        foreach (InstallStep step in isInstall ? steps : steps.Reverse())
        {
            InstallOutcome outcome = isInstall ? installation.Apply(step) : installation.Undo(step);
            isBlocked |= outcome == InstallOutcome.KeptForeign;
            await output.WriteLineAsync(LineOf(step, outcome, options.DryRun));
        }

        await output.WriteLineAsync(isInstall ? $"next: {InstallPlan.Next(options, init)}" : "left: the data root, and what runs: containers go on until they are stopped");
        return isBlocked ? Failed : 0;
    }

    private static string LineOf(InstallStep step, InstallOutcome outcome, bool dryRun)
    {
        string what = step switch
        {
            InstallStep.Link link => $"{step.Path} -> {link.Target}",
            InstallStep.Group group => $"group {group.Name}",
            _ => step.Path,
        };
        (string word, string why) = outcome switch
        {
            InstallOutcome.Made => ("made", ""),
            InstallOutcome.Replaced => ("replaced", ""),
            InstallOutcome.Removed => ("removed", ""),
            InstallOutcome.Left => ("left", ""),
            InstallOutcome.KeptEdited => ("kept", ": it was edited (--force takes no notice)"),
            InstallOutcome.KeptForeign => ("kept", ": it is not ours"),
            _ => ("unchanged", ""),
        };
        return $"{(dryRun ? "would be " : "")}{word,-9} {what}{why}";
    }
}
