using System.Globalization;
using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Api;

/// <summary>Which containers a list shows.</summary>
internal sealed class ContainerFilter
{
    private static readonly string[] _statuses = ["created", "running", "paused", "restarting", "removing", "exited", "dead"];

    private static readonly string[] _healths = ["none", "starting", "healthy", "unhealthy"];

    private readonly Filters _filters;

    private readonly PortRanges _exposed;

    private readonly PortRanges _published;

    private readonly bool? _isTask;

    private readonly IReadOnlyList<Digest> _ancestors;

    private readonly DateTimeOffset? _before;

    private readonly DateTimeOffset? _since;

    private ContainerFilter(Filters filters, ContainerServices services)
    {
        _filters = filters;
        _ancestors = FindAncestors(filters, services);
        _exposed = PortRanges.Parse(filters, "expose");
        _published = PortRanges.Parse(filters, "publish");
        _isTask = filters.Flag("is-task");
        _before = CreationOf(filters.Of("before"), services);
        _since = CreationOf(filters.Of("since"), services);
    }

    /// <exception cref="EngineException">A filter or a value that Docker refuses.</exception>
    public static ContainerFilter Parse(ApiRequest request, ContainerServices services)
    {
        Filters filters = Filters.Parse(
            request.Query("filters"), "ancestor", "before", "exited", "id", "label", "name", "status", "health", "since", "volume", "network",
            "is-task", "publish", "expose", "isolation");
        foreach (string status in filters.Of("status").Where(status => !_statuses.Contains(status)))
        {
            throw new EngineException(Refusal.InvalidArgument, $"invalid filter 'status={status}'");
        }

        foreach (string code in filters.Of("exited").Where(code => !int.TryParse(code, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)))
        {
            throw new EngineException(Refusal.InvalidArgument, $"invalid filter 'exited={code}'");
        }

        foreach (string health in filters.Of("health").Where(health => !_healths.Contains(health)))
        {
            throw new EngineException(Refusal.InvalidArgument, $"Unrecognised filter value for health: {health}");
        }

        return new ContainerFilter(filters, services);
    }

    public bool Shows(Container container, bool all)
    {
        ContainerRecord record = container.Record;
        ContainerState state = container.State;
        bool runs = state.Phase is ContainerPhase.Running or ContainerPhase.Paused or ContainerPhase.Restarting;
        return (all || runs || _filters.Of("status").Count > 0)
            && _filters.Allows("status", status => status == state.Status)
            && _filters.Allows("id", id => record.Id.StartsWith(id, StringComparison.Ordinal))
            && _filters.Allows("name", name => NameFits(record.Name, name))
            && _filters.LabelsMatch("label", record.Config.Labels ?? new Dictionary<string, string>())
            && _filters.Allows("exited", code => !runs && state.FinishedAt is not null
                && state.ExitCode == int.Parse(code, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))
            && (_filters.Of("ancestor").Count == 0 || _ancestors.Contains(record.ImageId))
            && (_before is null || record.Created < _before)
            && (_since is null || record.Created > _since)
            && _filters.Allows("network", network => record.Networks.Any(membership => IsOn(record, membership, network)))
            && _filters.Allows("volume", volume => record.Mounts.Any(mount => MountFits(mount, volume)))
            && _filters.Allows("health", health => health == "none")
            && _isTask != true
            && PortsFit(record);
    }

    /// <summary>By name, or by the beginning of its id.</summary>
    private static bool IsOn(ContainerRecord record, NetworkMembership membership, string nameOrId)
    {
        string id = record.Sandbox?.On(membership.Network)?.NetworkId ?? membership.NetworkId;
        return membership.Network == nameOrId || (id.Length > 0 && id.StartsWith(nameOrId, StringComparison.Ordinal));
    }

    /// <summary>One port that fits either filter is enough; both look at what a running container has, as Docker's do.</summary>
    private bool PortsFit(ContainerRecord record)
        => (_exposed.IsEmpty && _published.IsEmpty)
            || (record.Sandbox?.Ports ?? []).Any(port => _published.Has(port.HostPort, port.Port.Protocol) || _exposed.Has(port.Port.Number, port.Port.Protocol));

    /// <summary>By a volume's name, or by where something is mounted; a bind has its source for a name.</summary>
    private static bool MountFits(MountPoint mount, string nameOrPlace)
        => nameOrPlace == (mount.IsVolume ? mount.Name : mount.Source) || nameOrPlace == mount.Destination;

    /// <summary>Docker takes a regular expression; what people write are parts of names, with ^ and $ at their ends.</summary>
    internal static bool NameFits(string name, string pattern)
    {
        bool fromStart = pattern.StartsWith('^');
        bool toEnd = pattern.EndsWith('$');
        string text = pattern.TrimStart('^').TrimEnd('$');
        fromStart |= text.StartsWith('/');
        text = text.TrimStart('/');
        return (fromStart, toEnd) switch
        {
            (true, true) => name == text,
            (true, false) => name.StartsWith(text, StringComparison.Ordinal),
            (false, true) => name.EndsWith(text, StringComparison.Ordinal),
            _ => name.Contains(text, StringComparison.Ordinal),
        };
    }

    /// <summary>An ancestor that does not exist fits no container; it is no error, as with Docker.</summary>
    private static List<Digest> FindAncestors(Filters filters, ContainerServices services)
        => [.. services.Parts.Containers.List().Select(container => container.Record)
            .Where(record => filters.Of("ancestor").Any(name => record.Config.Image == name || IsImage(record.ImageId, name, services)))
            .Select(record => record.ImageId)];

    private static bool IsImage(Digest id, string name, ContainerServices services)
    {
        try
        {
            return services.Images.Resolve(name).Id == id;
        }
        catch (EngineException e) when (e.Refusal is Refusal.NotFound or Refusal.InvalidArgument)
        {
            return false;
        }
    }

    private static DateTimeOffset? CreationOf(IReadOnlyList<string> names, ContainerServices services)
        => names is [string name, ..] ? services.Parts.Containers.Get(name).Record.Created : null;
}
