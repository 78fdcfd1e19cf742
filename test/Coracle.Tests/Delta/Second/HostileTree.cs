using System.Text;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Delta.Second;

/// <summary>Header forms that no writer of today makes all of, and later forms of each: sparse files, parted names, names of extended headers, odd numbers and records.</summary>
internal sealed class HostileTree(Random random)
{
    private static readonly string[] _directories = ["usr/lib", "a/b/c", new string('d', 90) + "/" + new string('e', 30), "x//y", "\u00c3\u00a4/o", "", new string('q', 40) + "/" + new string('r', 70)];
    private static readonly string[] _bases = ["file", new string('n', 99), "f", "\u00ff", "PaxHeaders.5", "dir/"];

    private readonly List<(int Form, string Name, long Time, int Number, byte[] Body)> _entries = [];

    public byte[] Make(int count)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] body = new byte[random.Next(3) * random.Next(900)];
            random.NextBytes(body);
            string name = _directories[random.Next(_directories.Length)] + "/" + _bases[random.Next(_bases.Length)];
            _entries.Add((random.Next(13), name, random.Next(1 << 30), random.Next(512), body));
        }

        return ToTar();
    }

    /// <summary>The same entries with other names, times and owners, some bodies changed.</summary>
    public byte[] Change()
    {
        string directory = _directories[random.Next(_directories.Length)];
        for (int i = 0; i < _entries.Count; i++)
        {
            (int form, string name, long time, int number, byte[] body) = _entries[i];
            body = random.Next(3) == 0 && body.Length > 0 ? [.. body, 5, .. body[..(body.Length / 2)]] : body;
            name = random.Next(2) == 0 ? directory + name[name.LastIndexOf('/')..] : name;
            form = random.Next(8) == 0 ? random.Next(13) : form;
            _entries[i] = (form, name, time + random.Next(3), random.Next(2) == 0 ? number : random.Next(512), body);
        }

        return ToTar();
    }

    private byte[] ToTar() => [.. _entries.SelectMany(e => Entry(e.Form, e.Name, e.Time, e.Number, e.Body)), .. End];

    private static byte[] Entry(int form, string name, long time, int number, byte[] body)
    {
        string seconds = $"{time}";
        byte[] file = Head(name, '0', time, number, body.Length);
        byte[] filled = Fill(body);
        return form switch
        {
            0 => [.. file, .. filled],
            1 => [.. Head(name, '0', time, number, body.Length, block => Base256(block, 108, 0x7fff_ffffL + number)), .. filled],
            2 => [.. Named($"{Directory(name)}/PaxHeaders.{number}/{Base(name)}", time, Record("mtime", seconds + ".5"), Record("path", name)), .. file, .. filled],
            3 => [.. Named($"{name}/PaxHeaders.0", time, Record("path", name), Record("mtime", seconds + ".000000000")), .. Head(name, '5', time, number, 0)],
            4 => [.. Named("./PaxHeaders/" + Base(name), 0, Record("mtime", $"-{seconds}"), Record("atime", seconds)), .. file, .. filled],
            5 => [.. Pax(("path", "other"), ("path", name), ("mtime", seconds), ("size", $"{body.Length}")), .. file, .. filled],
            6 => [.. Extended('K', name + "\0"), .. Extended('L', name), .. Head(name, '2', time, number, 0)],
            7 => [.. Pax(("linkpath", name), ("k", new string('v', number % 7))), .. Head("link", '1', time, number, 0)],
            8 => [.. Pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", name), ("GNU.sparse.realsize", $"{body.Length + 4096}")),
                .. Head(name, '0', time, number, 512 + body.Length), .. Fill(Encoding.ASCII.GetBytes($"1\n4096\n{body.Length}\n")), .. filled],
            9 => [.. Head(name, 'S', time, number, body.Length, block =>
            {
                Put(block, 257, "ustar  \0");
                Put(block, 386, Octal(4096, 11) + "\0" + Octal(body.Length, 11) + "\0");
                Put(block, 483, Octal(4096 + body.Length, 11));
            }), .. filled],
            10 => [.. Parted(name, time, number, body.Length), .. filled],
            11 => [.. Named("g/PaxHeader/x", time, Record("comment", seconds)), .. Extended('g', Record("comment", "all")), .. file, .. filled],
            _ => [.. Head(name, '0', time, number, body.Length, block => Put(block, 100, "    755 \0  17 \0       \0")), .. filled],
        };
    }

    private static byte[] Head(string name, char type, long time, int number, long size, Action<byte[]>? change = null)
        => Block(name[..Math.Min(name.Length, 100)], type, size, change: block =>
        {
            Put(block, 100, Octal(number, 7));
            Put(block, 136, Octal(time, 11));
            change?.Invoke(block);
        });

    /// <summary>A PAX header whose block has a name and a time.</summary>
    private static byte[] Named(string name, long time, params string[] records)
    {
        byte[] body = Encoding.Latin1.GetBytes(string.Concat(records));
        return [.. Head(name, 'x', time, 420, body.Length), .. Fill(body)];
    }

    /// <summary>A ustar name in prefix and name, parted where the prefix is as long as can be, or as short.</summary>
    private static byte[] Parted(string name, long time, int number, long size)
    {
        int slash = (number & 1) == 0 ? name.LastIndexOf('/') : name.IndexOf('/', StringComparison.Ordinal);
        return slash < 1 || name.Length - slash > 101 ? Head(name, '0', time, number, size) : Head(name[(slash + 1)..], '0', time, number, size, block => Put(block, 345, name[..slash]));
    }

    private static void Base256(byte[] block, int at, long value)
    {
        block[at] = 0x80;
        for (int i = 7; i > 0; i--, value >>= 8)
        {
            block[at + i] = (byte)value;
        }
    }

    private static string Directory(string name) => name.TrimEnd('/') is var trimmed && trimmed.LastIndexOf('/') is > 0 and int slash ? trimmed[..slash] : "";

    private static string Base(string name) => name.TrimEnd('/') is var trimmed ? trimmed[(trimmed.LastIndexOf('/') + 1)..] : "";
}
