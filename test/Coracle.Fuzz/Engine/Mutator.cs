using System.Buffers.Binary;
using System.Text;

namespace Coracle.Fuzz;

/// <summary>Makes an input out of one that is known, by changes that know nothing of its structure. Deterministic.</summary>
internal sealed class Mutator
{
    private static readonly ulong[] _extremes =
    [
        0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
        ulong.MaxValue, ulong.MaxValue - 1, 0xfffffff0, 0x3fffffff,
    ];

    private static readonly string[] _numbers =
    [
        "0", "-1", "1", "00", "+1", " 1", "0x10", "1e9", "1e400", "2147483647", "2147483648", "-2147483649", "4294967295", "4294967296",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615", "99999999999999999999999999", "0.5", "NaN",
    ];

    /// <summary>Broken UTF-8 of every kind, JSON's broken surrogates, ends of lines, and NUL.</summary>
    private static readonly byte[][] _odd =
    [
        [0], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xef, 0xbb, 0xbf], [0xe2, 0x80, 0xa8],
        [.. "\\ud800"u8], [.. "\\udc00\\ud800"u8], [.. "\\u0000"u8], [.. "\r\n"u8], [.. "\n"u8], [.. "\r"u8], [.. "../"u8], [.. "%00"u8], [.. "\u0130"u8],
    ];

    private readonly IReadOnlyList<byte[]> _corpus;
    private readonly byte[][] _words;
    private readonly byte[] _buffer;
    private int _length;

    public Mutator(FuzzTarget target, IReadOnlyList<byte[]> corpus)
    {
        _corpus = corpus;
        _words = [.. target.Words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Encoding.Latin1.GetBytes)];
        _buffer = new byte[target.MaxInputBytes];
    }

    /// <returns>Valid until the next call.</returns>
    public ReadOnlySpan<byte> Make(ulong seed)
    {
        FuzzRandom random = new(seed);
        Start(_corpus[random.Below(_corpus.Count)]);
        for (int steps = 1 + random.Below(1 << random.Below(5)); steps > 0; steps--)
        {
            Step(ref random);
        }

        return _buffer.AsSpan(0, _length);
    }

    private void Start(ReadOnlySpan<byte> bytes)
    {
        _length = Math.Min(bytes.Length, _buffer.Length);
        bytes[.._length].CopyTo(_buffer);
    }

    private void Step(ref FuzzRandom random)
    {
        int at = random.Below(_length);
        switch (random.Below(16))
        {
            case 0 when _length > 0:
                _buffer[at] ^= (byte)(1 << random.Below(8));
                break;
            case 1 when _length > 0:
                _buffer[at] = (byte)random.Next();
                break;
            case 2 when _length > 0:
                _buffer[at] += (byte)(random.Below(35) - 17);
                break;
            case 3:
                _length = at;
                break;
            case 4:
                Remove(at, random.Length(_length - at));
                break;
            case 5:
                Repeat(at, random.Length(_length - at), 1 + random.Below(1 << random.Below(12)));
                break;
            case 6 or 7:
                WriteExtreme(at, ref random);
                break;
            case 8:
                ReplaceNumber(at, Encoding.ASCII.GetBytes(_numbers[random.Below(_numbers.Length)]));
                break;
            case 9:
                Insert(at, _odd[random.Below(_odd.Length)]);
                break;
            case 10 or 11 when _words.Length > 0:
                Insert(at, _words[random.Below(_words.Length)]);
                break;
            case 12 when _words.Length > 0:
                Overwrite(at, _words[random.Below(_words.Length)]);
                break;
            case 13:
                Splice(at, ref random);
                break;
            case 14:
                Insert(random.Below(_length), _buffer.AsSpan(at, Math.Min(_length - at, random.Length(64))).ToArray());
                break;
            default:
                Insert(at, [(byte)random.Next()]);
                break;
        }
    }

    private void WriteExtreme(int at, ref FuzzRandom random)
    {
        ulong value = _extremes[random.Below(_extremes.Length)];
        int width = 1 << random.Below(4);
        Span<byte> bytes = stackalloc byte[8];
        if (random.Below(2) == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            Overwrite(at, bytes[..width]);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
            Overwrite(at, bytes[(8 - width)..]);
        }
    }

    /// <summary>The digits around or after a place, where there are any.</summary>
    private void ReplaceNumber(int at, byte[] number)
    {
        int found = _buffer.AsSpan(at, _length - at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (found >= 0)
        {
            int from = at + found, to = from;
            while (to < _length && char.IsAsciiDigit((char)_buffer[to]))
            {
                to++;
            }

            Remove(from, to - from);
            Insert(from, number);
        }
    }

    private void Splice(int at, ref FuzzRandom random)
    {
        byte[] other = _corpus[random.Below(_corpus.Count)];
        int from = random.Below(other.Length);
        int count = Math.Min(other.Length - from, _buffer.Length - at);
        other.AsSpan(from, count).CopyTo(_buffer.AsSpan(at));
        _length = at + count;
    }

    private void Overwrite(int at, ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, _length - at);
        bytes[..count].CopyTo(_buffer.AsSpan(at));
    }

    private void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, _buffer.Length - _length);
        _buffer.AsSpan(at, _length - at).CopyTo(_buffer.AsSpan(at + count));
        bytes[..count].CopyTo(_buffer.AsSpan(at));
        _length += count;
    }

    private void Remove(int at, int count)
    {
        count = Math.Min(count, _length - at);
        _buffer.AsSpan(at + count, _length - at - count).CopyTo(_buffer.AsSpan(at));
        _length -= count;
    }

    private void Repeat(int at, int count, int times)
    {
        byte[] piece = _buffer.AsSpan(at, Math.Min(count, _length - at)).ToArray();
        for (; times > 0 && piece.Length > 0 && _length < _buffer.Length; times--)
        {
            Insert(at, piece);
        }
    }
}
