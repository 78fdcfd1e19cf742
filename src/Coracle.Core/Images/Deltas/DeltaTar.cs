using Coracle.Delta;
using Coracle.Linux;

namespace Coracle.Core;

/// <summary>The tar that a delta makes, as a stream.</summary>
/// <param name="decoder">Not owned.</param>
internal sealed class DeltaTar(DeltaDecoder decoder) : BlockingReadStream
{
    public override int Read(Span<byte> buffer) => buffer.IsEmpty ? 0 : decoder.Read(buffer);
}
