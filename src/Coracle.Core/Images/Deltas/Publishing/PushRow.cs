using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Core;

/// <summary>One blob's row while it goes out, in Docker's words.</summary>
internal sealed class PushRow(Descriptor blob, ProgressLines lines, TimeProvider time) : IPushObserver
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly string _row = blob.Digest.ToHex()[..12];
    private long _saidAt;

    public void Sent(long bytes)
    {
        if (bytes == blob.Size || _saidAt == 0 || time.GetElapsedTime(_saidAt) >= _pause)
        {
            _saidAt = time.GetTimestamp();
            lines.Add(new ProgressLine(bytes == blob.Size ? "Pushed" : "Pushing", _row, bytes, blob.Size, IsStep: true));
        }
    }

    public void RetryingIn(int seconds)
        => lines.Add(new ProgressLine($"Retrying in {seconds} {(seconds == 1 ? "second" : "seconds")}", _row, IsStep: true));
}
