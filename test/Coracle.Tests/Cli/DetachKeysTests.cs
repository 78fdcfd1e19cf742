using System.Text;
using Coracle.Cli;

namespace Coracle.Tests.Cli;

public sealed class DetachKeysTests
{
    [Theory]
    [InlineData(null, "abc", "abc", false)]
    [InlineData(null, "a\u0010\u0011b", "a", true)]
    [InlineData(null, "a\u0010b", "a\u0010b", false)]
    [InlineData(null, "\u0010\u0010\u0011", "\u0010", true)]
    [InlineData("ctrl-a,x", "1\u0001x2", "1", true)]
    [InlineData("ctrl-a,x", "1\u0001y", "1\u0001y", false)]
    [InlineData("ctrl-[,ctrl-@", "\u001b\0", "", true)]
    [InlineData("q", "wq", "w", true)]
    public void Keys_are_found_also_when_they_come_one_by_one(string? keys, string typed, string passed, bool isDetached)
    {
        Assert.Equal((passed, isDetached), Type(keys, [typed]));
        Assert.Equal((passed, isDetached), Type(keys, [.. typed.Select(c => c.ToString())]));
    }

    [Theory]
    [InlineData("ctrl-")]
    [InlineData("ctrl-1")]
    [InlineData("foo")]
    [InlineData("a,,b")]
    public void What_names_no_key_is_none(string keys) => Assert.Null(DetachKeys.Parse(keys));

    private static (string Passed, bool IsDetached) Type(string? keys, string[] strokes)
    {
        DetachKeys watched = DetachKeys.Parse(keys)!;
        StringBuilder all = new();
        byte[] passed = new byte[64];
        foreach (string stroke in strokes)
        {
            (int count, bool isDetached) = watched.Pass(Encoding.Latin1.GetBytes(stroke), passed);
            all.Append(Encoding.Latin1.GetString(passed, 0, count));
            if (isDetached)
            {
                return (all.ToString(), true);
            }
        }

        return (all.ToString(), false);
    }
}
