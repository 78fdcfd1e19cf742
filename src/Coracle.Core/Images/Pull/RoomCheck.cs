using Coracle.Linux;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>
/// Refuses a pull that cannot fit before the first byte of it is paid for: what is compressed does not get smaller by unpacking.
/// Whether the rest fits shows while it is unpacked; the layer store stops before its reserve is touched.
/// </summary>
internal static class RoomCheck
{
    /// <exception cref="LinuxException">ENOSPC.</exception>
    public static void Require(IReadOnlyList<WantedLayer> missing, LayerStore layers)
    {
        long needed = 0;
        foreach (WantedLayer layer in missing)
        {
            // Sizes are a registry's word: those that are too large to add up are too large.
            needed += Math.Min(layer.Blob.Size, long.MaxValue / (RemoteImage.MaxLayers + 1));
        }

        long free = layers.FreeBytes();
        if (needed > free)
        {
            layers.DropResumable(); // what an interrupted pull left may be what is missing
            free = layers.FreeBytes();
        }

        if (needed > free)
        {
            throw new LinuxException("write", $"{needed} bytes of layers where {free} are free", Errno.ENOSPC);
        }
    }
}
