using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>Whoever makes a tar out of layers of this store, and so knows which of its bodies are whole files of theirs.</summary>
public interface IBodyOrigin
{
    /// <param name="bodyAt">Where the body begins in the tar.</param>
    /// <param name="length">Its bytes, as the tar's headers have it.</param>
    /// <param name="hash">XXH128 (seed 0) of the file by the record of its layer.</param>
    /// <param name="file">A committed layer's file that was read to make exactly this body; open for reading, owned by the caller from now on.</param>
    /// <returns>False: it is not known, or is made of anything else.</returns>
    /// <remarks><see cref="LayerEntries.TryOpenFile"/> gives both.</remarks>
    bool TryFind(long bodyAt, long length, out UInt128 hash, [NotNullWhen(true)] out SafeFileHandle? file);
}
