using System.Buffers;
using System.Security.Cryptography;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>Reads a committed layer against its record.</summary>
internal static class LayerVerifier
{
    private const int BufferLength = 128 * 1024;

    /// <summary>
    /// Every file that has a body in the tar is there, as long as it was, with the content it had. Empty files and those that are one
    /// hole have none; what they are, only their records say.
    /// </summary>
    public static void CheckFiles(DirectoryHandle diff, LayerRecord record, List<string> problems)
    {
        using RecordReader reader = record.Read();
        var path = new LayerPath();
        while (problems.Count < VerifyResult.MaxProblems && reader.MoveNext())
        {
            if (!reader.HasRow || reader.Row.KeptAt > 0)
            {
                continue;
            }

            path.Set(reader.Entry.Name.Span);
            string? problem = CheckFile(diff, path.Path, reader.Row, reader.Entry.Sparse);
            if (problem is not null)
            {
                problems.Add($"{InvalidTarException.Show(path.Path)}: {problem}");
            }
        }
    }

    /// <summary>The whole tar is what the diffID says.</summary>
    public static void CheckDigest(Stream tar, DiffId expected, List<string> problems)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (int read; (read = tar.Read(buffer)) > 0;)
            {
                hash.AppendData(buffer.AsSpan(0, read));
            }

            var actual = new DiffId(new Digest(hash.GetHashAndReset()));
            if (actual != expected)
            {
                problems.Add($"its tar is {actual}");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string? CheckFile(DirectoryHandle diff, ReadOnlySpan<byte> path, in RecordRow row, SparseMap? map)
    {
        if (!LayerFiles.TryOpen(diff, path, out SafeFileHandle? file))
        {
            return "missing";
        }

        using (file)
        {
            long length = RandomAccess.GetLength(file);
            long expected = map?.RealSize ?? row.Length;
            return length != expected ? $"{length} bytes instead of {expected}"
                : LayerFiles.Hash(file, map) != row.Hash || (map is not null && !HolesAreEmpty(file, map)) ? "its content has changed"
                : null;
        }
    }

    private static bool HolesAreEmpty(SafeFileHandle file, SparseMap map)
    {
        long start = 0;
        foreach (SparseRegion region in map.Regions)
        {
            if (!IsEmpty(file, start, region.Offset))
            {
                return false;
            }

            start = region.Offset + region.Length;
        }

        return IsEmpty(file, start, map.RealSize);
    }

    /// <summary>What the disk has there, if anything, is zeros: file systems round a hole's ends to their blocks.</summary>
    private static bool IsEmpty(SafeFileHandle file, long start, long end)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            while (start < end && FileBytes.NextData(file, start) is >= 0 and long data && data < end)
            {
                int read = FileBytes.Read(file, buffer.AsSpan(0, (int)Math.Min(BufferLength, end - data)), data);
                if (read == 0 || buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
                {
                    return false;
                }

                start = data + read;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
