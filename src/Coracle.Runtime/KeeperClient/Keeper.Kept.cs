using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

// Descriptors that it keeps for the next engine.
public sealed partial class Keeper
{
    private readonly KeptHandles _waiting = new(); // until there is a keeper

    /// <summary>Keeps these for the next engine, in place of those of the same name.</summary>
    public Task KeepAsync(string name, IReadOnlyList<SafeFileHandle> descriptors, CancellationToken cancellationToken)
        => DoAsync(KeeperOperation.Keep, KeeperMessages.Text(name), [.. descriptors], _ => _ledger.Kept.Put(name, descriptors), cancellationToken);

    /// <summary>As <see cref="KeepAsync"/>, but no keeper is started for it: they are handed over as soon as one is there for something else.</summary>
    public async Task KeepOnceStartedAsync(string name, IReadOnlyList<SafeFileHandle> descriptors, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _waiting.Put(name, descriptors);
            if (_conversation is { } keeper)
            {
                await HandOverAsync(keeper, cancellationToken);
            }
            else if (await _start.TryFindAsync(cancellationToken) is { } found)
            {
                await TakeOverAsync(found, cancellationToken);
            }
        }
        catch (KeeperGoneException)
        {
            // They wait on: one that was needed is replaced, and gets them then.
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What was kept under this name; the keeper keeps it all the same.</summary>
    /// <returns>The caller's; empty when there is nothing.</returns>
    public async Task<SafeFileHandle[]> FetchAsync(string name, CancellationToken cancellationToken)
    {
        SafeFileHandle[] fetched = [];
        await UndoAsync(KeeperOperation.Fetch, KeeperMessages.Text(name), () => _ledger.Kept.Has(name), cancellationToken, answer => fetched = answer.Descriptors);
        return fetched;
    }

    public Task DropAsync(string name, CancellationToken cancellationToken) => UndoAsync(
        KeeperOperation.Drop, KeeperMessages.Text(name), () =>
        {
            _ = _waiting.Remove(name);
            return _ledger.Kept.Remove(name);
        }, cancellationToken);

    private async Task HandOverAsync(KeeperConversation keeper, CancellationToken cancellationToken)
    {
        foreach ((string name, SafeFileHandle[] descriptors) in _waiting.All())
        {
            try
            {
                _ = await keeper.AskAsync(KeeperOperation.Keep, KeeperMessages.Text(name), [.. descriptors], cancellationToken);
                _ledger.Kept.Put(name, descriptors);
            }
            catch (LinuxException refused)
            {
                Log.NotKept(_logger, name, refused); // whoever needs the keeper now needs it for something else
            }

            _ = _waiting.Remove(name);
        }
    }
}
