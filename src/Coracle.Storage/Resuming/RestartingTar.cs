namespace Coracle.Storage;

/// <summary>A tar from its first byte on, of which an earlier run has left the beginning on the disk.</summary>
/// <param name="tar">From the end of the beginning on. Not owned, nor is the other.</param>
/// <param name="beginning">Null when there is none.</param>
internal sealed class RestartingTar(IRestartableTar tar, StagedBeginning? beginning) : ILayerDecoder
{
    private long _left = beginning?.Point.TarAt ?? 0;
    private RestartPoint? _last;

    /// <summary>Where the next checkpoint may be made, once everything before it is on the disk. The one that was begun at is the first.</summary>
    public RestartPoint? Next { get; private set; } = beginning?.Point;

    /// <exception cref="ResumeFailedException">The beginning cannot be read any more.</exception>
    public int Read(Span<byte> bytes)
    {
        if (_left > 0)
        {
            int given = beginning!.Read(bytes[..(int)Math.Min(bytes.Length, _left)]);
            _left -= given;
            return given;
        }

        int read = tar.Read(bytes);
        if (Next is null && tar.Reached is { } reached && reached != _last)
        {
            Next = reached;
        }

        return read;
    }

    /// <summary>There is a checkpoint for <see cref="Next"/>, or there will be none.</summary>
    public void PassNext() => (_last, Next) = (Next, null);

    public void Dispose()
    {
    }
}
