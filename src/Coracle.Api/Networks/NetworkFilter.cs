using Coracle.Core;

namespace Coracle.Api;

/// <summary>Which networks a list shows.</summary>
internal sealed class NetworkFilter
{
    private readonly Filters _filters;

    private readonly bool? _dangling;

    private NetworkFilter(Filters filters)
    {
        _filters = filters;
        _dangling = DanglingOf(filters.Of("dangling"));
    }

    /// <exception cref="EngineException">400: a filter or a value that Docker refuses.</exception>
    public static NetworkFilter Parse(string? text)
    {
        Filters filters = Filters.Parse(text, "dangling", "driver", "id", "label", "name", "scope", "type");
        foreach (string type in filters.Of("type"))
        {
            if (type is not ("builtin" or "custom"))
            {
                throw new EngineException(Refusal.InvalidArgument, $"invalid filter: 'type'='{type}'");
            }
        }

        return new NetworkFilter(filters);
    }

    public bool Shows(Network network)
    {
        NetworkRecord record = network.Record;
        return _filters.Allows("driver", driver => driver == record.Driver)
            && _filters.Allows("name", name => ContainerFilter.NameFits(record.Name, name))
            && _filters.Allows("id", id => ContainerFilter.NameFits(record.Id.Text, id))
            && _filters.LabelsMatch("label", record.Labels)
            && _filters.Allows("scope", scope => scope == record.Scope)
            && _filters.Allows("type", type => type == (record.IsPredefined ? "builtin" : "custom"))
            && (_dangling is null || _dangling == (!record.IsPredefined && network.Endpoints.Count == 0));
    }

    private static bool? DanglingOf(IReadOnlyList<string> values) => values switch
    {
        [] => null,
        ["1" or "true"] => true,
        ["0" or "false"] => false,
        [_] => throw new EngineException(
            Refusal.InvalidArgument, "invalid value for filter 'dangling', must be \"true\" (or \"1\"), or \"false\" (or \"0\")"),
        _ => throw new EngineException(Refusal.InvalidArgument, "got more than one value for filter key \"dangling\""),
    };
}
