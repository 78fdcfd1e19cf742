using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>What the keeper has of one network: a table of its names, and one for each container on it that has links.</summary>
internal sealed class NetworkTables
{
    private readonly NetworkId _network;
    private readonly IKeeper _keeper;
    private readonly NetworkStore _networks;
    private readonly Func<string, ContainerRecord?> _find;
    private readonly ILogger _logger;
    private readonly RepeatedWork _pushing;

    /// <summary>Replaced as a whole, by the work, of which there is one at a time.</summary>
    private volatile IReadOnlySet<string> _keys = new HashSet<string>();

    public NetworkTables(NetworkId network, IKeeper keeper, NetworkStore networks, Func<string, ContainerRecord?> find, ILogger logger)
    {
        (_network, _keeper, _networks, _find, _logger) = (network, keeper, networks, find, logger);
        _pushing = new RepeatedWork(TryPushAsync);
    }

    /// <summary>Of the tables that the keeper has got.</summary>
    public IReadOnlySet<string> Keys => _keys;

    /// <summary>As it is now. Questions that come close together are one push; one that fails is in the log.</summary>
    public Task PushAsync() => _pushing.DoAsync();

    private async Task TryPushAsync()
    {
        try
        {
            await ReplaceAsync(Write());
        }
        catch (Exception failure) when (KeeperFailure.Is(failure))
        {
            Log.NamesNotPushed(_logger, _network.Text, failure);
        }
    }

    /// <returns>Empty when nobody is on it, and when it is gone.</returns>
    private Dictionary<string, byte[]> Write()
    {
        if (!_networks.TryGet(_network.Text, out Network? network) || network.Id != _network || network.Endpoints.Count == 0)
        {
            return [];
        }

        NetworkNameTable names = new(network, _find);
        return new(names.WriteLinks()) { [NameTableKey.Of(_network)] = names.Write() };
    }

    private async Task ReplaceAsync(Dictionary<string, byte[]> records)
    {
        HashSet<string> keys = [.. _keys];
        foreach ((string key, byte[] record) in records)
        {
            await _keeper.PushTableAsync(key, record, CancellationToken.None);
            keys.Add(key);
            _keys = keys.ToHashSet();
        }

        foreach (string key in keys.Where(key => !records.ContainsKey(key)).ToArray())
        {
            await _keeper.ForgetTableAsync(key, CancellationToken.None);
            keys.Remove(key);
        }

        _keys = keys;
    }
}
