using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Core;

/// <summary>
/// A layer's row in the progress of every pull that waits for it: what one download says, all of them see, and one that joins late
/// is told where it stands.
/// </summary>
internal sealed class LayerProgress(Descriptor blob, TimeProvider time) : IFetchObserver
{
    /// <summary>Ten counts a second are as many as a person or a parser on a device can use.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly List<ProgressLines> _watchers = [];
    private readonly string _row = RowOf(blob);
    private ProgressLine? _last;
    private long _lastCount;
    private long _total = blob.Size;

    /// <summary>Docker's name of a layer in progress lines: twelve digits of the blob's digest.</summary>
    public static string RowOf(Descriptor blob) => blob.Digest.ToHex()[..12];

    public void Watch(ProgressLines watcher)
    {
        lock (_lock)
        {
            _watchers.Add(watcher);
            if (_last is not null)
            {
                watcher.Add(_last);
            }
        }
    }

    /// <summary>What is fetched next in this row: a delta is not as long as the layer's blob.</summary>
    /// <param name="total">Bytes.</param>
    public void Fetching(long total) => (_total, _lastCount) = (total, 0);

    /// <summary>A line of its own, which stays on a screen when the row goes on.</summary>
    public void Note(string status)
    {
        lock (_lock)
        {
            foreach (ProgressLines watcher in _watchers)
            {
                watcher.Add(new ProgressLine(status, _row));
            }
        }
    }

    public void Received(long bytes)
    {
        if (bytes == _total || _lastCount == 0 || time.GetElapsedTime(_lastCount) >= _pause)
        {
            _lastCount = time.GetTimestamp();
            Say("Downloading", bytes);
        }
    }

    public void RetryingIn(int seconds) => Say(seconds == 1 ? "Retrying in 1 second" : $"Retrying in {seconds} seconds");

    public void Waiting() => Say("Waiting");

    /// <summary>All bytes are here; the last of them are still being unpacked.</summary>
    public void Downloaded()
    {
        Say("Verifying Checksum");
        Say("Download complete");
    }

    /// <summary>Unpacked as it arrived and verified. Clients weigh "Extracting" and wait for it, so it is said.</summary>
    public void Unpacked()
    {
        Say("Extracting", _total);
        Say("Pull complete");
    }

    private void Say(string status, long current = 0)
    {
        ProgressLine line = new(status, _row, current, current > 0 ? _total : 0, IsStep: true);
        lock (_lock)
        {
            _last = line;
            foreach (ProgressLines watcher in _watchers)
            {
                watcher.Add(line);
            }
        }
    }
}
