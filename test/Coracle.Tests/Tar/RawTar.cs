using System.Text;

namespace Coracle.Tests.Tar;

/// <summary>Tar blocks with any bytes in any field: what no decent writer makes.</summary>
internal static class RawTar
{
    /// <summary>Two zero blocks.</summary>
    public static byte[] End => new byte[1024];

    public static byte[] Block(string name, char type, string size, string magic = "ustar\u000000", string link = "", Action<byte[]>? change = null)
    {
        byte[] block = new byte[512];
        Put(block, 0, name);
        Put(block, 100, "0000644\00000000\00000000\0");
        Put(block, 124, size);
        Put(block, 136, "00000000000\0        ");
        block[156] = (byte)type;
        Put(block, 157, link);
        Put(block, 257, type == '\0' ? "" : magic);
        Put(block, 108, Octal(TestTar.Me.Uid, 7));
        Put(block, 116, Octal(TestTar.Me.Gid, 7));
        change?.Invoke(block);
        return Sum(block);
    }

    public static byte[] Block(string name, char type, long size, string magic = "ustar\u000000", string link = "", Action<byte[]>? change = null)
        => Block(name, type, Octal(size, 11), magic, link, change);

    /// <summary>Header and body, filled up to whole blocks.</summary>
    public static byte[] FileEntry(string name, byte[] body) => [.. Block(name, '0', body.Length), .. Fill(body)];

    public static byte[] Pax(string records) => Extended('x', records);

    public static byte[] Pax(params (string Key, string Value)[] records) => Extended('x', string.Concat(records.Select(r => Record(r.Key, r.Value))));

    /// <summary>Characters are bytes: Latin-1.</summary>
    public static byte[] Extended(char type, string body)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(body);
        return [.. Block("ext", type, bytes.Length), .. Fill(bytes)];
    }

    public static string Record(string key, string value)
    {
        int rest = key.Length + value.Length + 3;
        int length = rest + $"{rest}".Length;
        length = rest + $"{length}".Length;
        return $"{length} {key}={value}\n";
    }

    public static byte[] Fill(byte[] body, byte filler = 0)
        => [.. body, .. Enumerable.Repeat(filler, (512 - (body.Length % 512)) % 512)];

    public static void Put(byte[] block, int at, string text) => Encoding.Latin1.GetBytes(text).CopyTo(block, at);

    public static string Octal(long value, int digits) => Convert.ToString(value, 8).PadLeft(digits, '0');

    private static byte[] Sum(byte[] block)
    {
        block.AsSpan(148, 8).Fill((byte)' ');
        Put(block, 148, Octal(block.Sum(b => b), 6) + "\0 ");
        return block;
    }
}
