using System.Text;
using Coracle.Dns;

namespace Coracle.Fuzz;

/// <summary>What a name server answers, and the two files that an image or a person writes.</summary>
internal static class DnsTargets
{
    public static void Answer(ReadOnlySpan<byte> input)
    {
        Span<byte> query = stackalloc byte[DnsQuery.MaxLength];
        int length = DnsQuery.Write(query, 0x1234, "registry.example.com", DnsRecordType.A, extended: true);
        if (DnsAnswer.Parse(input, query[..length], DnsRecordType.A) is not { } answer)
        {
            return;
        }

        Promise.Holds(answer.Addresses.Count <= 32, "no more addresses than anybody can use");
        Promise.Holds(answer.Alias is null || answer.Alias.Length is > 0 and <= 255, "an alias is a name");
    }

    public static void Files(ReadOnlySpan<byte> input)
    {
        _ = HostsFile.Find(input, "db");
        ResolvConf conf = ResolvConf.Parse(input);
        Promise.Holds(conf.Servers.Count is > 0 and <= 3 && conf.Timeout > TimeSpan.Zero && conf.Attempts is > 0 and <= 5, "glibc's bounds");
        foreach (string name in conf.Candidates("db"))
        {
            byte[] query = new byte[DnsQuery.MaxLength];
            _ = DnsQuery.Write(query, 1, name, DnsRecordType.Aaaa, extended: false);
        }

        _ = Encoding.UTF8.GetCharCount(input);
    }
}
