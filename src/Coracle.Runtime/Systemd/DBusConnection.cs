using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>The peer refused; <see cref="Name"/> says why (<c>org.freedesktop.systemd1.UnitExists</c>).</summary>
internal sealed class DBusException(string name, string message) : IOException(message.Length > 0 ? message : name)
{
    public string Name { get; } = name;
}

/// <summary>A D-Bus connection for one conversation: blocking, one call at a time, with a deadline for everything.</summary>
internal sealed class DBusConnection : IDisposable
{
    private const string BusName = "org.freedesktop.DBus";

    private const int MostOfALine = 1024;

    private readonly Socket _socket;
    private readonly string _destination;
    private readonly long _deadline;
    private uint _serial;

    private DBusConnection(Socket socket, string destination, long deadline)
    {
        _socket = socket;
        _destination = destination;
        _deadline = deadline;
    }

    /// <summary>Between us and the peer sits a bus: signals have to be asked for.</summary>
    public bool IsBus => _destination.Length > 0;

    /// <param name="path">Of the socket.</param>
    /// <param name="destination">Whom calls are for on a bus; empty when the peer itself is at the other end.</param>
    /// <param name="limit">From now on, for the connection and all that is said over it.</param>
    /// <exception cref="LinuxException">Nobody is there; EAGAIN: somebody who takes no connection in time.</exception>
    /// <exception cref="IOException">He does not want us, or does not answer in time.</exception>
    public static DBusConnection Open(string path, string destination, TimeSpan limit)
    {
        int slash = path.LastIndexOf('/');
        long deadline = Clock.MonotonicMilliseconds() + (long)limit.TotalMilliseconds;
        using DirectoryHandle directory = DirectoryHandle.Open(path[..slash]);
        Socket socket = UnixSockets.AsSocket(UnixSockets.Connect(directory, path[(slash + 1)..], limit));
        var connection = new DBusConnection(socket, destination, deadline);
        try
        {
            connection.Authenticate();
            if (connection.IsBus)
            {
                _ = connection.Call(BusName, "/org/freedesktop/DBus", BusName, "Hello", "", static _ => { });
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>On a bus: to be sent these signals, too.</summary>
    public void AddMatch(string rule)
        => _ = Call(BusName, "/org/freedesktop/DBus", BusName, "AddMatch", "s", arguments => arguments.Text(rule));

    /// <returns>The reply. Signals that come before it are dropped.</returns>
    /// <exception cref="DBusException">The peer refused.</exception>
    /// <exception cref="IOException">The connection broke, or the deadline is over.</exception>
    public DBusMessage Call(string path, string type, string member, string signature, Action<DBusWriter> write)
        => Call(_destination, path, type, member, signature, write);

    /// <summary>The next message, whatever it is.</summary>
    public DBusMessage Receive()
    {
        byte[] head = new byte[DBusMessage.HeadLength];
        ReceiveAll(head);
        try
        {
            byte[] message = new byte[DBusMessage.LengthOf(head)];
            head.CopyTo(message, 0);
            ReceiveAll(message.AsSpan(head.Length));
            return DBusMessage.Parse(message);
        }
        catch (InvalidDataException damaged)
        {
            throw new IOException(damaged.Message, damaged);
        }
    }

    public void Dispose() => _socket.Dispose();

    private DBusMessage Call(string destination, string path, string type, string member, string signature, Action<DBusWriter> write)
    {
        uint serial = ++_serial;
        DBusWriter call = DBusWriter.Call(serial, IsBus ? destination : "", path, type, member, signature);
        write(call);
        Send(call.Finish());
        while (true)
        {
            DBusMessage message = Receive();
            if (message.ReplySerial == serial)
            {
                switch (message.Kind)
                {
                    case DBusMessageKind.Return:
                        return message;
                    case DBusMessageKind.Error:
                        throw new DBusException(message.Name, message.FirstText());
                }
            }
        }
    }

    /// <summary>
    /// SASL EXTERNAL: the kernel says who we are, and we say the same. BEGIN goes with it, as systemd's own client does it: were it sent
    /// after the answer, systemd might read it and our first call at once, and would look at the call only when more came (measured, 252).
    /// </summary>
    private void Authenticate()
    {
        string uid = ThisProcess.UserId.ToString(CultureInfo.InvariantCulture);
        Send(Encoding.ASCII.GetBytes($"\0AUTH EXTERNAL {Convert.ToHexStringLower(Encoding.ASCII.GetBytes(uid))}\r\nBEGIN\r\n"));
        string answer = ReceiveLine();
        if (!answer.StartsWith("OK ", StringComparison.Ordinal))
        {
            throw new IOException($"D-Bus does not accept us: {answer}");
        }
    }

    private string ReceiveLine()
    {
        var line = new StringBuilder();
        byte[] next = new byte[1];
        while (line.Length < MostOfALine)
        {
            ReceiveAll(next);
            if (next[0] == (byte)'\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)next[0]);
        }

        throw new IOException("D-Bus: a line without an end");
    }

    private void Send(byte[] message)
    {
        try
        {
            _socket.SendTimeout = Left();
            for (int sent = 0; sent < message.Length;)
            {
                sent += _socket.Send(message.AsSpan(sent));
            }
        }
        catch (SocketException failure)
        {
            throw new IOException($"D-Bus: {failure.Message}", failure);
        }
    }

    private void ReceiveAll(Span<byte> buffer)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                _socket.ReceiveTimeout = Left();
                int received = _socket.Receive(buffer);
                buffer = received > 0 ? buffer[received..] : throw new IOException("D-Bus: the connection was closed");
            }
        }
        catch (SocketException failure)
        {
            throw new IOException($"D-Bus: {failure.Message}", failure);
        }
    }

    private int Left()
    {
        long left = _deadline - Clock.MonotonicMilliseconds();
        return left > 0 ? (int)left : throw new IOException("D-Bus: no answer in time");
    }
}
