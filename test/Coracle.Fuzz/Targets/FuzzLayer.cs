using System.Text;
using Coracle.Delta;
using Coracle.Oci;

namespace Coracle.Fuzz;

/// <summary>Some entries in memory, with headers of each kind that a delta makes others from; or a later form of them, for seeds.</summary>
internal sealed class FuzzLayer : ILayerSource
{
    public const int Count = 5;

    private readonly byte[][] _headers;
    private readonly int[] _bodies = [300, 100, 0, 0, 0];
    private readonly byte _shift;

    public FuzzLayer(bool isLater = false)
    {
        string root = isLater ? "opt" : "usr";
        _shift = isLater ? (byte)1 : (byte)0;
        _headers =
        [
            Block(root + "/bin/app", '0', 300, ""),
            [.. Block("PaxHeaders.0/x", 'x', 73, ""), .. Padded(isLater ? "20 mtime=2.987654321\n" : "20 mtime=1.123456789\n", "53 path=" + root + "/lib/a very long name that is in a record\n"), .. Block(root + "/lib/a", '0', 100, "")],
            [.. Block("././@LongLink", 'L', 21, ""), .. Padded(root + "/lib/another/name\0", ""), .. Block(root + "/lib/another", '5', 0, "")],
            Block(root + "/bin/link", '2', 0, "app"),
            Block(root + "/bin/hard", '1', 0, root + "/bin/app"),
        ];
        if (isLater)
        {
            SetChecksums();
        }

        DiffId = new DiffId(isLater ? Digest.Of(ToTar()) : new Digest(new byte[Digest.ByteLength]));
    }

    public DiffId DiffId { get; }

    public long TarLength => ToTar().Length;

    public long EntryCount => Count;

    public LayerEntry this[long index] => new(_headers[index], _bodies[index], null);

    public int ReadBody(long index, long offset, Span<byte> body)
    {
        int count = (int)Math.Min(body.Length, _bodies[index] - offset);
        for (int i = 0; i < count; i++)
        {
            body[i] = (byte)(index + ((offset + i) % 100 == 50 ? _shift : 0));
        }

        return count;
    }

    public int ReadTrailer(long offset, Span<byte> trailer)
    {
        int count = (int)Math.Min(trailer.Length, 1024 - offset);
        trailer[..count].Clear();
        return count;
    }

    public void Dispose()
    {
    }

    private byte[] ToTar()
    {
        List<byte> tar = [];
        for (int i = 0; i < Count; i++)
        {
            byte[] body = new byte[_bodies[i]];
            _ = ReadBody(i, 0, body);
            tar.AddRange(_headers[i]);
            tar.AddRange(body);
            tar.AddRange(new byte[-body.Length & 511]);
        }

        return [.. tar, .. new byte[1024]];
    }

    private void SetChecksums()
    {
        foreach (byte[] headers in _headers)
        {
            _ = HeaderTemplate.TryWriteChecksums(headers);
        }
    }

    private static byte[] Block(string name, char type, int size, string link)
    {
        byte[] block = new byte[512];
        Encoding.ASCII.GetBytes(name).CopyTo(block, 0);
        Encoding.ASCII.GetBytes($"0000644\00000000\00000000\0{Convert.ToString(size, 8).PadLeft(11, '0')}\000000000017\0000000\0 {type}{link}").CopyTo(block, 100);
        "ustar\u000000"u8.CopyTo(block.AsSpan(257));
        return block;
    }

    private static byte[] Padded(string first, string second)
    {
        byte[] body = new byte[512];
        Encoding.ASCII.GetBytes(first + second).CopyTo(body, 0);
        return body;
    }
}
