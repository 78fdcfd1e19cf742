using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>openssl/sha.h: the old calls, whose context is plain data. In the static file this is the libcrypto.a that TLS needs anyway.</summary>
internal static unsafe partial class LibCrypto
{
    private const string Name = "libcrypto";

    [LibraryImport(Name)]
    internal static partial int SHA256_Init(SHA256_CTX* context);

    [LibraryImport(Name)]
    internal static partial int SHA256_Update(SHA256_CTX* context, byte* data, nuint length);

    [LibraryImport(Name)]
    internal static partial int SHA256_Final(byte* digest, SHA256_CTX* context);

    /// <summary>SHA256state_st: eight words of state, 64 bits of count, the block that is not full, how full it is, length of the digest.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SHA256_CTX
    {
        public fixed uint h[8];
        public uint Nl;
        public uint Nh;
        public fixed uint data[16];
        public uint num;
        public uint md_len;
    }
}
