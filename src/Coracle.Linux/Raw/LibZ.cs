using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>zlib.h. In the static file this is the libz that the SDK links anyway; a JIT process loads the system's.</summary>
internal static unsafe partial class LibZ
{
    private const string Name = "libz";

    internal const int Z_NO_FLUSH = 0;
    internal const int Z_BLOCK = 5;
    internal const int Z_OK = 0;
    internal const int Z_STREAM_END = 1;
    internal const int Z_BUF_ERROR = -5;

    [LibraryImport(Name)]
    internal static partial byte* zlibVersion();

    [LibraryImport(Name)]
    internal static partial int inflateInit2_(z_stream* stream, int windowBits, byte* version, int streamSize);

    [LibraryImport(Name)]
    internal static partial int inflate(z_stream* stream, int flush);

    [LibraryImport(Name)]
    internal static partial int inflatePrime(z_stream* stream, int bits, int value);

    [LibraryImport(Name)]
    internal static partial int inflateSetDictionary(z_stream* stream, byte* dictionary, uint length);

    [LibraryImport(Name)]
    internal static partial int inflateReset2(z_stream* stream, int windowBits);

    [LibraryImport(Name)]
    internal static partial int inflateEnd(z_stream* stream);

    /// <summary>unsigned long on both sides; 32 bits of it count.</summary>
    [LibraryImport(Name)]
    internal static partial nuint crc32(nuint crc, byte* bytes, uint length);

    [StructLayout(LayoutKind.Sequential)]
    internal struct z_stream
    {
        public byte* next_in;
        public uint avail_in;
        public nuint total_in;
        public byte* next_out;
        public uint avail_out;
        public nuint total_out;
        public byte* msg;
        public void* state;
        public void* zalloc;
        public void* zfree;
        public void* opaque;
        public int data_type;
        public nuint adler;
        public nuint reserved;
    }
}
