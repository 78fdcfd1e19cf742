namespace Coracle.Runtime;

/// <summary>What stands in exec-root.</summary>
internal static class KeeperFiles
{
    /// <summary>Locked as long as the keeper lives.</summary>
    public const string Lock = "keeper.lock";

    public const string Socket = "keeper.sock";
}
