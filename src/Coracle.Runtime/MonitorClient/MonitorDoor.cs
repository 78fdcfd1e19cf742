using System.Net.Sockets;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>How an engine gets to a monitor that is there already: the socket in the container's directory.</summary>
internal static class MonitorDoor
{
    public static async Task<MonitorConnection> ConnectAsync(DirectoryHandle directory, CancellationToken cancellationToken)
        => await MonitorConnection.OpenAsync(Connect(directory), cancellationToken);

    public static async Task<AttachedStream> AttachAsync(DirectoryHandle directory, AttachOptions options, CancellationToken cancellationToken)
    {
        Socket socket = Connect(directory);
        try
        {
            await MonitorHandshake.GreetAsync(socket, cancellationToken);
            await MonitorHandshake.SendAllAsync(socket, Request(options), cancellationToken);
            byte[] header = new byte[MonitorProtocol.HeaderLength];
            if (!await MonitorHandshake.TryReceiveAllAsync(socket, header, cancellationToken))
            {
                throw new IOException("the container's monitor is gone");
            }

            byte[] payload = new byte[MonitorAnswers.CheckedLength(header)];
            _ = await MonitorHandshake.TryReceiveAllAsync(socket, payload, cancellationToken);
            return MonitorAnswers.FailureOf(header, payload) is { } failure ? throw failure : new AttachedStream(socket);
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

    /// <exception cref="LinuxException">ENOENT, ECONNREFUSED: nobody is there (yet).</exception>
    private static Socket Connect(DirectoryHandle directory)
        => UnixSockets.AsSocket(UnixSockets.Connect(directory, MonitorFiles.Socket));

    private static byte[] Request(AttachOptions options)
    {
        byte[] request = new byte[MonitorProtocol.HeaderLength + 1];
        request[0] = 1;
        request[4] = (byte)MonitorOperation.Attach;
        request[^1] = (byte)((options.Stdin ? AttachedStreams.Stdin : 0)
            | (options.Stdout ? AttachedStreams.Stdout : 0)
            | (options.Stderr ? AttachedStreams.Stderr : 0));
        return request;
    }
}
