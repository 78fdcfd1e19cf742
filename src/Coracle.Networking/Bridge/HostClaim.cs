using System.Net.Sockets;

namespace Coracle.Networking;

/// <summary>
/// That one engine at a time makes networks in a network namespace: links are known by their marks alone and the firewall's table by its name,
/// so a second engine would take those of the first for leftovers. An abstract socket name, which the kernel keeps for each network
/// namespace by itself and gives up with the process, however that ends.
/// </summary>
public sealed class HostClaim : IDisposable
{
    private const string Name = "coracle networks";

    private readonly Lock _lock = new();

    private Socket? _held;

    /// <returns>False while another engine has it. Ours already is true.</returns>
    public bool TryTake()
    {
        lock (_lock)
        {
            if (_held is not null)
            {
                return true;
            }

            Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            try
            {
                socket.Bind(new UnixDomainSocketEndPoint("\0" + Name));
                _held = socket;
                return true;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                socket.Dispose();
                return false;
            }
        }
    }

    public void Dispose() => _held?.Dispose();
}
