using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

/// <summary>The entries of one directory, one at a time and without a string for each: <c>while (reader.Next()) … reader.Name</c>.</summary>
/// <remarks>Not thread-safe. Entries made or removed meanwhile may or may not appear, as the kernel pleases.</remarks>
public sealed unsafe class DirectoryReader : IDisposable
{
    /// <summary>What glibc's readdir uses for one call.</summary>
    private const int BufferLength = 32 * 1024;

    // struct linux_dirent64: u64 inode, s64 offset, u16 record length, u8 type, name
    private const int RecordLengthAt = 16;
    private const int TypeAt = 18;
    private const int NameAt = 19;

    private readonly SafeFileHandle _directory;
    private readonly string _label;
    private readonly byte[] _buffer = new byte[BufferLength];
    private int _next;
    private int _filled;
    private int _nameAt;
    private int _nameLength;

    /// <param name="directory">Ours from now on.</param>
    internal DirectoryReader(SafeFileHandle directory, string label)
    {
        _directory = directory;
        _label = label;
    }

    /// <summary>Valid until the next <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Name => _buffer.AsSpan(_nameAt, _nameLength);

    /// <summary>False may also mean that the file system does not say; then a stat does.</summary>
    public bool IsSurelyDirectory => _buffer[_nameAt - NameAt + TypeAt] == Abi.DT_DIR;

    /// <summary>Moves to the next entry; "." and ".." are passed over.</summary>
    /// <returns>False at the end.</returns>
    public bool Next()
    {
        while (true)
        {
            if (_next >= _filled && !Fill())
            {
                return false;
            }

            int record = _next;
            _next += MemoryMarshal.Read<ushort>(_buffer.AsSpan(record + RecordLengthAt));
            _nameAt = record + NameAt;
            _nameLength = _buffer.AsSpan(_nameAt, _next - _nameAt).IndexOf((byte)0);
            if (!Name.SequenceEqual("."u8) && !Name.SequenceEqual(".."u8))
            {
                return true;
            }
        }
    }

    /// <summary>From the start again.</summary>
    public void Rewind()
    {
        using var self = new Borrowed(_directory);
        _next = _filled = 0;
        if (LibC.lseek64(self.Fd, 0, Abi.SEEK_SET) != 0)
        {
            throw LinuxException.FromLastError("lseek", _label);
        }
    }

    public void Dispose() => _directory.Dispose();

    private bool Fill()
    {
        using var self = new Borrowed(_directory);
        fixed (byte* buffer = _buffer)
        {
            nint got = LibC.getdents64(self.Fd, buffer, BufferLength);
            if (got < 0)
            {
                throw LinuxException.FromLastError("getdents", _label);
            }

            (_next, _filled) = (0, (int)got);
            return got > 0;
        }
    }
}
