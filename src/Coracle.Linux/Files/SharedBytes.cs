using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>Bytes too many for a message, handed to another process as a file in memory.</summary>
public static unsafe class SharedBytes
{
    /// <param name="name">What /proc shows.</param>
    public static SafeFileHandle Create(string name, ReadOnlySpan<byte> bytes)
    {
        int fd;
        fixed (byte* cName = new CText(name, stackalloc byte[CText.StackLength]))
        {
            fd = LibC.memfd_create(cName, Abi.MFD_CLOEXEC);
        }

        SafeFileHandle file = Descriptor.FromResult(fd, "memfd_create", name).ToHandle();
        RandomAccess.Write(file, bytes, 0);
        return file;
    }

    /// <summary>From its beginning, wherever its writer left off. Of what is no file (a pipe would keep us waiting) nothing is read.</summary>
    /// <returns>False when it does not have so many bytes.</returns>
    public static bool TryRead(Descriptor file, Span<byte> bytes)
    {
        long at = 0;
        while (!bytes.IsEmpty)
        {
            nint count;
            fixed (byte* start = bytes)
            {
                count = LibC.pread64(file.Number, start, (nuint)bytes.Length, at);
            }

            if (count <= 0)
            {
                return false;
            }

            bytes = bytes[(int)count..];
            at += count;
        }

        return true;
    }
}
