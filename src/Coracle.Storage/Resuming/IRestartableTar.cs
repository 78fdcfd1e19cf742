namespace Coracle.Storage;

/// <summary>A tar that is made while it is read, and that can be made from some of its places on.</summary>
public interface IRestartableTar : IDisposable
{
    /// <summary>The last of its restart points that was reached, if only just; null before the first.</summary>
    RestartPoint? Reached { get; }

    /// <returns>Bytes of the tar; 0 at its end only.</returns>
    int Read(Span<byte> tar);
}
