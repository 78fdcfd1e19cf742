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
        string driver = options.CgroupDriver
            ?? (hierarchies.Version == 2 && SystemdUnits.IsRunning ? CgroupFacts.Systemd : CgroupFacts.Cgroupfs);
        if (driver == CgroupFacts.Systemd && !SystemdUnits.IsRunning)
        {
            throw new OptionsException("systemd not running on this host, cannot use systemd cgroups manager");
        }

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

    public static string ParentOf(EngineOptions options, CgroupFacts facts) => options.CgroupParent ?? (facts.IsSystemd ? Slice : Parent);

    public static CgroupDriver DriverOf(CgroupFacts facts) => new(facts.IsSystemd ? new SystemdUnits() : null);
}
