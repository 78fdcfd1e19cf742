using System.Runtime.InteropServices;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

// Its process: found, started, lost, replaced.
public sealed partial class Keeper
{
    /// <summary>Of a process, from the end of its connection to that of its last socket.</summary>
    private const long MostMillisecondsOfAnEnd = 2_000;

    private static readonly TimeSpan _holdInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Asks, and writes down what came of it. A keeper that is lost over it is replaced, and asked again.</summary>
    private async Task DoAsync(
        KeeperOperation operation, byte[] payload, SafeHandle[] descriptors, Action<KeeperConversation.Answer> done, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    KeeperConversation keeper = await EnsureAsync(cancellationToken);
                    done(await keeper.AskAsync(operation, payload, descriptors, cancellationToken));
                    return;
                }
                catch (KeeperGoneException) when (attempt < MostTries)
                {
                    // Killed, or one that was just leaving.
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>For what is done already when there is no keeper, or when it has let go by itself.</summary>
    /// <param name="wasHeld">Strikes it from the ledger, and says whether it was there.</param>
    private async Task UndoAsync(
        KeeperOperation operation, byte[] payload, Func<bool> wasHeld, CancellationToken cancellationToken, Action<KeeperConversation.Answer>? done = null)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_conversation is null && await _start.TryFindAsync(cancellationToken) is { } found)
            {
                await TakeOverAsync(found, cancellationToken);
            }

