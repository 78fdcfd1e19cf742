using Coracle.Linux;
using Coracle.Networking;

namespace Coracle.Fuzz;

/// <summary>A namespace's tables, chains and rules: any program with the right to may have written them, and whatever it pleased.</summary>
internal static class TableTargets
{
    private delegate object? Reading(in NetlinkMessage message);

    public static void Dump(ReadOnlySpan<byte> input)
    {
        List<ChainFacts> chains = [];
        List<RuleFacts> rules = [];
        int index = 0;
        uint generation = 0;
        NetlinkReader reader = new(input);
        while (reader.TryRead(out NetlinkMessage message))
        {
            Keep(chains, Try(TableDump.ParseChain, message));
            Keep(rules, Try(TableDump.ParseRule, message));
            Promise.Holds(Try(TableDump.ParseTable, message) is null or TableFacts { Comment.Length: <= 255 }, "a comment is as long as its record");
            Try((in NetlinkMessage m) => TableDump.TryParseGeneration(m, ref generation), message);
            index++;
        }

        List<ForwardObstacle> found = ForwardObstacle.Find(chains, (family, table) => rules.FindAll(rule => rule.Family == family && rule.Table == table));
        Promise.Holds(found.Count <= chains.Count, "an obstacle is a chain");
        if (index > 0)
        {
            Promise.Holds(TableDump.Describe(input, index - 1).Length > 0, "a message has a name");
        }
    }

    private static object? Try(Reading read, in NetlinkMessage message)
    {
        try
        {
            return read(message);
        }
        catch (LinuxException malformed) when (malformed.Errno == Errno.EBADMSG)
        {
            return null; // refused; the next reading may like it
        }
    }

    private static void Keep<T>(List<T> list, object? read)
        where T : class
    {
        if (read is T facts)
        {
            list.Add(facts);
        }
    }
}
