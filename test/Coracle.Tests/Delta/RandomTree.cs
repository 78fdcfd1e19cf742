using System.Text;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Delta;

/// <summary>Random tars, and later forms of them, in every header form there is, with hostile names and odd padding.</summary>
internal sealed class RandomTree(Random random)
{
    private static readonly string[] _components = ["a", "b", "dir", "lib", "..", ".", "", "\u00ff\u00fe", "\n", ".wh.a", "x.js", "y.so.1", "\u00c3\u00a4", new string('n', 120), new string('p', 60)];
    private static readonly string[] _magics = ["ustar\u000000", "ustar\u000000", "ustar\u000000", "ustar  \0", "", "ustar\0  "];

    private readonly List<Node> _nodes = [];

    /// <summary>Something new, of so many entries.</summary>
    public byte[] Make(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _nodes.Add(MakeNode());
        }

        return ToTar();
    }

    /// <summary>Some entries gone, some new, some with other bytes, names, times or owners; perhaps in another order.</summary>
    public byte[] Change()
    {
        bool moves = random.Next(4) == 0;
        bool touches = random.Next(2) == 0;
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            switch (random.Next(12))
            {
                case 0:
                    _nodes.RemoveAt(i);
                    continue;
                case 1:
                    _nodes.Insert(i, MakeNode());
                    continue;
                case 2 or 3:
                    _nodes[i] = _nodes[i] with { Body = Edit(_nodes[i].Body) };
                    break;
                case 4:
                    _nodes[i] = _nodes[i] with { Mode = random.Next(0x200), Owner = random.Next(3) };
                    break;
                default:
                    break;
            }

            _nodes[i] = moves ? _nodes[i] with { Name = "new/place/" + _nodes[i].Name } : _nodes[i];
            _nodes[i] = touches ? _nodes[i] with { Time = _nodes[i].Time + (random.Next(3) == 0 ? 1_000_000 : 999_999_000_000_007) } : _nodes[i];
        }

        if (random.Next(4) == 0)
        {
            _nodes.Reverse();
        }

        return ToTar();
    }

    private byte[] ToTar()
    {
        List<byte> tar = [];
        foreach (Node node in _nodes)
        {
            tar.AddRange(Entry(node));
        }

        // A last body without all of its padding, with an end mark or none, with what is behind it or not.
        if (random.Next(8) == 0)
        {
            int zeros = tar.Count - 1 - tar.FindLastIndex(b => b != 0);
            byte[] body = _nodes.Count > 0 ? _nodes[^1].Body : [];
            int padding = (int)(-body.Length & 511);
            if (padding <= zeros && padding > 0)
            {
                tar.RemoveRange(tar.Count - padding, padding);
                return [.. tar];
            }
        }

        tar.AddRange(new byte[random.Next(4) * 512]);
        if (random.Next(3) == 0 && tar.Count >= 1024 && tar[^1024..].All(b => b == 0))
        {
            tar.AddRange(Bytes(random.Next(2000)));
        }

        return [.. tar];
    }

    private Node MakeNode()
    {
        char type = "00000000577213"[random.Next(14)] is var letter && letter == '3' ? '6' : letter;
        byte[] body = type is '0' or '7' ? Bytes(random.Next(6) == 0 ? random.Next(60_000) : random.Next(1500)) : [];
        return new Node(Name(), type, _magics[random.Next(_magics.Length)], type is '1' or '2' ? Name() : "", body, random.NextInt64(2_000_000_000) * 1_000_000_000,
            random.Next(8), (byte)random.Next(20) == 0 ? (byte)1 : (byte)0, random.Next(0x200), random.Next(2));
    }

    private byte[] Entry(Node node)
    {
        List<byte> entry = [];
        if ((node.Form & 1) == 1 || node.Name.Length > 100)
        {
            bool isGnu = node.Form == 3 || node.Magic == "ustar  \0";
            entry.AddRange(isGnu ? Extended('L', node.Name + "\0") : Pax(Records(node)));
            entry.AddRange(isGnu && node.Link.Length > 100 ? Extended('K', node.Link + "\0") : []);
        }

        if (node.Form == 6)
        {
            entry.AddRange(Extended('g', Record("comment", "for all")));
        }

        entry.AddRange(Block(Cut(node.Name), node.Type, node.Body.Length, node.Magic, Cut(node.Link), block =>
        {
            Put(block, 100, Octal(node.Mode, 7));
            Put(block, 136, Octal(node.Time / 1_000_000_000, 11));
            Put(block, 265, node.Owner == 0 ? "root" : $"user{node.Owner}");
        }));
        entry.AddRange(Fill(node.Body, node.Filler));
        return [.. entry];
    }

    private static (string, string)[] Records(Node node)
    {
        List<(string, string)> records = [("mtime", $"{node.Time / 1_000_000_000}.{node.Time % 1_000_000_000:d9}".TrimEnd('0').TrimEnd('.')), ("path", node.Name)];
        if (node.Link.Length > 100)
        {
            records.Add(("linkpath", node.Link));
        }

        if (node.Form == 5)
        {
            records.Add(("SCHILY.xattr.security.capability", $"\u0001\0\0\u0002{(char)(node.Mode & 0xff)}\n"));
            records.Add(("LIBARCHIVE.xattr.user.a", $"YQ{node.Owner}"));
        }

        return [.. records];
    }

    private static string Cut(string text) => text[..Math.Min(text.Length, 100)];

    private string Name()
    {
        string name = string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => _components[random.Next(_components.Length)]));
        return name.Replace("\0", "", StringComparison.Ordinal);
    }

    private byte[] Edit(byte[] body)
    {
        List<byte> edited = [.. body];
        for (int edits = random.Next(1, 6); edits > 0 && edited.Count > 0; edits--)
        {
            int at = random.Next(edited.Count);
            switch (random.Next(3))
            {
                case 0:
                    edited.RemoveRange(at, Math.Min(edited.Count - at, random.Next(40)));
                    break;
                case 1:
                    edited.InsertRange(at, Bytes(random.Next(40)));
                    break;
                default:
                    edited[at]++;
                    break;
            }
        }

        return [.. edited];
    }

    private byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        if (random.Next(3) > 0)
        {
            byte[] words = Encoding.ASCII.GetBytes("function return import export const this value length 0123456789\n");
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = words[(bytes[i] + i) % words.Length];
            }
        }

        return bytes;
    }

    private sealed record Node(string Name, char Type, string Magic, string Link, byte[] Body, long Time, int Form, byte Filler, int Mode, int Owner);
}
