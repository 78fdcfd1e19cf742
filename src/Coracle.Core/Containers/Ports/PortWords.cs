using System.Net;
using Coracle.Linux;

namespace Coracle.Core;

/// <summary>What is said when a port cannot be published: Docker 28's words, which Home Assistant and others read by pattern.</summary>
internal static class PortWords
{
    /// <summary>Another container of this engine has it.</summary>
    public static EngineException Allocated(IPAddress address, ushort port)
        => new(Refusal.Failed, $"Bind for {address}:{port} failed: port is already allocated"); // without brackets around IPv6, as Docker's

    /// <summary>A range, or every ephemeral port, is taken.</summary>
    public static EngineException NoneLeft() => new(Refusal.Failed, "all ports are allocated");

    /// <summary>Another program has it, or it cannot be had at all.</summary>
    public static EngineException Refused(HostPortRefusal refusal)
        => new(Refusal.Failed, $"failed to bind host port for {refusal.Port}: {ErrnoWords.Of(refusal.Error)}");

    /// <summary>The whole message of a start that failed so.</summary>
    /// <param name="endpointName">The container's name.</param>
    public static EngineException OfStart(string endpointName, string endpointId, EngineException inner) => new(
        Refusal.Failed,
        $"failed to set up container networking: driver failed programming external connectivity on endpoint {endpointName} ({endpointId}): {inner.Message}",
        inner);
}
