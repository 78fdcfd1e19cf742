using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Coracle.Tests.Runtime.Systemd;

/// <summary>systemd at the other end of a unix socket, as far as a client can tell: its own reading of the wire, not the product's.</summary>
internal sealed class FakeSystemd : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coracle-systemd-");
    private readonly Task _serving;

    public FakeSystemd()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _serving = Task.Run(Serve);
    }

    public string SocketPath => _directory.FullName + "/private";

    /// <summary>What was said during authentication.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>What was called, in order: member, destination, arguments.</summary>
    public List<FakeCall> Calls { get; } = [];

    /// <summary>What is answered to a call, message by message; the usual is success.</summary>
    public Func<FakeCall, IEnumerable<byte[]>>? Answers { get; set; }

    public string Authentication { get; set; } = "OK 0123456789abcdef0123456789abcdef\r\n";

    public FakeCall Only(string member) => Assert.Single(Calls, call => call.Member == member);

    public void Dispose()
    {
        _listener.Dispose();
        _serving.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        _directory.Delete(recursive: true);
    }

    /// <summary>A reply to nothing else.</summary>
    public static byte[] Return(FakeCall call, string signature = "", Action<FakeMessage>? body = null, string sender = "")
        => new FakeMessage(kind: 2).Field(5, 'u', call.Serial).From(sender).Sign(signature, body);

    public static byte[] Error(FakeCall call, string name, string text)
        => new FakeMessage(kind: 3).Field(5, 'u', call.Serial).Field(4, 's', name).Sign("s", m => m.Text(text));

    public static byte[] JobRemoved(string job, string result, string sender = "") => new FakeMessage(kind: 4)
        .Field(1, 'o', "/org/freedesktop/systemd1").Field(2, 's', "org.freedesktop.systemd1.Manager").Field(3, 's', "JobRemoved").From(sender)
        .Sign("uoss", m => m.Number(7).Text(job).Text("x.scope").Text(result));

    private static IEnumerable<byte[]> Usual(FakeCall call) => call.Member switch
    {
        "StartTransientUnit" =>
        [
            JobRemoved("/job/other", "failed"), // somebody else's
            Return(call, "o", m => m.Text("/job/1")),
            JobRemoved("/job/2", "canceled"),
            JobRemoved("/job/1", "done"),
        ],
        "StopUnit" => [Return(call, "o", m => m.Text("/job/3")), JobRemoved("/job/3", "done")],
        "Hello" => [Return(call, "s", m => m.Text(":1.7"))],
        _ => [Return(call)],
    };

    private void Serve()
    {
        try
        {
            while (true)
            {
                using Socket client = _listener.Accept();
                Converse(client);
            }
        }
        catch (SocketException)
        {
            // Disposed.
        }
    }

    private void Converse(Socket client)
    {
        using var stream = new NetworkStream(client);
        Lines.Add(Line(stream));
        stream.Write(Encoding.ASCII.GetBytes(Authentication));
        if (!Authentication.StartsWith("OK", StringComparison.Ordinal))
        {
            return;
        }

        Lines.Add(Line(stream));
        byte[] head = new byte[16];
        while (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            int fields = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(12));
            int body = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(4));
            byte[] message = new byte[16 + ((fields + 7) / 8 * 8) + body];
            head.CopyTo(message, 0);
            stream.ReadExactly(message, 16, message.Length - 16);
            FakeCall call = FakeCall.Read(message, fields);
            Calls.Add(call);
            foreach (byte[] answer in (Answers ?? Usual)(call))
            {
                stream.Write(answer);
            }
        }
    }

    private static string Line(NetworkStream stream)
    {
        StringBuilder line = new();
        int next;
        while ((next = stream.ReadByte()) is not ('\n' or -1))
        {
            line.Append((char)next);
        }

        return line.ToString();
    }
}

