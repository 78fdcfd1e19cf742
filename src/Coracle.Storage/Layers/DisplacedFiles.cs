using System.Text;
using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>
/// What later entries of the same layer have replaced. The tar still holds it, so its bodies must get into the record; until the
/// tar is read they wait here, in staging.
/// </summary>
internal sealed class DisplacedFiles(DirectoryHandle staged) : IDisposable
{
    public const string DirectoryName = "displaced";

    private DirectoryHandle? _directory;
    private int _count;

    /// <summary>Something was replaced, so that a name may not give the body any more that was stored under it.</summary>
    public bool Any => _count > 0;

    public DirectoryHandle? Directory => _directory;

    /// <summary>Moves it here, whatever it is.</summary>
    public void Take(DirectoryHandle parent, ReadOnlySpan<byte> leaf)
    {
        _directory ??= staged.CreateDirectory(DirectoryName);
        parent.Rename(leaf, _directory, Encoding.ASCII.GetBytes($"{_count++}"));
    }

    public void Dispose()
    {
        _directory?.Dispose();
        if (_directory is not null)
        {
            staged.RemoveTree(DirectoryName);
        }

        _directory = null;
    }
}
