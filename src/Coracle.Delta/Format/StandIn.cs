namespace Coracle.Delta;

internal interface ILzma2Input
{
    int Read(Span<byte> bytes);
}

internal sealed class LzmaFormatException(string reason) : IOException(reason);

internal sealed class Lzma2Decoder
{
    private ILzma2Input? _input;
    private int _left;
    private bool _ended;

    public void Start(int dictionaryLength, ILzma2Input input) => (_input, _left, _ended) = (input, 0, false);

    public int Read(Span<byte> plain)
    {
        Span<byte> head = stackalloc byte[2];
        if (_left == 0 && !_ended)
        {
            Need(head[..1]);
            _ended = head[0] == 0;
            if (!_ended)
            {
                if (head[0] is not (1 or 2)) { throw new LzmaFormatException("not stored"); }
                Need(head);
                _left = (head[0] << 8 | head[1]) + 1;
            }
        }

        int count = Math.Min(_left, plain.Length);
        Need(plain[..count]);
        _left -= count;
        return count;
    }

    private void Need(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int n = _input!.Read(bytes);
            if (n == 0) { throw new LzmaFormatException("cut"); }
            bytes = bytes[n..];
        }
    }
}

internal static class Lzma2Encoder
{
    public static void EncodeSmallest(ReadOnlySpan<byte> plain, int dictionaryLength, Stream output)
    {
        while (!plain.IsEmpty)
        {
            int n = Math.Min(65536, plain.Length);
            output.Write([1, (byte)((n - 1) >> 8), (byte)(n - 1)]);
            output.Write(plain[..n]);
            plain = plain[n..];
        }

        output.WriteByte(0);
    }
}
