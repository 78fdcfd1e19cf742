using Coracle.Core;
using Coracle.Linux;
using Coracle.Runtime;
using Microsoft.Extensions.Logging;

namespace Coracle;

/// <summary>Which cgroups this engine uses, and through whom.</summary>
internal static class CgroupSetup
{
    /// <summary>Docker's parent on cgroupfs, where tools look for containers.</summary>
    private const string Parent = "docker";

    private const string Slice = "system.slice";

    /// <summary>Makes room for cgroups of containers, and finds out what can be limited.</summary>
    /// <exception cref="OptionsException">A combination that cannot be.</exception>
    public static CgroupFacts Begin(EngineOptions options, ILogger logger)
    {
        CgroupHierarchies hierarchies = CgroupHierarchies.Discover();
        string driver = Choose(options.CgroupDriver, hierarchies.Version, SystemdUnits.IsRunning);
        if (driver == CgroupFacts.Systemd && options.CgroupParent is { } parent && SliceName.Expand(parent) is null)
        {
            throw new OptionsException("cgroup-parent for systemd cgroup should be a valid slice named as \"xxx.slice\"");
        }

        if (driver == CgroupFacts.Cgroupfs && CgroupRoot.Vacate(hierarchies))
        {
            Log.CgroupVacated(logger);
        }

        return CgroupFacts.Of(hierarchies, driver);
    }

    /// <param name="asked">By the options; null leaves it to us.</param>
    /// <param name="version">2, or 1 for everything else.</param>
    /// <exception cref="OptionsException">It cannot be had here.</exception>
    internal static string Choose(string? asked, int version, bool systemdRuns)
    {
        if (asked != CgroupFacts.Systemd)
        {
            return asked ?? (version == 2 && systemdRuns ? CgroupFacts.Systemd : CgroupFacts.Cgroupfs);
        }

        return !systemdRuns ? throw new OptionsException("systemd not running on this host, cannot use systemd cgroups manager")
            : version != 2 ? throw new OptionsException("the systemd cgroup driver needs cgroup v2: on v1 a daemon-reload would take the device rules away")
            : asked;
    }

    public static string ParentOf(EngineOptions options, CgroupFacts facts) => options.CgroupParent ?? (facts.IsSystemd ? Slice : Parent);

    public static CgroupDriver DriverOf(CgroupFacts facts) => new(facts.IsSystemd ? new SystemdUnits() : null);
}
