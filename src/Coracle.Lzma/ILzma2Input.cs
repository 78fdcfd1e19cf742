namespace Coracle.Lzma;

/// <summary>Where a decoder gets its bytes. It takes not one more than its stream has, so that its caller can go on behind the end mark.</summary>
public interface ILzma2Input
{
    /// <returns>0 at the end only.</returns>
    int Read(Span<byte> bytes);
}
