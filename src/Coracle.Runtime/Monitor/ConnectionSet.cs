namespace Coracle.Runtime;

/// <summary>The clients of a monitor, at most <see cref="Most"/>: one more is refused by closing it.</summary>
internal sealed class ConnectionSet
{
    /// <summary>Docker knows no limit; each attached one may hold 64 KiB of kernel memory.</summary>
    public const int Most = 64;

    private const int FirstRoom = 4;

    private Connection?[] _all = new Connection?[FirstRoom];
    private int _count;

    public int Count => _count;

    public Connection this[int index] => _all[index]!;

    public void Add(Connection connection)
    {
        if (_count == Most)
        {
            connection.Dispose();
            return;
        }

        if (_count == _all.Length)
        {
            Array.Resize(ref _all, 2 * _count);
        }

        _all[_count++] = connection;
    }

    /// <summary>Forgets those that were closed.</summary>
    /// <param name="attachedToo">And those that are a process's affair from now on.</param>
    public void RemoveClosed(bool attachedToo = false)
    {
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (!_all[i]!.IsClosed && !(attachedToo && _all[i]!.IsAttached))
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
