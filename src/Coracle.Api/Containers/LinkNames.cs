using Coracle.Core;

namespace Coracle.Api;

/// <summary>The names that legacy links give: <c>/web/db</c> is the container that web calls db. Shown with the names of db, and in web's HostConfig.</summary>
internal sealed class LinkNames
{
    private readonly Dictionary<string, List<string>> _byLinked = [];

    public static LinkNames Of(IReadOnlyList<Container> containers)
    {
        LinkNames names = new();
        foreach (ContainerRecord record in containers.Select(container => container.Record).Where(record => record.Links.Count > 0))
        {
            foreach (ContainerLink link in record.Links)
            {
                if (!names._byLinked.TryGetValue(link.ContainerId, out List<string>? list))
                {
                    names._byLinked[link.ContainerId] = list = [];
                }

                list.Add($"/{record.Name}/{link.Alias}");
            }
        }

        return names;
    }

    public IReadOnlyList<string> OfLinked(string id) => _byLinked.GetValueOrDefault(id) ?? [];

    /// <returns>Null where there is none: <c>/db:/web/db</c>, for the linked that are still there.</returns>
    public static IReadOnlyList<string>? Shown(ContainerRecord record, ContainerStore containers)
    {
        List<string> shown = [];
        foreach (ContainerLink link in record.Links)
        {
            if (containers.Find(link.ContainerId) is Container linked)
            {
                shown.Add($"/{linked.Record.Name}:/{record.Name}/{link.Alias}");
            }
        }

        return shown.Count > 0 ? shown : null;
    }
}
