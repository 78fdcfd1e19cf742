using System.Globalization;
using System.Net;
using System.Text;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Networking;

/// <summary>
/// Inside a sandbox: whoever asks 127.0.0.11 at port 53 is answered by the sockets that listen there at ports of their own, so that the
/// container's port 53 stays free for a name server of its own.
/// </summary>
public static class ResolverRedirect
{
    private const ushort NamePort = 53;

    // A table of the container's namespace, which ends with it; nothing of the host's.
    private const string Table = "coracle";
    private const string Output = "output";
    private const string Postrouting = "postrouting";

    public static IPAddress Resolver { get; } = new([127, 0, 0, 11]);

    /// <summary>Made anew if it is there.</summary>
    /// <param name="sandbox">An open /proc/PID/ns/net.</param>
    public static void Install(SafeFileHandle sandbox, ushort udpPort, ushort tcpPort)
    {
        if (!TryInstall(sandbox, udpPort, tcpPort))
        {
            InstallByProgram(sandbox, udpPort, tcpPort);
        }
    }

    internal static void Write(TableBatch batch, ushort udpPort, ushort tcpPort)
    {
        batch.In(TableFamily.IPv4, Table).RemakeTable("coracle names");
        batch.AddBaseChain(Output, "nat", ChainHook.Output, ChainPriority.DestinationNat);
        batch.AddBaseChain(Postrouting, "nat", ChainHook.Postrouting, ChainPriority.SourceNat);
        foreach ((TransportProtocol protocol, ushort port) in new[] { (TransportProtocol.Udp, udpPort), (TransportProtocol.Tcp, tcpPort) })
        {
            RulesetFamily family = RulesetFamily.IPv4;
            var only = new IPNetwork(Resolver, 32);
            batch.AddRule(Output).Destination(family, only).Protocol((byte)protocol).Port(isSource: false, NamePort)
                .Endpoint(Resolver, port).DestinationNat(Register.First, Register.Second);

            // What the resolver sends of its own accord, such as an answer to a question that connection tracking has forgotten.
            batch.AddRule(Postrouting).Source(family, only).Protocol((byte)protocol).Port(isSource: true, port)
                .Endpoint(Resolver, NamePort).SourceNat(Register.First, Register.Second);
        }
    }

    private static bool TryInstall(SafeFileHandle sandbox, ushort udpPort, ushort tcpPort)
    {
        try
        {
            using TableSession session = TableSession.OpenIn(sandbox);
            var batch = new TableBatch();
            Write(batch, udpPort, tcpPort);
            TableResult result = session.TryCommit(batch);
            if (result.Errno is Errno.EOPNOTSUPP or Errno.ENOENT or Errno.EAFNOSUPPORT)
            {
                return false; // no nf_tables, or none with nat
            }

            result.ThrowIfFailed("nf_tables", "");
            return true;
        }
        catch (LinuxException missing) when (missing.Errno is Errno.EPROTONOSUPPORT)
        {
            return false;
        }
    }

    private static void InstallByProgram(SafeFileHandle sandbox, ushort udpPort, ushort tcpPort)
    {
        using var visit = new NamespaceVisit();
        visit.Join(sandbox, NamespaceKinds.Network);
        IptablesTool tool = IptablesTool.FindWorking(isIPv6: false)
            ?? throw new LinuxException("iptables", "no nf_tables in this kernel, and no iptables program", Errno.ENOENT);
        tool.Restore(Text(tool.Save("nat"), udpPort, tcpPort));
    }

    /// <summary>Two chains, since the kernel takes DNAT only where packets set out and SNAT only where they leave.</summary>
    /// <param name="present">As iptables-save writes them.</param>
    internal static string Text(string[] present, ushort udpPort, ushort tcpPort)
    {
        const string Setout = IptablesText.Prefix + "NAMES-OUT", Leave = IptablesText.Prefix + "NAMES-POST";
        var text = new StringBuilder($"*nat\n:{Setout} - [0:0]\n:{Leave} - [0:0]\n");
        foreach (string rule in present.Where(rule => rule.StartsWith("-A ", StringComparison.Ordinal)
            && (rule.EndsWith($" -j {Setout}", StringComparison.Ordinal) || rule.EndsWith($" -j {Leave}", StringComparison.Ordinal))))
        {
            text.Append("-D").Append(rule.AsSpan(2)).Append('\n');
        }

        text.Append($"-I OUTPUT -d {Resolver}/32 -j {Setout}\n-I POSTROUTING -s {Resolver}/32 -j {Leave}\n");
        foreach ((string protocol, ushort port) in new[] { ("udp", udpPort), ("tcp", tcpPort) })
        {
            text.Append(CultureInfo.InvariantCulture, $"-A {Setout} -p {protocol} --dport {NamePort} -j DNAT --to-destination {Resolver}:{port}\n");
            text.Append(CultureInfo.InvariantCulture, $"-A {Leave} -p {protocol} --sport {port} -j SNAT --to-source {Resolver}:{NamePort}\n");
        }

        return text.Append("COMMIT\n").ToString();
    }
}
