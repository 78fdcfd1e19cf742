namespace Coracle.Linux;

/// <summary>
/// SIGCHLD as a descriptor. Works only in a program that was started with SIGCHLD blocked (<see cref="Spawn"/> does): the runtime's
/// own threads would swallow it otherwise, since a signal to the process goes to any thread that does not block it.
/// </summary>
public sealed unsafe class ChildSignals : IDisposable
{
    private const int InfoLength = 128; // struct signalfd_siginfo
    private const int MaskLength = 128; // sigset_t of glibc

    public ChildSignals()
    {
        ulong* mask = stackalloc ulong[MaskLength / sizeof(ulong)];
        new Span<byte>(mask, MaskLength).Clear();
        mask[0] = 1UL << (Abi.SIGCHLD - 1);
        Source = Descriptor.FromResult(LibC.signalfd(-1, mask, Abi.SFD_CLOEXEC | Abi.SFD_NONBLOCK), "signalfd", "SIGCHLD");
    }

    public Descriptor Source { get; }

    /// <summary>Forgets the signals seen so far; reap afterwards, or one may be missed.</summary>
    public void Drain()
    {
        Span<byte> info = stackalloc byte[InfoLength];
        while (Source.Read(info).Bytes > 0)
        {
        }
    }

    public void Dispose() => Source.Dispose();
}
