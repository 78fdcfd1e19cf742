using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// <code>
/// Filling ── bytes ──▶ Draining ── the pipe is empty ──▶ Filling
///    └── the source's end ──▶ Ended         (any) ── an error ──▶ Broken
/// </code>
/// </summary>
internal enum FlowPhase : byte
{
    /// <summary>The pipe is empty, the source is asked.</summary>
    Filling,

    /// <summary>There are bytes in the pipe: nothing is read before they are gone, since a pipe may be full with few bytes in it.</summary>
    Draining,

    /// <summary>The source's half-close is passed on.</summary>
    Ended,

    /// <summary>One of the two is gone.</summary>
    Broken,
}

/// <summary>One direction of a spliced connection: source → pipe → destination, inside the kernel; no byte comes to us.</summary>
internal sealed class SpliceFlow : IDisposable
{
    /// <summary>A pipe's usual room.</summary>
    private const int MostAtOnce = 64 << 10;

    /// <summary>Rounds for one event: another connection is to have its turn.</summary>
    private const int MostRounds = 16;

    private readonly Descriptor _outlet;
    private readonly Descriptor _inlet;
    private int _held;

    public SpliceFlow()
    {
        Descriptor.CreatePipe(out _outlet, out _inlet);
    }

    public FlowPhase Phase { get; private set; }

    /// <summary>What becomes of a direction by one step of it.</summary>
    /// <param name="held">Bytes in the pipe after it.</param>
    public static FlowPhase Next(FlowPhase phase, IoCount step, int held) => phase switch
    {
        FlowPhase.Ended or FlowPhase.Broken => phase,
        _ when step.WouldBlock => phase,
        _ when step.Failed => FlowPhase.Broken,
        FlowPhase.Filling => step.Bytes == 0 ? FlowPhase.Ended : FlowPhase.Draining,
        _ => held == 0 ? FlowPhase.Filling : FlowPhase.Draining,
    };

    public void Pump(Descriptor source, Descriptor destination)
    {
        if (Phase is FlowPhase.Ended or FlowPhase.Broken)
        {
            return;
        }

        for (int round = 0; round < MostRounds && Phase is FlowPhase.Filling or FlowPhase.Draining; round++)
        {
            IoCount step;
            if (Phase == FlowPhase.Filling)
            {
                step = InternetSocket.Splice(source, _inlet, MostAtOnce);
                _held += step.Bytes;
            }
            else
            {
                step = InternetSocket.Splice(_outlet, destination, _held);
                _held -= step.Bytes;
            }

            Phase = Next(Phase, step, _held);
            if (step.WouldBlock)
            {
                return;
            }
        }

        if (Phase == FlowPhase.Ended)
        {
            destination.CompleteWrites();
        }
    }

    public void Dispose()
    {
        _inlet.Dispose();
        _outlet.Dispose();
    }
}
