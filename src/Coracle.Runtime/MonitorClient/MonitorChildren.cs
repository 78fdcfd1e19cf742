using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>The monitors that this engine started are its children, so it has to take their exit status or they stay as zombies.</summary>
/// <remarks>Only by pid, one by one: waiting for any child would take those of others. A pid in here cannot have been reused.</remarks>
internal sealed class MonitorChildren
{
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

    /// <summary>Waits for one that has closed its connection, which it does by ending.</summary>
    public Task ReapAsync(int pid) => Task.Run(() =>
    {
        lock (_gate)
        {
            if (!_pids.Remove(pid))
            {
                return;
            }
        }

        _ = ChildReaper.Reap(pid, out _);
    });
}
