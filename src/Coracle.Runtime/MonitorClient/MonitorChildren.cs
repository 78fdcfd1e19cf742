using System.Diagnostics;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>Why a monitor is about to be gone.</summary>
internal enum MonitorEnd
{
    /// <summary>Its container has ended, or it died: nothing is asked of it.</summary>
    Expected,

    /// <summary>It let nothing run and nobody will ask it to, so it has nothing to keep.</summary>
    Ordered,
}

/// <summary>The monitors that this engine started are its children, so it has to take their exit status or they stay as zombies.</summary>
/// <remarks>Only by pid, one by one: waiting for any child would take those of others. A pid in here cannot have been reused.</remarks>
internal sealed class MonitorChildren
{
    /// <summary>It ends by itself: at once, or when clients that read slowly have had their 12 s.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly List<int> _pids = [];

    public void Add(int pid)
    {
        lock (_gate)
        {
            _pids.Add(pid);
        }
    }

    /// <summary>Takes those that have ended: for monitors whose task was disposed of before they ended.</summary>
    public void Sweep()
    {
        lock (_gate)
        {
            for (int i = _pids.Count - 1; i >= 0; i--)
            {
                if (ChildReaper.TryReap(_pids[i]))
                {
                    _pids.RemoveAt(i);
                }
            }
        }
    }

    /// <summary>Waits for one that is ending. One that does not (somebody stopped it) is left to <see cref="Sweep"/>, or killed.</summary>
    public async Task ReapAsync(int pid, MonitorEnd end)
    {
        if (!await TryReapAsync(pid) && end == MonitorEnd.Ordered && TryKill(pid))
        {
            _ = await TryReapAsync(pid);
        }
    }

    private async Task<bool> TryReapAsync(int pid)
    {
        long start = Stopwatch.GetTimestamp();
        for (TimeSpan pause = TimeSpan.FromMilliseconds(1); !TryReap(pid); pause = pause < _longestPause ? pause * 2 : _longestPause)
        {
            if (Stopwatch.GetElapsedTime(start) > _patience)
            {
                return false;
            }

            await Task.Delay(pause);
        }

        return true;
    }

    private bool TryReap(int pid)
    {
        lock (_gate)
        {
            if (_pids.Contains(pid) && !ChildReaper.TryReap(pid))
            {
                return false;
            }

            _pids.Remove(pid);
            return true;
        }
    }

    /// <summary>As long as nobody has reaped it, its pid is nobody else's.</summary>
    private bool TryKill(int pid)
    {
        lock (_gate)
        {
            return _pids.Contains(pid) && ProcessSignal.TryKillChild(pid);
        }
    }
}
