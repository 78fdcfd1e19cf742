using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>Kept whole and put back; only the C library looks inside.</summary>
[CType("struct termios")]
[StructLayout(LayoutKind.Sequential, Size = 60)]
internal struct termios
{
    public uint c_iflag;
    public uint c_oflag;
    public uint c_cflag;
    public uint c_lflag;
    public byte c_line;
}
