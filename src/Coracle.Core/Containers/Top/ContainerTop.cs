using System.Text;
using Coracle.Linux;

namespace Coracle.Core;

/// <summary>GET /containers/{id}/top, from /proc alone: a device's root file system may have no ps(1).</summary>
/// <param name="cgroupOf">Where a container's processes would be if it was started now.</param>
public sealed class ContainerTop(Func<ContainerRecord, string> cgroupOf, TimeProvider time)
{
    /// <param name="arguments">Those of ps(1); empty is <c>-ef</c>.</param>
    /// <exception cref="EngineException">It does not run, or ps would refuse the arguments.</exception>
    public TopTable Run(Container container, string arguments)
    {
        IReadOnlyList<TopColumn> columns = PsArguments.Parse(arguments);
        switch (container.State.Phase)
        {
            case ContainerPhase.Running or ContainerPhase.Paused:
                break;
            case ContainerPhase.Restarting:
                throw new EngineException(Refusal.Conflict, $"Container {container.Id} is restarting, wait until the container is running");
            default:
                throw new EngineException(Refusal.Conflict, $"container {container.Id} is not running");
        }

        TopTable table = new([.. columns.Select(column => column.Title)], [.. Rows(container, columns)]);
        container.Publish("top");
        return table;
    }

    /// <summary>Where its first process is, up to the part that names the container: an engine with another parent or driver may have started it.</summary>
    private string PathOf(Container container)
    {
        string? path = CgroupMembership.Find(container.State.Pid, Encoding.ASCII.GetBytes(container.Id));
        if (path is null)
        {
            return cgroupOf(container.Record);
        }

        int end = path.IndexOf('/', path.IndexOf(container.Id, StringComparison.Ordinal));
        return end < 0 ? path : path[..end];
    }

    private IEnumerable<IReadOnlyList<string>> Rows(Container container, IReadOnlyList<TopColumn> columns)
    {
        ProcessColumns values = new(time.GetUtcNow());
        foreach (int pid in Cgroup.At(CgroupHierarchies.Discover(), PathOf(container)).Processes().Order())
        {
            if (ProcessSample.TryRead(pid) is ProcessSample process)
            {
                yield return [.. columns.Select(column => values.Value(column.Name, process))];
            }
        }
    }
}

public sealed record TopTable(IReadOnlyList<string> Titles, IReadOnlyList<IReadOnlyList<string>> Processes);
