using Coracle.Oci;

namespace Coracle.Core;

/// <summary>
/// Which manifests had no delta when they were last asked about. A device that pulls every few minutes until something is new would
/// otherwise ask each time; somebody else who publishes a delta late is heard a day later. In memory only. Thread-safe.
/// </summary>
public sealed class AbsentDeltas(TimeProvider time)
{
    /// <summary>The oldest answer makes room: more images than this are pulled a day by nobody with a thin link.</summary>
    private const int Remembered = 64;

    private static readonly TimeSpan _lifetime = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly string?[] _keys = new string?[Remembered];
    private readonly long[] _answeredAt = new long[Remembered];
    private int _next;

    /// <param name="authority">The registry that is asked.</param>
    public static string KeyOf(string authority, ImageReference image, Digest manifest) => $"{authority}/{image.Path}@{manifest}";

    public bool Has(string key)
    {
        lock (_lock)
        {
            int place = Array.IndexOf(_keys, key);
            return place >= 0 && time.GetElapsedTime(_answeredAt[place]) < _lifetime;
        }
    }

    /// <summary>There are some now: this engine has published them.</summary>
    public void Forget(string key)
    {
        lock (_lock)
        {
            int place = Array.IndexOf(_keys, key);
            if (place >= 0)
            {
                _keys[place] = null;
            }
        }
    }

    public void Add(string key)
    {
        lock (_lock)
        {
            int place = Array.IndexOf(_keys, key);
            if (place < 0)
            {
                place = _next;
                _next = (_next + 1) % Remembered;
            }

            (_keys[place], _answeredAt[place]) = (key, time.GetTimestamp());
        }
    }
}
