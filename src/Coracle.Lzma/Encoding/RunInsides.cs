using System.Runtime.CompilerServices;

namespace Coracle.Lzma;

/// <summary>
/// Which positions lie inside a run of one byte. No symbol needs to begin or end there: what repeats the run's byte goes over it at once, and
/// what a match would gain by beginning there is little, for the time of a search at each byte.
/// </summary>
internal sealed class RunInsides
{
    /// <summary>
    /// Positions of a run that are none of its inside: those at its front, and near its end each fourth, counted from there: matches begin with zeros,
    /// too, mostly with whole words of them. Behind is for the price of it, from a Go program's differences: 185,082 bytes in 1.45 CPU s of a whole
    /// delta; each of the last 32: 180,214 in 2.1; each eighth of 64: 186,943 in 1.3.
    /// Before less than 2 would leave runs that nothing goes over.
    /// </summary>
    private const int Before = 3, Behind = 64, Step = 4;

    /// <summary>A longer run counts as several: a match goes over one of them.</summary>
    private const int LongestRun = 255;

    /// <summary>Of positions that are known at a time: more than the longest step and a run.</summary>
    private const int Window = 1024;

    private readonly byte[] _lefts = new byte[Window];
    private bool _isWanted;
    private int _known;

    public void Start(bool isWanted)
    {
        (_isWanted, _known) = (isWanted, 0);
        Array.Clear(_lefts);
    }

    /// <summary>How many positions it is from here to the end of the inside; 0 outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Left(int at) => _lefts[at & (Window - 1)];

    /// <summary>Gets to know the positions before this one, of which none is more than 548 from the last that was asked for.</summary>
    public void Cover(ReadOnlySpan<byte> plain, int end)
    {
        end = _isWanted ? Math.Min(end, plain.Length) : 0;
        while (_known < end)
        {
            ReadOnlySpan<byte> rest = plain.Slice(_known, Math.Min(LongestRun, plain.Length - _known));
            int run = rest.IndexOfAnyExcept(rest[0]);
            run = run < 0 ? rest.Length : run;
            int first = Math.Min(run, Before), last = Math.Max(first, run - Behind);
            for (int i = 0; i < run; i++)
            {
                _lefts[(_known + i) & (Window - 1)] = (byte)(i < first ? 0 : i < last ? last - i + ((run - last) % Step) : (run - i) % Step);
            }

            _known += run;
        }

        if (_known == plain.Length)
        {
            // The end is a place as well: it must not have what a position so many bytes before had.
            _lefts[_known & (Window - 1)] = 0;
        }
    }
}
