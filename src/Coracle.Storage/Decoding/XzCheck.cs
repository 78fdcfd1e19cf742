using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace Coracle.Storage;

/// <summary>The checksum behind each block of an xz stream, of the kind that the stream's header names.</summary>
internal sealed class XzCheck : IDisposable
{
    private const int None = 0, Sum32 = 1, Sum64 = 4, Sha256 = 10;

    private static readonly ulong[] _table = MakeTable();

    private readonly int _type;
    private readonly Crc32 _sum32 = new();
    private readonly IncrementalHash? _sha256;
    private ulong _sum64 = ulong.MaxValue;

    /// <exception cref="LayerFormatException">Of a kind that no version of xz writes.</exception>
    public XzCheck(int type)
    {
        _type = type;
        _sha256 = type == Sha256 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        Length = type switch
        {
            None => 0,
            Sum32 => 4,
            Sum64 => 8,
            Sha256 => 32,
            _ => throw XzDecoder.Broken("unknown type of checksum"),
        };
    }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        switch (_type)
        {
            case Sum32:
                _sum32.Append(bytes);
                break;
            case Sum64:
                foreach (byte b in bytes)
                {
                    _sum64 = _table[(byte)_sum64 ^ b] ^ (_sum64 >> 8);
                }

                break;
            case Sha256:
                _sha256!.AppendData(bytes);
                break;
        }
    }

    /// <exception cref="LayerFormatException">They differ.</exception>
    public void Compare(XzInput input)
    {
        Span<byte> stated = stackalloc byte[32], actual = stackalloc byte[32];
        input.ReadExactly(stated[..Length]);
        switch (_type)
        {
            case Sum32:
                BinaryPrimitives.WriteUInt32LittleEndian(actual, _sum32.GetCurrentHashAsUInt32());
                break;
            case Sum64:
                BinaryPrimitives.WriteUInt64LittleEndian(actual, ~_sum64);
                break;
            case Sha256:
                _sha256!.GetHashAndReset(actual);
                break;
        }

        if (!stated[..Length].SequenceEqual(actual[..Length]))
        {
            throw XzDecoder.Broken("checksum mismatch");
        }
    }

    public void Dispose() => _sha256?.Dispose();

    /// <summary>ECMA-182, the lowest bit first, which System.IO.Hashing's is not.</summary>
    private static ulong[] MakeTable()
    {
        ulong[] table = new ulong[256];
        for (uint i = 0; i < table.Length; i++)
        {
            ulong sum = i;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0xc96c5795d7870f42ul : 0);
            }

            table[i] = sum;
        }

        return table;
    }
}
