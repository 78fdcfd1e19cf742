using System.Text;

namespace Coracle.Cli;

/// <summary>Text as Docker's client counts it: in code points.</summary>
internal static class TextWidth
{
    public static int Of(string text)
    {
        int count = 0;
        foreach (Rune _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    /// <returns>At most so many code points.</returns>
    public static string First(string text, int most)
    {
        StringBuilder first = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (most-- == 0)
            {
                break;
            }

            first.Append(rune.ToString());
        }

        return first.ToString();
    }

    /// <summary>Cut to so many code points, the last of which is then a sign that there was more.</summary>
    public static string Shortened(string text, int most) => Of(text) <= most ? text : First(text, most - 1) + "…";
}
