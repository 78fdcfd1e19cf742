namespace Coracle.Core;

/// <summary>
/// What <c>docker top</c>'s arguments ask for: columns, as ps(1) names them. Which processes they select does not matter, since
/// top shows all of the container's, and no other.
/// </summary>
internal static class PsArguments
{
    private const string Full = "user=UID pid ppid c stime tty time cmd";

    private const string ExtraFull = "user=UID pid ppid c sz rss psr stime tty time cmd";

    private const string Long = "f s uid pid ppid c pri ni wchan=ADDR sz wchan tty time cmd";

    private const string Jobs = "pid pgid sid tty time cmd";

    private const string Plain = "pid tty time cmd";

    private const string Users = "user pid %cpu %mem vsz rss tty stat start_time bsdtime=TIME command";

    private const string BsdLong = "f uid pid ppid pri ni vsz rss wchan stat tty bsdtime=TIME command";

    private const string BsdPlain = "pid tty stat bsdtime=TIME command";

    /// <summary>Selections, sorting by tree and width: without effect here.</summary>
    private const string Ignored = "AaedNHwxTgr";

    /// <param name="text">As the client gave it; empty is <c>-ef</c>.</param>
    /// <exception cref="EngineException">What ps(1) would refuse, in its words.</exception>
    public static IReadOnlyList<TopColumn> Parse(string text)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        List<TopColumn> chosen = [];
        string format = words.Length == 0 ? Full : words[0].StartsWith('-') ? Plain : BsdPlain;
        for (int i = 0; i < words.Length; i++)
        {
            bool isDashed = words[i].StartsWith('-');
            string letters = isDashed ? words[i][1..] : words[i];
            if (isDashed && letters.StartsWith('-'))
            {
                throw Refused("unknown gnu long option");
            }

            int list = letters.IndexOfAny(['o', 'O']);
            foreach (char letter in list < 0 ? letters : letters[..list])
            {
                format = FormatOf(letter, isDashed) ?? format;
            }

            if (list >= 0)
            {
                string columns = list + 1 < letters.Length ? letters[(list + 1)..] : i + 1 < words.Length ? words[++i] : throw Refused("list of format specifiers must follow -o");
                AddColumns(columns, chosen);
            }
        }

        if (chosen.Count == 0)
        {
            foreach (string column in format.Split(' '))
            {
                chosen.Add(ColumnOf(column));
            }
        }

        return chosen.Exists(column => column.Title == "PID")
            ? chosen
            : throw new EngineException(Refusal.Failed, "Couldn't find PID field in ps output");
    }

    /// <returns>Null for a letter that chooses no columns.</returns>
    private static string? FormatOf(char letter, bool isDashed) => (letter, isDashed) switch
    {
        ('f', true) => Full,
        ('F', true) => ExtraFull,
        ('l', true) => Long,
        ('j', true) => Jobs,
        ('u', false) => Users,
        ('l', false) => BsdLong,
        ('f', false) => null,
        _ when Ignored.Contains(letter, StringComparison.Ordinal) => null,
        (_, true) => throw Refused("unsupported SysV option"),
        _ => throw Refused("unsupported option (BSD syntax)"),
    };

    /// <summary>A title of one's own, after <c>=</c>, goes on to the end of the argument (POSIX).</summary>
    private static void AddColumns(string list, List<TopColumn> chosen)
    {
        int equals = list.IndexOf('=', StringComparison.Ordinal);
        string[] names = (equals < 0 ? list : list[..equals]).Split(',', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < names.Length; i++)
        {
            chosen.Add(ColumnOf(i == names.Length - 1 && equals >= 0 ? names[i] + list[equals..] : names[i]));
        }
    }

    private static TopColumn ColumnOf(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals];
        string title = ProcessColumns.TitleOf(name) ?? throw Refused($"unknown user-defined format specifier \"{name}\"");
        return new TopColumn(name, equals < 0 ? title : text[(equals + 1)..]);
    }

    private static EngineException Refused(string why) => new(Refusal.Failed, "ps: error: " + why);
}

internal readonly record struct TopColumn(string Name, string Title);
