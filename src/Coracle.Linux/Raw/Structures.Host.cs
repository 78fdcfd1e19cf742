using System.Runtime.InteropServices;

namespace Coracle.Linux;

[CType("struct utsname")]
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct utsname
{
    public fixed byte sysname[65];
    public fixed byte nodename[65];
    public fixed byte release[65];
    public fixed byte version[65];
    public fixed byte machine[65];
    public fixed byte domainname[65];
}
