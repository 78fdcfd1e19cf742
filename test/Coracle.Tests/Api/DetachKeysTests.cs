using System.Text;
using Coracle.Api;
using Coracle.Core;

namespace Coracle.Tests.Api;

public sealed class DetachKeysTests
{
    [Theory]
    [InlineData(null, "ab\u0010\u0011cd", "ab", true)]
    [InlineData("", "a\u0010b\u0011", "a\u0010b\u0011", false)]
    [InlineData("ctrl-p,ctrl-q", "\u0010\u0010\u0011", "\u0010", true)]
    [InlineData("ctrl-@,q", "x\0q", "x", true)]
    [InlineData("ctrl-[", "\u001b", "", true)]
    [InlineData("DEL", "a\u007f", "a", true)]
    [InlineData("a", "xyz", "xyz", false)]
    [InlineData("a,b,c", "ababc", "ab", true)]
    public void What_is_typed_passes_until_the_keys_are_complete(string? keys, string typed, string passed, bool detached)
    {
        DetachKeys watch = DetachKeys.Parse(keys);
        StringBuilder seen = new();
        foreach (char key in typed) // one byte at a time is what a terminal sends
        {
            seen.Append(Encoding.Latin1.GetString(watch.Filter(new[] { (byte)key }).Span));
            if (watch.Detached)
            {
                break;
            }
        }

        Assert.Equal((passed, detached), (seen.ToString(), watch.Detached));
    }

    [Theory]
    [InlineData("zz")]
    [InlineData("ctrl-x,zz")]
    [InlineData("ctrl-")]
    [InlineData("ctrl-1")]
    [InlineData("a,,b")]
    public void Keys_that_are_none_are_named(string keys)
    {
        EngineException refused = Assert.Throws<EngineException>(() => DetachKeys.Parse(keys));
        Assert.Equal((Refusal.InvalidArgument, $"Invalid detach keys ({keys}) provided"), (refused.Refusal, refused.Message));
    }
}
