using Coracle.Networking;

namespace Coracle.Core;

/// <summary>How the keeper, or what is opened for it, may fail.</summary>
internal static class KeeperFailure
{
    /// <summary>ObjectDisposedException: the engine is just stopping.</summary>
    public static bool Is(Exception failure)
        => failure is IOException or TimeoutException or NetworkingException or InvalidDataException or ObjectDisposedException;
}
