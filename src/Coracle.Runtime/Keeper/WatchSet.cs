using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>All that the keeper's loop waits for. What a turn costs depends on what happened in it, not on how many are watched.</summary>
internal sealed class WatchSet : IDisposable
{
    private const int FirstRoom = 16;

    private readonly EventQueue _events = new();
    private Watched?[] _places = new Watched?[FirstRoom];
    private int[] _free = new int[FirstRoom];
    private int _freeCount;
    private int _used;
    private ulong _generation;
    private long _nextDeadline = long.MaxValue;

    /// <summary>Of this turn; monotonic milliseconds.</summary>
    public long Now { get; private set; } = Clock.MonotonicMilliseconds();

    public bool TryAdd(Watched watched)
    {
        int place = _freeCount > 0 ? _free[--_freeCount] : _used++;
        if (place == _places.Length)
        {
            Array.Resize(ref _places, 2 * place);
            Array.Resize(ref _free, 2 * place);
        }

        // With the generation: an event of this turn may be for one who has left meanwhile, and its place may be another's.
        watched.Token = (++_generation << 32) | (uint)place;
        _places[place] = watched;
        if (watched.Interest == PollInterest.None || _events.TryAdd(watched.Socket!, watched.Token, watched.Interest))
        {
            return true;
        }

        Forget(watched);
        return false;
    }

    public void Change(Watched watched, PollInterest before)
    {
        if (watched.Interest == PollInterest.None)
        {
            _events.Remove(watched.Socket!);
        }
        else if (before == PollInterest.None)
        {
            _ = _events.TryAdd(watched.Socket!, watched.Token, watched.Interest);
        }
        else
        {
            _events.Change(watched.Socket!, watched.Token, watched.Interest);
        }
    }

    /// <summary>It also has no deadline any more.</summary>
    public void Remove(Watched watched)
    {
        if (watched.Token != 0)
        {
            _events.Remove(watched.Socket!);
            Forget(watched);
        }
    }

    /// <summary>It is told when this time has passed, unless something else is said before.</summary>
    public void Arm(Watched watched, long milliseconds)
    {
        watched.Deadline = Now + milliseconds;
        _nextDeadline = Math.Min(_nextDeadline, watched.Deadline);
    }

    /// <summary>Waits until something happens or is due, and serves it.</summary>
    public void Turn()
    {
        int limit = _nextDeadline == long.MaxValue ? -1 : (int)Math.Clamp(_nextDeadline - Clock.MonotonicMilliseconds(), 0, int.MaxValue);
        int count = _events.Wait(limit);
        Now = Clock.MonotonicMilliseconds();
        for (int i = 0; i < count; i++)
        {
            if (At(_events.Token(i)) is { } watched)
            {
                watched.Serve(_events.CanRead(i), _events.CanWrite(i));
            }
        }

        if (Now >= _nextDeadline)
        {
            ExpireDue();
        }
    }

    public void Dispose() => _events.Dispose();

    private Watched? At(ulong token)
    {
        Watched? watched = _places[(uint)token];
        return watched?.Token == token ? watched : null;
    }

    private void Forget(Watched watched)
    {
        int place = (int)(uint)watched.Token;
        _places[place] = null;
        _free[_freeCount++] = place;
        watched.Token = 0;
        watched.Deadline = long.MaxValue;
    }

    private void ExpireDue()
    {
        _nextDeadline = long.MaxValue;
        for (int i = 0; i < _used; i++)
        {
            if (_places[i] is { } watched && watched.Deadline <= Now)
            {
                watched.Deadline = long.MaxValue;
                watched.Expire();
            }
        }

        for (int i = 0; i < _used; i++)
        {
            _nextDeadline = Math.Min(_nextDeadline, _places[i]?.Deadline ?? long.MaxValue);
        }
    }
}
