using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>What a finished scratch file is called as a blob.</summary>
internal static class ScratchDigest
{
    private const int BufferLength = 64 * 1024;

    /// <summary>Reads it from its front; it stands at its front again afterwards.</summary>
    public static Digest Of(ScratchStream content, CancellationToken cancellationToken)
    {
        content.Position = 0;
        using ArchiveBlobStream hashed = new(content, static _ => { });
        byte[] buffer = new byte[BufferLength];
        while (hashed.Read(buffer) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        content.Position = 0;
        return hashed.GetDigest();
    }
}
