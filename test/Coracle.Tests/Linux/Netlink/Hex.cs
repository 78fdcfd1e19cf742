namespace Coracle.Tests.Linux;

/// <summary>Golden bytes as a person reads them: hexadecimal, white space where it helps, and what it means behind a semicolon.</summary>
internal static class Hex
{
    internal static byte[] Parse(string text)
        => Convert.FromHexString(string.Concat(text.Split('\n').SelectMany(line => line.Split(';')[0]).Where(char.IsAsciiHexDigit)));

    internal static void AssertEqual(string expected, ReadOnlySpan<byte> actual)
        => Assert.Equal(Convert.ToHexString(Parse(expected)), Convert.ToHexString(actual));
}
