using System.Runtime.InteropServices;

namespace Coracle.Linux;

/// <summary>SHA-256 that can be put aside in the middle and taken up again by another process.</summary>
/// <remarks>
/// .NET's IncrementalHash runs at the same speed and cannot say what it holds. The saved form is ours (little-endian words), not OpenSSL's
/// structure, so that another OpenSSL, or another port, reads it.
/// </remarks>
public sealed unsafe class Sha256State
{
    /// <summary>Bytes of a saved state: 8 words, how many bytes so far, the bytes of a block that is not full.</summary>
    public const int SavedLength = 32 + 8 + BlockLength;

    private const int BlockLength = 64;
    private const int DigestLength = 32;

    private LibCrypto.SHA256_CTX _context;

    public Sha256State()
    {
        fixed (LibCrypto.SHA256_CTX* context = &_context)
        {
            _ = LibCrypto.SHA256_Init(context);
        }
    }

    /// <param name="saved">What <see cref="Save"/> wrote.</param>
    public static Sha256State Restore(ReadOnlySpan<byte> saved)
    {
        var state = new Sha256State();
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(saved[..32]);
        ulong count = MemoryMarshal.Read<ulong>(saved[32..]);
        fixed (uint* h = state._context.h, data = state._context.data)
        {
            words.CopyTo(new Span<uint>(h, 8));
            saved.Slice(40, BlockLength).CopyTo(new Span<byte>(data, BlockLength));
        }

        ulong bits = count << 3;
        (state._context.Nl, state._context.Nh, state._context.num) = ((uint)bits, (uint)(bits >> 32), (uint)(count % BlockLength));
        return state;
    }

    /// <summary>Bytes hashed so far.</summary>
    public long Count => (long)((((ulong)_context.Nh << 32) | _context.Nl) >> 3);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        fixed (LibCrypto.SHA256_CTX* context = &_context)
        fixed (byte* start = bytes)
        {
            _ = LibCrypto.SHA256_Update(context, start, (nuint)bytes.Length);
        }
    }

    /// <param name="saved">At least <see cref="SavedLength"/>.</param>
    public void Save(Span<byte> saved)
    {
        fixed (uint* h = _context.h, data = _context.data)
        {
            new ReadOnlySpan<uint>(h, 8).CopyTo(MemoryMarshal.Cast<byte, uint>(saved[..32]));
            MemoryMarshal.Write(saved[32..], (ulong)Count);
            Span<byte> block = saved.Slice(40, BlockLength);
            new ReadOnlySpan<byte>(data, BlockLength).CopyTo(block);
            block[(int)_context.num..].Clear();
        }
    }

    /// <summary>Once, at the end.</summary>
    public void Finish(Span<byte> digest)
    {
        Span<byte> sum = stackalloc byte[DigestLength];
        fixed (LibCrypto.SHA256_CTX* context = &_context)
        fixed (byte* start = sum)
        {
            _ = LibCrypto.SHA256_Final(start, context);
        }

        sum.CopyTo(digest);
    }
}
