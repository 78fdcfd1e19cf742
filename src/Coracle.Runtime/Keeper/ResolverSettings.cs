using Coracle.Dns;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>How a sandbox's questions are answered.</summary>
/// <param name="tables">Keys of the name tables that are asked, in this order; one that is not there yet is as an empty one.</param>
/// <param name="outside">For names that no table has.</param>
/// <param name="servers">
/// The container's own (<c>--dns</c>), asked from its own network namespace as Docker does; none: the host's of the moment, asked from the
/// host's, where its loopback resolvers are.
/// </param>
public sealed class ResolverSettings(string[] tables, OutsideNames outside, InternetEndpoint[] servers)
{
    /// <summary>Docker asks three at most.</summary>
    public const int MostServers = 3;

    /// <summary>Of one sandbox.</summary>
    public const int MostTables = 64;

    private const int SmallestServer = 3;

    internal string[] Tables { get; } = tables;

    internal OutsideNames Outside { get; } = outside;

    internal InternetEndpoint[] Servers { get; } = servers;

    internal void Encode(RecordWriter writer)
    {
        writer.Byte((byte)Outside);
        writer.Texts(Tables);
        writer.Int32(Servers.Length);
        foreach (InternetEndpoint server in Servers)
        {
            EndpointCodec.Write(writer, server);
        }
    }

    /// <exception cref="InvalidDataException">Damaged, or more than is served.</exception>
    internal static ResolverSettings Decode(ref RecordReader reader)
    {
        var outside = (OutsideNames)(reader.Byte() & (byte)(OutsideNames.Forwarded | OutsideNames.OnlyQualified));
        string[] tables = reader.Texts();
        var servers = new InternetEndpoint[reader.Count(SmallestServer)];
        if (servers.Length > MostServers || tables.Length > MostTables)
        {
            throw new InvalidDataException("more name servers or networks than a sandbox can have");
        }

        for (int i = 0; i < servers.Length; i++)
        {
            servers[i] = EndpointCodec.Read(ref reader);
            if (servers[i].Length == 0)
            {
                throw new InvalidDataException("a name server without an address");
            }
        }

        return new ResolverSettings(tables, outside, servers);
    }
}
