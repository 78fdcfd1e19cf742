namespace Coracle.Core;

/// <summary>The options of a macvlan or ipvlan network: its links stand on a link of the host's.</summary>
public sealed record ParentedSettings
{
    private const string ParentOption = "parent";

    /// <summary>The host's link; empty for one that is made for this network alone, and leads nowhere.</summary>
    public string Parent { get; init; } = "";

    /// <summary>The driver's word: <c>bridge</c>, <c>private</c>, <c>vepa</c>, <c>passthru</c>; <c>l2</c>, <c>l3</c>, <c>l3s</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Of ipvlan: <c>bridge</c>, <c>private</c>, <c>vepa</c>.</summary>
    public string Flag { get; init; } = "bridge";

    /// <summary>Bytes; 0 is the parent's own.</summary>
    public int Mtu { get; init; }

    /// <summary>The link that this network stands on.</summary>
    public required string Link { get; init; }

    /// <summary>Whether the default route is a link without an address behind it.</summary>
    public bool IsRouted => Mode is "l3" or "l3s";

    /// <exception cref="EngineException">400, in Docker's words.</exception>
    public static ParentedSettings Of(NetworkRecord network)
    {
        bool isMacvlan = network.Driver == NetworkNames.Macvlan;
        string parent = network.Options.GetValueOrDefault(ParentOption, "");
        ParentedSettings settings = new()
        {
            Parent = parent,
            Link = parent.Length > 0 ? parent : (isMacvlan ? "dm-" : "di-") + network.Id.Short,
            Mode = Word(network, network.Driver + "_mode", isMacvlan ? "bridge" : "l2"),
            Flag = Word(network, "ipvlan_flag", "bridge"),
            Mtu = network.Options.TryGetValue(BridgeSettings.MtuOption, out string? mtu) ? OptionReader.Number(BridgeSettings.MtuOption, mtu) : 0,
        };
        settings.Check(network.Driver, isMacvlan);
        return settings;
    }

    private void Check(string driver, bool isMacvlan)
    {
        if (isMacvlan && Mode is not ("bridge" or "private" or "vepa" or "passthru"))
        {
            throw Invalid($"requested macvlan mode '{Mode}' is not valid, 'bridge' mode is the macvlan driver default");
        }

        if (!isMacvlan && Mode is not ("l2" or "l3" or "l3s"))
        {
            throw Invalid($"requested ipvlan mode '{Mode}' is not valid, 'l2' mode is the ipvlan driver default");
        }

        if (!isMacvlan && Flag is not ("bridge" or "private" or "vepa"))
        {
            throw Invalid($"requested ipvlan flag '{Flag}' is not valid, 'bridge' is the ipvlan driver default");
        }

        if (Parent == "lo")
        {
            throw Invalid($"loopback interface is not a valid {driver} parent link");
        }
    }

    private static string Word(NetworkRecord network, string name, string otherwise)
        => network.Options.TryGetValue(name, out string? word) && word.Length > 0 ? word : otherwise;

    private static EngineException Invalid(string message) => new(Refusal.InvalidArgument, message);
}
