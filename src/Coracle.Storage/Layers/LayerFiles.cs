using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using Coracle.Linux;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>Reads files of a layer's diff/ by the paths that its tar has for them.</summary>
internal static class LayerFiles
{
    private const int BufferLength = 128 * 1024;

    /// <summary>The regular file of that path; links on the way are followed inside the layer, the last component is not.</summary>
    /// <param name="path">Cleaned by <see cref="LayerPath"/>.</param>
    public static bool TryOpen(DirectoryHandle diff, ReadOnlySpan<byte> path, [NotNullWhen(true)] out SafeFileHandle? file)
    {
        file = null;
        try
        {
            using DirectoryHandle parent = diff.OpenParent(path, out ReadOnlySpan<byte> leaf);
            return parent.TryOpenRead(leaf, out file);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP or Errno.EINVAL or Errno.ENXIO)
        {
            return false;
        }
    }

    /// <summary>Whether it has the length and the content that the row says.</summary>
    /// <param name="map">Of a sparse file; else null.</param>
    public static bool Matches(SafeFileHandle file, in RecordRow row, SparseMap? map)
        => RandomAccess.GetLength(file) == (map?.RealSize ?? row.Length) && Hash(file, map) == row.Hash;

    /// <summary>XXH128 of the file as its tar has it, which does not stay in the page cache for it.</summary>
    /// <inheritdoc cref="Matches"/>
    public static UInt128 Hash(SafeFileHandle file, SparseMap? map)
    {
        var hash = new XxHash128();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            using Stream? packed = map is null ? null : new PackedFileStream(file, map);
            long at = 0;
            for (int read; (read = packed?.Read(buffer) ?? FileBytes.Read(file, buffer, at)) > 0; at += read)
            {
                hash.Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        PageCache.Drop(file, 0, 0);
        return hash.GetCurrentHashAsUInt128();
    }
}
