using System.Text;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>The iptables programs of the host, for one family: its rules as text, and changes to them as text.</summary>
/// <param name="save">Whole path of iptables-save.</param>
/// <param name="restore">Whole path of iptables-restore.</param>
internal sealed class IptablesTool(string save, string restore)
{
    /// <summary>Seconds for whoever else holds the lock of all iptables programs.</summary>
    private const string Patience = "--wait=10";

    /// <summary>Of the kernel's older rules, which nf_tables does not show.</summary>
    internal static IptablesTool? FindLegacy(bool isIPv6)
        => Find(isIPv6 ? "ip6tables-legacy" : "iptables-legacy") ?? (Find(isIPv6 ? "ip6tables" : "iptables") is { } plain && !plain.SpeaksNfTables() ? plain : null);

    /// <summary>What the host's owner uses, unless that is made for an nf_tables which this kernel has not.</summary>
    internal static IptablesTool? FindWorking(bool isIPv6)
        => Find(isIPv6 ? "ip6tables" : "iptables") is { } usual && usual.Works() ? usual
            : Find(isIPv6 ? "ip6tables-legacy" : "iptables-legacy") is { } legacy && legacy.Works() ? legacy : null;

    /// <summary>All tables in use, one rule a line.</summary>
    internal string[] Save(string table = "")
    {
        ToolOutcome outcome = ToolRun.Run(save, table.Length == 0 ? [] : ["-t", table], []);
        return outcome.ExitCode == 0 ? outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries) : throw Failed(save, outcome);
    }

    /// <summary>Each table's changes happen together; what is not named stays.</summary>
    internal void Restore(string changes)
    {
        ToolOutcome outcome = ToolRun.Run(restore, ["--noflush", Patience], Encoding.UTF8.GetBytes(changes));
        if (outcome.ExitCode != 0)
        {
            throw Failed(restore, outcome);
        }
    }

    /// <summary>Whether the program can do anything here. It puts the table nat there, if it was not.</summary>
    private bool Works() => ToolRun.Run(save, ["-t", "nat"], []).ExitCode == 0;

    private static IptablesTool? Find(string name)
        => ToolRun.Find(name + "-save") is { } save && ToolRun.Find(name + "-restore") is { } restore ? new IptablesTool(save, restore) : null;

    private bool SpeaksNfTables() => ToolRun.Run(save, ["-V"], []).Output.Contains("nf_tables", StringComparison.Ordinal);

    private static LinuxException Failed(string program, ToolOutcome outcome)
        => new(program, $"exit status {outcome.ExitCode}", Errno.EIO, outcome.Output.Trim().ReplaceLineEndings(" "));
}
