using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>The clients of a monitor, at most <see cref="Most"/>: one more is refused by closing it.</summary>
internal sealed class ConnectionSet
{
    /// <summary>Docker knows no limit; each attached one may hold 64 KiB of kernel memory.</summary>
    public const int Most = 64;

    private readonly Connection?[] _all = new Connection?[Most];
    private int _count;

    public int Count => _count;

    public Connection this[int index] => _all[index]!;

    public void Add(Descriptor socket)
    {
        if (_count == Most)
        {
            socket.Dispose();
            return;
        }

        _all[_count++] = new Connection(socket);
    }

    /// <summary>Forgets those that were closed.</summary>
    public void RemoveClosed()
    {
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (!_all[i]!.IsClosed)
            {
                _all[kept++] = _all[i];
            }
        }

        Array.Clear(_all, kept, _count - kept);
        _count = kept;
    }

    /// <summary>Somebody who can ask for something is there.</summary>
    public bool HasEngine()
    {
        for (int i = 0; i < _count; i++)
        {
            if (!_all[i]!.IsAttached && !_all[i]!.IsClosed)
            {
                return true;
            }
        }

        return false;
    }
}
