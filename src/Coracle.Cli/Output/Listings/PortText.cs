using System.Globalization;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>The column PORTS: ports in order, neighbours drawn together, those with another number on the host at the end.</summary>
internal static class PortText
{
    public static string Of(JsonElement list)
    {
        List<string> done = [], moved = [];
        List<Run> runs = [];
        foreach (Port port in JsonLists.Items(list, Read).Order())
        {
            if (port.Address.Length > 0 && port.Public != port.Private)
            {
                moved.Add($"{HostPort(port.Address, port.Public)}->{port.Private}/{port.Protocol}");
                continue;
            }

            int at = runs.FindIndex(r => r.Address == port.Address && r.Protocol == port.Protocol);
            if (at < 0)
            {
                runs.Add(new Run(port.Address, port.Protocol, port.Private, port.Private));
            }
            else if (port.Private == runs[at].Last + 1)
            {
                runs[at] = runs[at] with { Last = port.Private };
            }
            else
            {
                done.Add(runs[at].ToString());
                runs[at] = new Run(port.Address, port.Protocol, port.Private, port.Private);
            }
        }

        return string.Join(", ", [.. done, .. runs.ConvertAll(r => r.ToString()), .. moved]);
    }

    private static Port Read(JsonElement port) => new(
        port.TryGetProperty("IP", out JsonElement address) ? address.GetString()! : "",
        port.GetProperty("PrivatePort").GetInt32(),
        port.TryGetProperty("PublicPort", out JsonElement outside) ? outside.GetInt32() : 0,
        port.GetProperty("Type").GetString()!);

    private static string HostPort(string address, object port)
        => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:{port}" : $"{address}:{port}";

    private sealed record Port(string Address, int Private, int Public, string Protocol) : IComparable<Port>
    {
        public int CompareTo(Port? other)
            => Private != other!.Private ? Private.CompareTo(other.Private)
                : Address != other.Address ? string.CompareOrdinal(Address, other.Address)
                : Public != other.Public ? Public.CompareTo(other.Public)
                : string.CompareOrdinal(Protocol, other.Protocol);
    }

    private sealed record Run(string Address, string Protocol, int First, int Last)
    {
        public override string ToString()
        {
            string ports = First == Last ? First.ToString(CultureInfo.InvariantCulture) : $"{First}-{Last}";
            return (Address.Length > 0 ? $"{HostPort(Address, ports)}->{ports}" : ports) + "/" + Protocol;
        }
    }
}
