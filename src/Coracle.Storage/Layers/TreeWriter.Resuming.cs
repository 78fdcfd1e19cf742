using Coracle.Linux;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

// Files that an earlier run of the same layer has written.
internal sealed partial class TreeWriter
{
    private readonly StagedBeginning? _beginning;

    /// <summary>Where an origin begins to know bodies: what came before is not made again.</summary>
    private readonly long _originFrom;

    private bool HasFileOfBeginning(TarReader tar, out UInt128 hash)
    {
        hash = default;
        return _beginning is not null && tar.Entry.Size > 0 && _beginning.HasFile(tar.BodyOffset, tar.Entry.Size, out hash);
    }

    /// <summary>Puts the earlier run's file in the place of the empty one, once its bytes have come by and are what its row says.</summary>
    /// <exception cref="ResumeFailedException">They are not.</exception>
    private void TakeFile(DirectoryHandle parent, ref SafeFileHandle file, TarReader tar, UInt128 known)
    {
        for (ReadOnlySpan<byte> piece = tar.ReadBody(); !piece.IsEmpty; piece = tar.ReadBody())
        {
            _hash.Append(piece);
        }

        if (_hash.GetCurrentHashAsUInt128() != known)
        {
            throw new ResumeFailedException($"{InvalidTarException.Show(_path.Path)} is not what an earlier run wrote");
        }

        _beginning!.Share(_path.Path, parent, _path.Leaf);
        file.Dispose();
        parent.SetMode(_path.Leaf, DirectoryHandle.OwnerOnlyFile); // its own may forbid even us to open it; and it gets it back at once
        file = parent.OpenRead(_path.Leaf);
    }
}
