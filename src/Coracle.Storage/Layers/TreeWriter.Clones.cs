using Coracle.Linux;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

// Files that share their blocks with those of a base layer, where the file system can: what a delta copies whole is not written again.
internal sealed partial class TreeWriter
{
    /// <summary>
    /// A smaller body is written. Bytes that reach the disk for a file, measured: of 2 KiB 5,531 written and 5,212 cloned on btrfs, which keeps
    /// such files, up to its max_inline of 2,048 bytes, in its books; of 4 KiB 5,828 and 1,370; on XFS 4,419 and 612, whatever the size of the clone.
    /// </summary>
    private const int SmallestClone = 2049;

    private IBodyOrigin? _origin;

    /// <summary>Bytes of bodies that were not written.</summary>
    public long TakenOver { get; private set; }

    /// <summary>Makes the file a clone of the one that its body was made of; the body itself is only hashed.</summary>
    /// <returns>False: it is still empty, and nothing of the body was read.</returns>
    /// <remarks>
    /// What is cloned is never read, so it has to be known otherwise that it is what came through the tar. The decoder has read this file for
    /// it, so the two could differ only (1) if the decoder is wrong about which file it was: then XXH128 of the bytes is not that of the
    /// file's row; (2) if the file is damaged: then so are the bytes, and the same comparison (and the diffID) says so; (3) if it has
    /// been written to since, against the law of layers/: then its status has changed, which is looked at before and after. What is
    /// left is a write between the decoder's first read, at most a tar window before, and the first look, and that one only into bytes already read.
    /// </remarks>
    /// <exception cref="LayerDamagedException">It is not.</exception>
    private bool TryTakeOver(SafeFileHandle file, TarReader tar)
    {
        long length = tar.Entry.Size;
        if (_origin is null || length < SmallestClone || tar.BodyOffset < _originFrom || !_origin.TryFind(tar.BodyOffset, length, out UInt128 hash, out SafeFileHandle? source))
        {
            return false;
        }

        using (source)
        {
            FileStatus before = OpenFile.Status(source);
            if (before.Size != length)
            {
                return false;
            }

            if (!FileBytes.TryClone(source, file))
            {
                _origin = null; // nor can it the next one: asked once for a layer
                return false;
            }

            long passed = 0;
            for (ReadOnlySpan<byte> piece = tar.ReadBody(); !piece.IsEmpty; piece = tar.ReadBody())
            {
                _hash.Append(piece);
                passed += piece.Length;
                Progress?.Invoke(passed);
            }

            FileStatus after = OpenFile.Status(source);
            if (_hash.GetCurrentHashAsUInt128() != hash || after.ChangedNanoseconds != before.ChangedNanoseconds
                || OpenFile.Status(file).Size != length)
            {
                throw new LayerDamagedException($"the file that {InvalidTarException.Show(_path.Path)} was to be made of has changed");
            }
        }

        TakenOver += length;
        return true;
    }
}