            if (wasHeld() && _conversation is { } keeper)
            {
                KeeperConversation.Answer answer = await keeper.AskAsync(operation, payload, [], cancellationToken);
                done?.Invoke(answer);
            }
        }
        catch (KeeperGoneException)
        {
            // It is not held any more, and the ledger does not have it: another keeper will not get it.
        }
        catch (LinuxException gone) when (gone.Errno == Errno.ENOENT)
        {
            // The process has ended meanwhile.
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<KeeperConversation> EnsureAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (_conversation is null || _conversation.Closed.IsCompleted)
        {
            if (_conversation is { } lost)
            {
                _conversation = null;
                await lost.DisposeAsync();
            }

            if (await _start.TryFindAsync(cancellationToken) is { } found)
            {
                await TakeOverAsync(found, cancellationToken);
            }
            else if (await _start.TryStartAsync(cancellationToken) is { } started)
            {
                Log.KeeperStarted(_logger, started.Version);
                await PushAllAsync(started, cancellationToken);
                await HandOverAsync(started, cancellationToken);
                Begin(started);
            }
        }

        return _conversation;
    }

    private void Begin(KeeperConversation conversation)
    {
        _conversation = conversation;
        _minding = MindAsync(conversation, _minding);
    }

    /// <summary>Waits for the loss of this keeper, and replaces it when it held something: names and ports do not wait for the next verb.</summary>
    private async Task MindAsync(KeeperConversation conversation, Task before)
    {
        await conversation.Closed;
        if (!before.IsCompleted)
        {
            await before;
        }

        await _turn.WaitAsync();
        try
        {
            _ledger.Sweep();
            if (!_disposed && _conversation == conversation && !_ledger.IsEmpty)
            {
                Log.KeeperLost(_logger);
                _ = await EnsureAsync(CancellationToken.None);
            }
        }
        catch (Exception failure) when (failure is IOException or TimeoutException or InvalidDataException)
        {
            Log.KeeperNotReplaced(_logger, failure);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A keeper that lives: of an earlier engine, or ours after it closed our connection.</summary>
    private async Task TakeOverAsync(KeeperConversation found, CancellationToken cancellationToken)
    {
        try
        {
            if (_ledger.IsEmpty)
            {
                await LoadAsync(found, cancellationToken);
            }
            else
            {
                await ClearAsync(found, cancellationToken);
                await PushAllAsync(found, cancellationToken);
            }

            await HandOverAsync(found, cancellationToken);
        }
        catch
        {
            await found.DisposeAsync();
            throw;
        }

        Log.KeeperFound(_logger, found.Version, _ledger.Tenants.Count);
        Begin(found);
    }

    private async Task LoadAsync(KeeperConversation keeper, CancellationToken cancellationToken)
    {
        for (int from = 0; from >= 0;)
        {
            KeeperConversation.Answer page = await keeper.AskAsync(KeeperOperation.List, KeeperMessages.From(from), [], cancellationToken);
            from = KeeperMessages.ReadPage(page.Payload, _ledger);
        }

        foreach ((string id, LedgerTenant tenant) in _ledger.Tenants.ToArray())
        {
            if (await TryAskAsync(keeper, KeeperOperation.Recall, id, cancellationToken) is { } answer)
            {
                KeeperMessages.ReadTenant(answer.Payload, answer.Descriptors, tenant);
            }
            else
            {
                _ledger.RemoveTenant(id);
            }
        }

        foreach (string name in _ledger.Kept.Names())
        {
            if (await TryAskAsync(keeper, KeeperOperation.Fetch, name, cancellationToken) is { } answer)
            {
                _ledger.Kept.Adopt(name, answer.Descriptors);
            }
        }
    }

    /// <summary>So that what is pushed next does not meet what it held before.</summary>
    private async Task ClearAsync(KeeperConversation keeper, CancellationToken cancellationToken)
    {
        foreach (string id in _ledger.Tenants.Keys)
        {
            _ = await TryAskAsync(keeper, KeeperOperation.Release, id, cancellationToken);
        }
    }

    /// <returns>Null when there is no such thing (any more).</returns>
    private static async Task<KeeperConversation.Answer?> TryAskAsync(
        KeeperConversation keeper, KeeperOperation operation, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await keeper.AskAsync(operation, KeeperMessages.Text(name), [], cancellationToken);
        }
        catch (LinuxException none) when (none.Errno == Errno.ENOENT)
        {
            return null;
        }
    }

    private async Task PushAllAsync(KeeperConversation keeper, CancellationToken cancellationToken)
    {
        _ledger.Sweep();
        long patience = Clock.MonotonicMilliseconds() + MostMillisecondsOfAnEnd;
        foreach ((string key, byte[]? record) in _ledger.Tables)
        {
            if (record is not null)
            {
                using SafeFileHandle file = SharedBytes.Create("names", record);
                _ = await keeper.AskAsync(KeeperOperation.Table, KeeperMessages.Table(key, record.Length), [file], cancellationToken);
            }
        }

        foreach ((string id, LedgerTenant tenant) in _ledger.Tenants)
        {
            await PushAsync(keeper, id, tenant, patience, cancellationToken);
        }

        foreach ((string name, SafeFileHandle[] descriptors) in _ledger.Kept.All())
        {
            _ = await keeper.AskAsync(KeeperOperation.Keep, KeeperMessages.Text(name), [.. descriptors], cancellationToken);
        }
    }

    /// <param name="patience">Until when a port may still be its predecessor's, on the monotonic clock, in milliseconds.</param>
    private async Task PushAsync(KeeperConversation keeper, string id, LedgerTenant tenant, long patience, CancellationToken cancellationToken)
    {
        if (tenant.Process is { } process)
        {
            _ = await keeper.AskAsync(KeeperOperation.Attend, KeeperMessages.Text(id), [process], cancellationToken);
        }

        foreach (PortHold port in tenant.Ports.ToArray())
        {
            try
            {
                await HoldAgainAsync(keeper, id, port, patience, cancellationToken);
            }
            catch (LinuxException taken)
            {
                // Somebody was quicker. The kernel's translation goes on; only that nobody else has the port is not true any more.
                Log.PortTaken(_logger, id, port.At.Port, taken);
                _ = tenant.Ports.Remove(port);
            }
        }

        if (tenant is { Settings: { } settings, Datagrams: { } datagrams, Streams: { } streams })
        {
            _ = await keeper.AskAsync(KeeperOperation.Serve, KeeperMessages.Serving(id, settings), [datagrams, streams], cancellationToken);
        }
    }

    /// <summary>The connection of one that was killed may end before its other descriptors do: the kernel closes them one by one.</summary>
    private static async Task HoldAgainAsync(KeeperConversation keeper, string id, PortHold port, long patience, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                _ = await keeper.AskAsync(KeeperOperation.Hold, KeeperMessages.Port(id, port), [], cancellationToken);
                return;
            }
            catch (LinuxException taken) when (taken.Errno == Errno.EADDRINUSE && Clock.MonotonicMilliseconds() < patience)
            {
                await Task.Delay(_holdInterval, cancellationToken);
            }
        }
    }
}
