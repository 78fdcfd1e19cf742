using System.Buffers.Binary;
using System.Net.Sockets;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>How an engine gets to a monitor that is there already: the socket in the container's directory.</summary>
internal static class MonitorDoor
{
    public static async Task<MonitorConnection> ConnectAsync(DirectoryHandle directory, CancellationToken cancellationToken)
        => await MonitorConnection.OpenAsync(Connect(directory), cancellationToken);

    public static Task<AttachedStream> AttachAsync(DirectoryHandle directory, AttachOptions options, CancellationToken cancellationToken)
        => AttachAsync(directory, MonitorOperation.Attach, [(byte)StreamsOf(options)], cancellationToken);

    /// <param name="id">Of an exec of that container.</param>
    public static Task<AttachedStream> AttachExecAsync(
        DirectoryHandle directory, string id, AttachOptions options, CancellationToken cancellationToken)
    {
        var payload = new RecordWriter();
        payload.Text(id);
        payload.Byte((byte)StreamsOf(options));
        return AttachAsync(directory, MonitorOperation.ExecAttach, payload.Written.ToArray(), cancellationToken);
    }

    private static async Task<AttachedStream> AttachAsync(
        DirectoryHandle directory, MonitorOperation operation, byte[] payload, CancellationToken cancellationToken)
    {
        Socket socket = Connect(directory);
        try
        {
            byte[] request = MonitorConnection.Request(operation, sequence: 0, payload);
            byte[] answer = await MonitorPatience.LimitAsync(
                ConverseAsync(socket, request, cancellationToken), MonitorPatience.Usual, cancellationToken);
            return new AttachedStream(socket, LogEnd(answer));
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new IOException("the container's monitor is gone", failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<byte[]> ConverseAsync(Socket socket, byte[] request, CancellationToken cancellationToken)
    {
        await MonitorHandshake.GreetAsync(socket, cancellationToken);
        await MonitorHandshake.SendAllAsync(socket, request, cancellationToken);
        byte[] header = new byte[MonitorProtocol.HeaderLength];
        if (!await MonitorHandshake.TryReceiveAllAsync(socket, header, cancellationToken))
        {
            throw new IOException("the container's monitor is gone");
        }

        byte[] answer = new byte[MonitorAnswers.CheckedLength(header)];
        _ = await MonitorHandshake.TryReceiveAllAsync(socket, answer, cancellationToken);
        return MonitorAnswers.FailureOf(header, answer) is { } failure ? throw failure : answer;
    }

    /// <exception cref="LinuxException">ENOENT, ECONNREFUSED: nobody is there (yet).</exception>
    private static Socket Connect(DirectoryHandle directory)
        => UnixSockets.AsSocket(UnixSockets.Connect(directory, MonitorFiles.Socket));

    private static AttachedStreams StreamsOf(AttachOptions options)
        => (options.Stdin ? AttachedStreams.Stdin : 0) | (options.Stdout ? AttachedStreams.Stdout : 0) | (options.Stderr ? AttachedStreams.Stderr : 0)
            | (options.SinceLog ? AttachedStreams.SinceLog : 0);

    private static LogPosition? LogEnd(ReadOnlySpan<byte> payload) => payload.Length < 2 * sizeof(long)
        ? null
        : new LogPosition(BinaryPrimitives.ReadUInt64LittleEndian(payload), BinaryPrimitives.ReadInt64LittleEndian(payload[sizeof(long)..]));
}
