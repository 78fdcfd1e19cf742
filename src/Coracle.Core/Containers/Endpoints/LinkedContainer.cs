namespace Coracle.Core;

/// <summary>A linked container as it runs now: what of it goes into the other's environment and hosts file.</summary>
internal sealed record LinkedContainer(ContainerRecord Record, string Alias, string Address)
{
    private static readonly string[] _ofEveryImage = ["HOME", "PATH"];

    /// <exception cref="EngineException">409: one of them does not run, or is not on the default bridge.</exception>
    public static IReadOnlyList<LinkedContainer> Of(ContainerRecord record, Func<string, ContainerRecord> find)
        => [.. record.Links.Select(link => Of(record, find(link.ContainerId), link.Alias))];

    /// <summary>Those of them that run on the default bridge now.</summary>
    public static IEnumerable<LinkedContainer> Running(ContainerRecord record, Func<string, ContainerRecord> find)
    {
        foreach (ContainerLink link in record.Links)
        {
            if (find(link.ContainerId) is { } linked && linked.Sandbox?.On("bridge") is { IPAddress: { Length: > 0 } address })
            {
                yield return new LinkedContainer(linked, link.Alias, address);
            }
        }
    }

    private static LinkedContainer Of(ContainerRecord record, ContainerRecord linked, string alias)
        => linked.Sandbox is not SandboxState sandbox
            ? throw new EngineException(Refusal.Conflict, $"Cannot link to a non running container: /{linked.Name} AS /{record.Name}/{alias}")
            : sandbox.On("bridge") is { IPAddress: { Length: > 0 } address } ? new LinkedContainer(linked, alias, address)
            : throw new EngineException(Refusal.Conflict, $"container {linked.Id} not attached to default bridge network");

    /// <summary>The line of the hosts file: its alias, then the names it has itself.</summary>
    public HostsEntry HostsEntry
        => new(Address, string.Join(' ', Enumerable.Distinct([Alias, Record.Config.Hostname, Record.Name]).Where(name => name.Length > 0)));

    /// <summary>Docker's variables of a link: <c>DB_PORT=tcp://172.17.0.5:5432</c> and those that belong to it.</summary>
    /// <param name="parent">The name of the container that has the link.</param>
    public IEnumerable<string> Environment(string parent)
    {
        string alias = Alias[(Alias.LastIndexOf('/') + 1)..].ToUpperInvariant().Replace('-', '_');
        List<ContainerPort> ports = [.. PortWish.Exposed(Record.Config).OrderBy(port => port.Protocol).ThenBy(port => port.Number)];
        if (ports.Count > 0)
        {
            yield return $"{alias}_PORT={Url(ports[0])}";
        }

        foreach (string variable in OfPorts(alias, ports))
        {
            yield return variable;
        }

        yield return $"{alias}_NAME=/{parent}/{Alias}";
        foreach (string variable in Record.Config.Env ?? [])
        {
            string name = EnvironmentList.NameOf(variable);
            if (name.Length < variable.Length && !_ofEveryImage.Contains(name))
            {
                yield return $"{alias}_ENV_{variable}";
            }
        }
    }

    private IEnumerable<string> OfPorts(string alias, List<ContainerPort> ports)
    {
        int first = 0;
        for (int i = 0; i < ports.Count; i++)
        {
            string prefix = Prefix(alias, ports[i]);
            yield return $"{prefix}={Url(ports[i])}";
            yield return $"{prefix}_ADDR={Address}";
            yield return $"{prefix}_PORT={ports[i].Number}";
            yield return $"{prefix}_PROTO={ContainerPort.Word(ports[i].Protocol)}";
            bool goesOn = i + 1 < ports.Count && ports[i + 1].Protocol == ports[i].Protocol && ports[i + 1].Number == ports[i].Number + 1;
            if (goesOn)
            {
                continue;
            }

            if (i > first)
            {
                string range = Prefix(alias, ports[first]);
                yield return $"{range}_START={Url(ports[first])}";
                yield return $"{range}_PORT_START={ports[first].Number}";
                yield return $"{range}_END={Url(ports[i])}";
                yield return $"{range}_PORT_END={ports[i].Number}";
            }

            first = i + 1;
        }
    }

    private static string Prefix(string alias, ContainerPort port)
        => $"{alias}_PORT_{port.Number}_{ContainerPort.Word(port.Protocol).ToUpperInvariant()}";

    private string Url(ContainerPort port) => $"{ContainerPort.Word(port.Protocol)}://{Address}:{port.Number}";
}
