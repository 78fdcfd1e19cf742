using System.Text;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Storage;

/// <summary>Tars of random trees with hostile names, in every header form there is.</summary>
internal static class RandomLayers
{
    private static readonly string[] _components = ["a", "b", "dir", "l", "..", ".", "", "\u00ff\u00fe", "\n", ".wh.a", ".wh..wh..opq", ".wh..wh.x", "-", "\u00c3\u00a4", new string('n', 120)];
    private static readonly string[] _magics = ["ustar\u000000", "ustar  \0", "", "ustar\0  "];

    public static byte[] MakeTar(Random random)
    {
        List<byte> tar = MakeEntries(random);
        tar.AddRange(new byte[random.Next(4) * 512]);
        if (random.Next(3) == 0 && tar.Count >= 1024 && tar[^1024..].All(b => b == 0))
        {
            tar.AddRange(Bytes(random, random.Next(2000)));
        }

        return [.. tar];
    }

    /// <summary>Without an end.</summary>
    public static List<byte> MakeEntries(Random random)
    {
        List<byte> tar = [];
        for (int count = random.Next(1, 14); count > 0; count--)
        {
            tar.AddRange(MakeEntry(random));
        }

        return tar;
    }

    private static byte[] MakeEntry(Random random)
    {
        string name = Name(random);
        string magic = _magics[random.Next(_magics.Length)];
        char type = "0000000577213"[random.Next(13)] is var letter && letter == '3' ? '6' : letter;
        string link = type is '1' or '2' ? Name(random) : "";
        byte[] body = type is '0' or '7' ? Bytes(random, random.Next(6) == 0 ? random.Next(200_000) : random.Next(1500)) : [];
        byte[] padded = Fill(body, (byte)random.Next(2));
        if (type == '0' && random.Next(5) == 0)
        {
            return Sparse(random, name, body, padded);
        }

        List<byte> entry = [];
        if (name.Length > 100 || random.Next(6) == 0)
        {
            entry.AddRange(random.Next(2) == 0 ? Extended('L', name + "\0") : Pax(("comment", Latin(random)), ("path", name), ("mtime", $"{random.Next()}.{random.Next()}")));
        }

        if (random.Next(12) == 0)
        {
            entry.InsertRange(0, Extended('g', Record("comment", Latin(random))));
        }

        if (link.Length > 100)
        {
            entry.AddRange(Extended('K', link));
        }

        string size = random.Next(4) switch
        {
            0 => Octal(body.Length, 11),
            1 => Octal(body.Length, 1).PadLeft(11) + " ",
            2 => "\u0080\0\0\0\0\0\0\0\0" + (char)(body.Length >> 16) + (char)((body.Length >> 8) & 0xff) + (char)(body.Length & 0xff),
            _ => Octal(body.Length, 12),
        };
        entry.AddRange(Block(name[..Math.Min(100, name.Length)], type, size, magic, link[..Math.Min(100, link.Length)], block =>
        {
            Put(block, 265, Latin(random)[..8]); // the owner's name
            block[500 + random.Next(8)] = (byte)random.Next(256); // behind the prefix: padding
        }));
        return [.. entry, .. padded];
    }

    private static byte[] Sparse(Random random, string name, byte[] body, byte[] padded)
    {
        List<(long Offset, long Length)> regions = [];
        long at = 0, left = body.Length;
        while (left > 0 || random.Next(3) == 0)
        {
            long length = random.Next(3) == 0 ? left : random.NextInt64(left + 1);
            at += random.Next(5000);
            regions.Add((at, length));
            (at, left) = (at + length, left - length);
        }

        string real = $"{at + random.Next(3000)}";
        string count = $"{regions.Count}";
        IEnumerable<string> numbers = regions.SelectMany(r => (string[])[$"{r.Offset}", $"{r.Length}"]);
        switch (random.Next(3))
        {
            case 0:
                return [.. Pax([("GNU.sparse.size", real), ("GNU.sparse.numblocks", count), .. numbers.Select((n, i) => (i % 2 == 0 ? "GNU.sparse.offset" : "GNU.sparse.numbytes", n)), ("path", name)]), .. Block("x", '0', body.Length), .. padded];
            case 1:
                return [.. Pax(("GNU.sparse.name", name), ("GNU.sparse.size", real), ("GNU.sparse.numblocks", count), ("GNU.sparse.map", string.Join(',', numbers))), .. Block("x", '0', body.Length), .. padded];
            default:
                byte[] map = Fill(Encoding.ASCII.GetBytes(string.Concat(numbers.Prepend(count).Select(n => n + "\n"))));
                return [.. Pax(("GNU.sparse.name", name), ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", real)), .. Block("x", '0', map.Length + body.Length), .. map, .. padded];
        }
    }

    private static string Name(Random random)
        => string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => _components[random.Next(random.Next(3) == 0 ? _components.Length : 4)]));

    private static string Latin(Random random) => Encoding.Latin1.GetString([.. Bytes(random, 40).Select(b => b == 0 ? (byte)1 : b)]);

    private static byte[] Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