/// <param name="Arguments">Each value as text; arrays and structures in brackets, as busctl shows them.</param>
internal sealed record FakeCall(uint Serial, string Path, string Interface, string Member, string Destination, string Signature, IReadOnlyList<string> Arguments)
{
    public static FakeCall Read(byte[] message, int fieldsLength)
    {
        Assert.Equal(((byte)'l', (byte)1, (byte)1), (message[0], message[1], message[3]));
        Dictionary<int, string> fields = [];
        int at = 16;
        while (at < 16 + fieldsLength)
        {
            at = (at + 7) / 8 * 8;
            int code = message[at++];
            string type = Value(message, ref at, "g");
            fields.Add(code, Value(message, ref at, type));
        }

        at = (at + 7) / 8 * 8;
        string signature = fields.GetValueOrDefault(8, "");
        List<string> arguments = [];
        for (int next = 0; next < signature.Length;)
        {
            string one = One(signature, ref next);
            arguments.Add(Value(message, ref at, one));
        }

        Assert.Equal(message.Length, at);
        uint serial = BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(8));
        return new FakeCall(serial, fields[1], fields[2], fields[3], fields.GetValueOrDefault(6, ""), signature, arguments);
    }

    private static string Value(byte[] message, ref int at, string type)
    {
        switch (type[0])
        {
            case 'y':
                return message[at++].ToString(CultureInfo.InvariantCulture);
            case 'u':
                return Number(message, ref at, 4);
            case 'b':
                return Number(message, ref at, 4) switch { "0" => "false", "1" => "true", _ => throw new InvalidDataException("b") };
            case 't':
                return Number(message, ref at, 8);
            case 's' or 'o':
                return Text(message, ref at, int.Parse(Number(message, ref at, 4), CultureInfo.InvariantCulture));
            case 'g':
                return Text(message, ref at, message[at++]);
            case 'v':
                return Value(message, ref at, Value(message, ref at, "g"));
            case '(':
                Align(message, ref at, 8);
                List<string> members = [];
                for (int next = 1; type[next] != ')';)
                {
                    members.Add(Value(message, ref at, One(type, ref next)));
                }

                return $"({string.Join(' ', members)})";
            case 'a':
                int length = int.Parse(Number(message, ref at, 4), CultureInfo.InvariantCulture);
                Align(message, ref at, type[1] switch { '(' or 't' => 8, 'y' => 1, _ => 4 });
                List<string> items = [];
                for (int end = at + length; at < end;)
                {
                    items.Add(Value(message, ref at, type[1..]));
                }

                return $"[{string.Join(' ', items)}]";
            default:
                throw new InvalidDataException(type);
        }
    }

    private static string One(string signature, ref int next)
    {
        int start = next;
        while (signature[next] == 'a')
        {
            next++;
        }

        int depth = 0;
        do
        {
            depth += signature[next] == '(' ? 1 : signature[next] == ')' ? -1 : 0;
            next++;
        }
        while (depth > 0);
        return signature[start..next];
    }

    private static string Number(byte[] message, ref int at, int size)
    {
        Align(message, ref at, size);
        at += size;
        return (size == 8
            ? BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at - 8))
            : BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at - 4))).ToString(CultureInfo.InvariantCulture);
    }

    private static string Text(byte[] message, ref int at, int length)
    {
        string text = Encoding.UTF8.GetString(message, at, length);
        at += length;
        Assert.Equal(0, message[at++]);
        return text;
    }

    private static void Align(byte[] message, ref int at, int to)
    {
        while (at % to != 0)
        {
            Assert.Equal(0, message[at++]);
        }
    }
}

/// <summary>A message as a peer would send it, wrong ones too.</summary>
internal sealed class FakeMessage
{
    private readonly List<byte> _bytes;

    public FakeMessage(byte kind) => _bytes = [(byte)'l', kind, 0, 1, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0];

    public FakeMessage Field(byte code, char type, object value)
    {
        Pad(8);
        _bytes.AddRange([code, 1, (byte)type, 0]);
        if (type == 'g')
        {
            string signature = (string)value;
            _bytes.Add((byte)signature.Length);
            _bytes.AddRange(Encoding.ASCII.GetBytes(signature));
            _bytes.Add(0);
            return this;
        }

        return value is string text ? Text(text) : Number((uint)value);
    }

    public FakeMessage From(string sender) => sender.Length > 0 ? Field(7, 's', sender) : this;

    public FakeMessage Number(uint value)
    {
        Pad(4);
        _bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public FakeMessage Text(string value)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(value);
        Number((uint)utf8.Length);
        _bytes.AddRange(utf8);
        _bytes.Add(0);
        return this;
    }

    public byte[] Sign(string signature, Action<FakeMessage>? body)
    {
        if (signature.Length > 0)
        {
            Field(8, 'g', signature);
        }

        int fields = _bytes.Count - 16;
        Pad(8);
        int start = _bytes.Count;
        body?.Invoke(this);
        byte[] message = [.. _bytes];
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(4), message.Length - start);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(12), fields);
        return message;
    }

    private void Pad(int to)
    {
        while (_bytes.Count % to != 0)
        {
            _bytes.Add(0);
        }
    }
}
