namespace Coracle.Cli;

/// <summary>Names as Docker's lists order them: digits count as numbers, so that web2 stands before web10.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static NaturalOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x, right = y;
        while (left.Length > 0 && right.Length > 0)
        {
            bool areNumbers = char.IsAsciiDigit(left[0]) && char.IsAsciiDigit(right[0]);
            int leftEnd = areNumbers ? Digits(left) : 1, rightEnd = areNumbers ? Digits(right) : 1;
            ReadOnlySpan<char> a = areNumbers ? left[..leftEnd].TrimStart('0') : left[..1], b = areNumbers ? right[..rightEnd].TrimStart('0') : right[..1];
            int order = a.Length != b.Length ? a.Length - b.Length : a.SequenceCompareTo(b);
            if (order != 0 || leftEnd != rightEnd)
            {
                return order != 0 ? order : leftEnd - rightEnd;
            }

            left = left[leftEnd..];
            right = right[rightEnd..];
        }

        return left.Length - right.Length;
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }
}
