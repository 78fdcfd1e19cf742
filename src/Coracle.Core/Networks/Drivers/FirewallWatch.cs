using System.Threading.Channels;
using Coracle.Linux;
using Coracle.Networking;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>
/// Makes our rules again when another program has taken them away: <c>nft flush ruleset</c>, a reload of firewalld or nftables.service.
/// Until then published ports on 127.0.0.1 could be reached from the wire (CVE-2025-54388).
/// </summary>
/// <remarks>Sleeps in the kernel; what the engine itself changes is told to it and costs one comparison.</remarks>
public sealed class FirewallWatch : IAsyncDisposable
{
    /// <summary>A reload is many transactions.</summary>
    private static readonly TimeSpan _settle = TimeSpan.FromMilliseconds(50);

    private readonly IFirewall _firewall;
    private readonly ILogger _logger;
    private readonly NetworkEvents? _events;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;

    /// <param name="firewall">In the network namespace of the calling thread; outlives this.</param>
    public FirewallWatch(IFirewall firewall, ILogger logger)
    {
        (_firewall, _logger) = (firewall, logger);
        try
        {
            _events = NetworkEvents.Open(NetworkEventKinds.Firewall);
        }
        catch (LinuxException missing)
        {
            Log.RulesNotWatched(logger, missing);
        }

        _watching = _events is null ? Task.CompletedTask : WatchAsync(_events);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _events?.Dispose();
        _end.Dispose();
    }

    private async Task WatchAsync(NetworkEvents events)
    {
        try
        {
            while (true)
            {
                string? program = ProgramOf(await events.NextAsync(_end.Token));
                if (program is not null)
                {
                    await Task.Delay(_settle, _end.Token);
                    Repair(program);
                }
            }
        }
        catch (ChannelClosedException closed) when (closed.InnerException is not null)
        {
            Log.RulesNotWatched(_logger, closed);
        }
    }

    /// <returns>Null for what says nothing about who it was, and for our own changes.</returns>
    private static string? ProgramOf(NetworkEvent happened) => happened switch
    {
        FirewallCommitted own when own.Process == ThisProcess.Id => null,
        FirewallCommitted committed => committed.Program,
        EventsLost => "unknown",
        _ => null,
    };

    private void Repair(string program)
    {
        try
        {
            if (_firewall.Repair())
            {
                Log.RulesRestored(_logger, program);
            }
        }
        catch (LinuxException refused)
        {
            Log.RulesNotRestored(_logger, refused);
        }
    }
}
