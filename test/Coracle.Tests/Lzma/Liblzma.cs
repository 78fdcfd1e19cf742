using System.Diagnostics;

namespace Coracle.Tests.Lzma;

/// <summary>The encoder and decoder of xz, by way of Python: one process that answers one question after the other.</summary>
public sealed class Liblzma : IDisposable
{
    private const string Program = """
        import lzma, sys
        while line := sys.stdin.buffer.readline():
            what, length, filter = eval(line)
            data = sys.stdin.buffer.read(length)
            filter['id'] = lzma.FILTER_LZMA2
            answer = (lzma.compress if what == 'pack' else lzma.decompress)(data, lzma.FORMAT_RAW, filters=[filter])
            sys.stdout.buffer.write(b'%d\n' % len(answer) + answer)
            sys.stdout.buffer.flush()
        """;

    private readonly Process _python;

    public Liblzma()
    {
        ProcessStartInfo info = new("python3") { RedirectStandardInput = true, RedirectStandardOutput = true };
        info.ArgumentList.Add("-c");
        info.ArgumentList.Add(Program);
        _python = Process.Start(info)!;
    }

    public byte[] Pack(byte[] plain, int dictionary, int lc, int lp, int pb)
        => Ask($"('pack', {plain.Length}, {{'preset': 9 | lzma.PRESET_EXTREME, 'dict_size': {dictionary}, 'lc': {lc}, 'lp': {lp}, 'pb': {pb}}})", plain);

    public byte[] Unpack(byte[] packed, int dictionary) => Ask($"('unpack', {packed.Length}, {{'dict_size': {dictionary}}})", packed);

    public void Dispose()
    {
        _python.StandardInput.Close();
        _python.WaitForExit();
        _python.Dispose();
    }

    private byte[] Ask(string question, byte[] data)
    {
        Stream input = _python.StandardInput.BaseStream, output = _python.StandardOutput.BaseStream;
        input.Write([.. System.Text.Encoding.ASCII.GetBytes(question + "\n"), .. data]);
        input.Flush();
        int length = 0;
        for (int b; (b = output.ReadByte()) != '\n';)
        {
            length = b >= 0 ? (length * 10) + b - '0' : throw new EndOfStreamException("python3 has ended");
        }

        byte[] answer = new byte[length];
        output.ReadExactly(answer);
        return answer;
    }
}
