using Coracle.Linux;
using Coracle.Tar;

namespace Coracle.Storage;

internal sealed partial class TreeWriter
{
    private void WriteWhiteout(DirectoryHandle parent, TarReader tar)
    {
        ReadOnlySpan<byte> leaf = _path.Leaf;
        switch (Whiteout.KindOf(leaf))
        {
            case WhiteoutKind.Opaque:
                _dialect.MarkOpaque(parent);
                break;
            case WhiteoutKind.Name:
                Hide(parent, Whiteout.HiddenName(leaf));
                break;
            case WhiteoutKind.Invalid:
                throw new InvalidTarException("a whiteout of nothing", tar.HeaderOffset, tar.Entry.Name.Span);
            default:
                break; // AUFS's own books (.wh..wh.plnk and such): no file of the image
        }
    }

    private void Hide(DirectoryHandle parent, ReadOnlySpan<byte> name)
    {
        if (!parent.TryStat(name, out FileStatus status))
        {
            OverlayDialect.MakeWhiteout(parent, name);
            return;
        }

        // Whiteouts are about lower layers, so what this layer has at that name stays; a directory must not be merged with theirs.
        if (status.IsDirectory)
        {
            using DirectoryHandle directory = parent.OpenDirectory(name);
            _dialect.MarkOpaque(directory);
        }
    }

    /// <summary>The path leads through a whiteout of this layer: what was hidden is a directory again, with nothing of the lower ones in it.</summary>
    /// <returns>False when that is not why it could not be opened.</returns>
    private bool Uncover(ReadOnlySpan<byte> path)
    {
        Forget();
        for (int end = 0; end < path.Length; end++)
        {
            int slash = path[end..].IndexOf((byte)'/');
            end = slash < 0 ? path.Length : end + slash;
            using DirectoryHandle parent = _diff.OpenParent(path[..end], out ReadOnlySpan<byte> leaf);
            if (!parent.TryStat(leaf, out FileStatus status))
            {
                return false;
            }

            if (OverlayDialect.IsWhiteout(status))
            {
                parent.RemoveFile(leaf);
                using DirectoryHandle made = _diff.OpenOrCreateInside(path[..end]);
                _dialect.MarkOpaque(made);
                return true;
            }
        }

        return false;
    }
}
