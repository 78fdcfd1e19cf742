using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>A descriptor's number for the length of one call: another thread's Dispose cannot close (and the kernel reuse) it meanwhile.</summary>
internal readonly ref struct Borrowed
{
    private readonly SafeHandle _handle;

    internal Borrowed(SafeHandle handle)
    {
        bool added = false;
        handle.DangerousAddRef(ref added);
        _handle = handle;
        Fd = (int)handle.DangerousGetHandle();
    }

    internal int Fd { get; }

    public void Dispose() => _handle.DangerousRelease();
}
