using Coracle.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>
/// The keeper as the engine sees it: one process for all containers, started when it is first needed, that goes on holding ports and
/// answering questions for names while there is no engine. One that is lost is replaced at once, and gets everything again.
/// </summary>
/// <remarks>
/// What is held is held for a tenant, by its id: a container. Before <see cref="AttendAsync"/> it goes with the engine, afterwards with the
/// container's process. Descriptors that are handed over stay the caller's; duplicates travel. Verbs wait for each other.
/// </remarks>
public sealed partial class Keeper : IAsyncDisposable
{
    private const int MostTries = 3;

    private readonly ILogger _logger;
    private readonly KeeperStart _start;
    private readonly SemaphoreSlim _turn = new(1); // guards all below
    private readonly KeeperLedger _ledger = new();
    private KeeperConversation? _conversation;
    private Task _minding = Task.CompletedTask;
    private bool _disposed;

    /// <param name="resolvConf">The host's: whose servers are asked for names that no network has.</param>
    public Keeper(RuntimeOptions options, string resolvConf, ILogger logger)
        : this(new KeeperStart(options, resolvConf), logger)
    {
    }

    internal Keeper(KeeperStart start, ILogger logger)
    {
        _logger = logger;
        _start = start;
    }

    /// <summary>What the keeper of an earlier engine holds, which this engine then goes on with.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="TimeoutException">One lives and says nothing.</exception>
    public async Task<KeeperHoldings?> FindAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_conversation is null && await _start.TryFindAsync(cancellationToken) is { } found)
            {
                await TakeOverAsync(found, cancellationToken);
            }

            _ledger.Sweep();
            return _conversation is null ? null : new KeeperHoldings(
                [.. _ledger.Tenants.Select(pair => new KeeperTenant(pair.Key, pair.Value.Settings is not null, pair.Value.Settings, [.. pair.Value.Ports]))],
                [.. _ledger.Tables.Keys],
                _ledger.Kept.Names());
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>From here on what is held for the tenant goes when this process has ended, whatever becomes of the engine.</summary>
    public Task AttendAsync(string tenant, SafeFileHandle pidFd, CancellationToken cancellationToken) => DoAsync(
        KeeperOperation.Attend, KeeperMessages.Text(tenant), [pidFd], _ =>
        {
            LedgerTenant own = _ledger.Of(tenant);
            own.Process?.Dispose();
            own.Process = LocalMessages.Duplicate(pidFd);
        }, cancellationToken);

    /// <returns>The port: the one that was asked for, or a free one for 0.</returns>
    /// <exception cref="LinuxException">EADDRINUSE, EADDRNOTAVAIL, EPROTONOSUPPORT, EAFNOSUPPORT: as the kernel said it.</exception>
    public async Task<ushort> HoldAsync(string tenant, PortHold port, CancellationToken cancellationToken)
    {
        ushort bound = 0;
        await DoAsync(
            KeeperOperation.Hold, KeeperMessages.Port(tenant, port), [], answer =>
            {
                bound = KeeperMessages.BoundPort(answer.Payload);
                _ledger.Of(tenant).Ports.Add(port.On(bound));
            }, cancellationToken);
        return bound;
    }

    public Task ReleasePortAsync(string tenant, PortHold port, CancellationToken cancellationToken) => UndoAsync(
        KeeperOperation.ReleasePort, KeeperMessages.Port(tenant, port),
        () => _ledger.Tenants.TryGetValue(tenant, out LedgerTenant? own) && own.Ports.RemoveAll(held => held.IsSamePort(port)) > 0, cancellationToken);

    /// <summary>Everything that is held for it. Nothing happens when nothing is.</summary>
    public Task ReleaseAsync(string tenant, CancellationToken cancellationToken) => UndoAsync(
        KeeperOperation.Release, KeeperMessages.Text(tenant), () =>
        {
            bool known = _ledger.Tenants.ContainsKey(tenant);
            _ledger.RemoveTenant(tenant);
            return known;
        }, cancellationToken);

    /// <summary>The names of a network, all of them.</summary>
    /// <param name="record">Of <c>NameTableBuilder</c>.</param>
    public async Task PushTableAsync(string key, byte[] record, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = SharedBytes.Create("names", record);
        await DoAsync(
            KeeperOperation.Table, KeeperMessages.Table(key, record.Length), [file], _ => _ledger.Tables[key] = record, cancellationToken);
    }

    public Task ForgetTableAsync(string key, CancellationToken cancellationToken)
        => UndoAsync(KeeperOperation.ForgetTable, KeeperMessages.Text(key), () => _ledger.Tables.Remove(key), cancellationToken);

    /// <summary>Answers a sandbox's questions from now on.</summary>
    /// <param name="datagrams">UDP, bound inside the sandbox.</param>
    /// <param name="streams">TCP, listening there.</param>
    public Task ServeAsync(
        string tenant, SafeFileHandle datagrams, SafeFileHandle streams, ResolverSettings settings, CancellationToken cancellationToken) => DoAsync(
        KeeperOperation.Serve, KeeperMessages.Serving(tenant, settings), [datagrams, streams], _ =>
        {
            LedgerTenant own = _ledger.Of(tenant);
            own.StopServing();
            (own.Settings, own.Datagrams, own.Streams) = (settings, LocalMessages.Duplicate(datagrams), LocalMessages.Duplicate(streams));
        }, cancellationToken);

    /// <summary>The same sandbox, joined to other networks.</summary>
    /// <exception cref="LinuxException">ENOENT: its questions are not answered.</exception>
    public Task ChangeAsync(string tenant, ResolverSettings settings, CancellationToken cancellationToken) => DoAsync(
        KeeperOperation.Serve, KeeperMessages.Serving(tenant, settings), [], _ => _ledger.Of(tenant).Settings = settings, cancellationToken);

    public Task StopServingAsync(string tenant, CancellationToken cancellationToken) => UndoAsync(
        KeeperOperation.StopServing, KeeperMessages.Text(tenant), () =>
        {
            bool serves = _ledger.Tenants.TryGetValue(tenant, out LedgerTenant? own) && own.Settings is not null;
            own?.StopServing();
            return serves;
        }, cancellationToken);

    /// <summary>Ends the connection. What is held for running containers is held on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        _disposed = true;
        KeeperConversation? conversation = _conversation;
        _turn.Release();
        if (conversation is not null)
        {
            await conversation.DisposeAsync();
        }

        await _minding;
        _start.Sweep();
        _ledger.Dispose();
        _waiting.Dispose();
    }
}
