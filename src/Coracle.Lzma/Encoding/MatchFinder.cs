using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using static Coracle.Lzma.LzmaModel;

namespace Coracle.Lzma;

/// <summary>For one position after the other: the nearest match of each length, the longer the farther.</summary>
/// <remarks>
/// Igor Pavlov's bt4: a binary tree of all positions in the window for each hash of four bytes, sorted by what follows, with the newest as its
/// root; beside it the last position of each two and (hashed) three bytes. Memory: twelve bytes for each of the window, and 512 KiB.
/// </remarks>
internal sealed class MatchFinder
{
    private const int Hash3Bits = 16;
    private const int MinHash4Bits = 10, MaxHash4Bits = 24;
    private const int None = -1;

    private readonly int[] _last2 = new int[1 << 16];
    private readonly int[] _last3 = new int[1 << Hash3Bits];
    private int[] _roots = [];
    private int[] _sons = [];
    private int _window;
    private int _depth, _niceLength;
    private int _hashShift;
    private int _place;   // of the position in the ring of sons

    /// <summary>Of the matches found, shortest first; <see cref="Count"/> of them.</summary>
    public int[] Lengths { get; } = new int[MaxMatch + 1];

    /// <summary>Less one, as LZMA writes them.</summary>
    public int[] Distances { get; } = new int[MaxMatch + 1];

    public int Count { get; private set; }

    public void Start(int plainLength, in Lzma2Options options)
    {
        (_depth, _niceLength) = (options.Depth, options.NiceLength);
        _window = Math.Min(plainLength, options.DictionaryLength);
        int bits = Math.Clamp(BitOperations.Log2((uint)_window | 1), MinHash4Bits, MaxHash4Bits);
        _hashShift = 32 - bits;
        _roots = _roots.Length >= 1 << bits ? _roots : new int[1 << bits];
        _sons = _sons.Length >= (_window + 1) * 2 ? _sons : new int[(_window + 1) * 2];
        Array.Fill(_last2, None);
        Array.Fill(_last3, None);
        _roots.AsSpan(0, 1 << bits).Fill(None);
        _place = 0;
    }

    /// <summary>Goes over positions that no match is to begin at, nor any later one to point to.</summary>
    public void Pass(int count)
    {
        _place += count;
        _place -= _place > _window ? _window + 1 : 0;
    }

    /// <summary>Goes over a position of which no match is wanted.</summary>
    public void Skip(ReadOnlySpan<byte> plain, int at)
    {
        int limit = Math.Min(plain.Length - at, MaxMatch);
        if (limit >= 4)
        {
            uint word = Word(plain, at);
            (_last2[word & 0xffff], _last3[Hash3(word)]) = (at, at);
            ref int root = ref _roots[Hash4(word)];
            int first = root;
            root = at;
            Insert(plain, at, Math.Min(limit, _niceLength), first, MaxMatch);
        }

        Pass(1);
    }

    public void Find(ReadOnlySpan<byte> plain, int at)
    {
        Count = 0;
        int limit = Math.Min(plain.Length - at, MaxMatch);
        if (limit >= 4)
        {
            uint word = Word(plain, at);
            int best = FindShort(plain, at, limit, word);
            ref int root = ref _roots[Hash4(word)];
            int first = root;
            root = at;
            Insert(plain, at, Math.Min(limit, _niceLength), first, best);
            Lengthen(plain, at, limit);
        }

        Pass(1);
    }

    /// <summary>The last two bytes that are the same, and the last three.</summary>
    /// <returns>The longest length so far, at least 3: the tree has the others.</returns>
    private int FindShort(ReadOnlySpan<byte> plain, int at, int limit, uint word)
    {
        ref int last2 = ref _last2[word & 0xffff], last3 = ref _last3[Hash3(word)];
        (int two, int three) = (last2, last3);
        (last2, last3) = (at, at);
        int floor = Math.Max(None, at - _window - 1), best = 1;
        if (two > floor)
        {
            best = Add(plain, at, two, 2, limit);
        }

        if (best == 2 && three != two && three > floor && (Word(plain, three) ^ word) << 8 == 0)
        {
            best = Add(plain, at, three, 3, limit);
        }

        return Math.Max(best, 3);
    }

    private int Add(ReadOnlySpan<byte> plain, int at, int match, int sure, int limit)
    {
        int length = CommonBytes.Count(plain.Slice(at, limit), plain.Slice(match, limit), sure);
        (Lengths[Count], Distances[Count]) = (length, at - match - 1);
        Count++;
        return length;
    }

    /// <summary>The tree looks no farther than at a match that is long enough: what such a one has behind that.</summary>
    private void Lengthen(ReadOnlySpan<byte> plain, int at, int limit)
    {
        if (Count > 0 && Lengths[Count - 1] == _niceLength && _niceLength < limit)
        {
            int match = at - Distances[Count - 1] - 1, length = _niceLength;
            Lengths[Count - 1] += plain.Slice(at + length, limit - length).CommonPrefixLength(plain.Slice(match + length, limit - length));
        }
    }

    /// <summary>Puts the position at the root of its tree, and notes each match on the way that is longer than those before.</summary>
    private void Insert(ReadOnlySpan<byte> plain, int at, int limit, int match, int best)
    {
        int[] sons = _sons;
        ReadOnlySpan<byte> wanted = plain.Slice(at, limit);
        int floor = Math.Max(None, at - _window - 1), place = _place, window = _window + 1;
        int greater = (place * 2) + 1, less = place * 2;
        int greaterLength = 0, lessLength = 0;
        for (int depth = _depth; depth > 0 && match > floor; depth--)
        {
            int pair = place - (at - match);
            pair = (pair < 0 ? pair + window : pair) * 2;
            int length = Math.Min(greaterLength, lessLength);
            ReadOnlySpan<byte> found = plain.Slice(match, limit);
            if (found[length] == wanted[length])
            {
                length = CommonBytes.Count(wanted, found, length + 1);
                if (length > best)
                {
                    best = length;
                    (Lengths[Count], Distances[Count]) = (length, at - match - 1);
                    Count++;
                }

                if (length == limit)
                {
                    (sons[less], sons[greater]) = (sons[pair], sons[pair + 1]);
                    return;
                }
            }

            if (found[length] < wanted[length])
            {
                sons[less] = match;
                less = pair + 1;
                match = sons[less];
                lessLength = length;
            }
            else
            {
                sons[greater] = match;
                greater = pair;
                match = sons[greater];
                greaterLength = length;
            }
        }

        (sons[less], sons[greater]) = (None, None);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Word(ReadOnlySpan<byte> plain, int at) => BinaryPrimitives.ReadUInt32LittleEndian(plain[at..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Hash3(uint word) => (int)(((word << 8) * 506832829u) >> (32 - Hash3Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Hash4(uint word) => (int)((word * 2654435761u) >> _hashShift);
}
