using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Coracle.Linux;

/// <summary>A NUL-terminated C string: in the caller's stack buffer when it fits, else in an array of its own.</summary>
/// <remarks>A text with a NUL inside names something else to the kernel than to us, so it is refused with EINVAL.</remarks>
internal readonly ref struct CText
{
    /// <summary>Longer than a file name (255) and than nearly every path of ours.</summary>
    internal const int StackLength = 512;

    private readonly Span<byte> _bytes;

    internal CText(ReadOnlySpan<char> text, Span<byte> stack)
    {
        int most = Encoding.UTF8.GetMaxByteCount(text.Length) + 1;
        _bytes = most <= stack.Length ? stack : new byte[most];
        int length = Encoding.UTF8.GetBytes(text, _bytes);
        _bytes[length] = 0;
        _bytes = _bytes[..length];
        RefuseNul(_bytes);
    }

    internal CText(ReadOnlySpan<byte> text, Span<byte> stack)
    {
        RefuseNul(text);
        _bytes = text.Length < stack.Length ? stack : new byte[text.Length + 1];
        text.CopyTo(_bytes);
        _bytes[text.Length] = 0;
        _bytes = _bytes[..text.Length];
    }

    /// <summary>Without the terminator.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes;

    // Safe because: an empty slice of a non-empty buffer still refers to its first byte, the terminator.
    public ref byte GetPinnableReference() => ref MemoryMarshal.GetReference(_bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RefuseNul(ReadOnlySpan<byte> text)
    {
        if (text.Contains((byte)0))
        {
            throw new LinuxException("path", Encoding.UTF8.GetString(text).Replace('\0', '?'), Errno.EINVAL);
        }
    }
}
