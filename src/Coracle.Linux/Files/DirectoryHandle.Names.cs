using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Linux;

// Names of our own making: strings. Each is the byte form below it.
public sealed unsafe partial class DirectoryHandle
{
    /// <summary>Octal 0600.</summary>
    public const int OwnerOnlyFile = 0x180;

    public DirectoryHandle OpenDirectory(string name) => OpenDirectory(Utf8(name, stackalloc byte[CText.StackLength]));

    /// <returns>False when there is nothing of that name.</returns>
    public bool TryOpenDirectory(string name, [NotNullWhen(true)] out DirectoryHandle? directory)
        => TryOpenDirectory(Utf8(name, stackalloc byte[CText.StackLength]), out directory);

    /// <summary>Makes it (EEXIST when it is there) and opens it.</summary>
    public DirectoryHandle CreateDirectory(string name, int mode = OwnerOnlyDirectory)
    {
        ReadOnlySpan<byte> utf8 = Utf8(name, stackalloc byte[CText.StackLength]);
        MakeDirectory(utf8, mode);
        return OpenDirectory(utf8);
    }

    /// <summary>Opens it, making it first when it is missing.</summary>
    public DirectoryHandle OpenOrCreateDirectory(string name, int mode = OwnerOnlyDirectory)
    {
        ReadOnlySpan<byte> utf8 = Utf8(name, stackalloc byte[CText.StackLength]);
        TryMakeDirectory(utf8, mode);
        return OpenDirectory(utf8);
    }

    /// <summary>A new file for writing; EEXIST when anything has that name.</summary>
    public SafeFileHandle CreateNew(string name, int mode = OwnerOnlyFile) => CreateNew(Utf8(name, stackalloc byte[CText.StackLength]), mode);

    /// <summary>A regular file for reading.</summary>
    public SafeFileHandle OpenRead(string name) => OpenRead(Utf8(name, stackalloc byte[CText.StackLength]));

    /// <returns>False when there is nothing of that name.</returns>
    public bool TryOpenRead(string name, [NotNullWhen(true)] out SafeFileHandle? file)
        => TryOpenRead(Utf8(name, stackalloc byte[CText.StackLength]), out file);

    /// <summary>For reading and writing; made (0600) when missing.</summary>
    public SafeFileHandle OpenReadWrite(string name, int mode = OwnerOnlyFile)
        => OpenLeaf(Utf8(name, stackalloc byte[CText.StackLength]), Abi.O_RDWR | Abi.O_CREAT, mode);

    /// <summary>For writing at the end; made (0600) when missing.</summary>
    public SafeFileHandle OpenAppend(string name, int mode = OwnerOnlyFile)
        => OpenLeaf(Utf8(name, stackalloc byte[CText.StackLength]), Abi.O_WRONLY | Abi.O_APPEND | Abi.O_CREAT, mode);

    /// <summary>For writing from the start: cut to nothing, made when missing. Not durable; for transient files in exec-root.</summary>
    public SafeFileHandle OpenTruncated(string name, int mode = OwnerOnlyFile)
        => OpenLeaf(Utf8(name, stackalloc byte[CText.StackLength]), Abi.O_WRONLY | Abi.O_TRUNC | Abi.O_CREAT, mode);

    public bool Exists(string name) => TryStat(name, out _);

    public FileStatus Stat(string name) => Stat(Utf8(name, stackalloc byte[CText.StackLength]));

    /// <returns>False when there is nothing of that name.</returns>
    public bool TryStat(string name, out FileStatus status) => TryStat(Utf8(name, stackalloc byte[CText.StackLength]), out status);

    /// <summary>Replaces what is at <paramref name="to"/>, as rename(2).</summary>
    public void Rename(string from, string to) => Rename(from, this, to);

    /// <inheritdoc cref="Rename(string, string)"/>
    public void Rename(string from, DirectoryHandle toDirectory, string to)
        => Rename(Utf8(from, stackalloc byte[CText.StackLength]), toDirectory, Utf8(to, stackalloc byte[CText.StackLength]));

    /// <summary>Both names change places in one step; both must exist.</summary>
    public void Exchange(string name, DirectoryHandle otherDirectory, string other)
        => Exchange(Utf8(name, stackalloc byte[CText.StackLength]), otherDirectory, Utf8(other, stackalloc byte[CText.StackLength]));

    public void RemoveFile(string name) => RemoveFile(Utf8(name, stackalloc byte[CText.StackLength]));

    /// <returns>False when there was nothing of that name.</returns>
    public bool RemoveIfPresent(string name) => RemoveIfPresent(Utf8(name, stackalloc byte[CText.StackLength]));

    /// <summary>An empty directory.</summary>
    public void RemoveDirectory(string name) => RemoveDirectory(Utf8(name, stackalloc byte[CText.StackLength]));

    /// <summary>See <see cref="RemoveTree(ReadOnlySpan{byte})"/>.</summary>
    public bool RemoveTree(string name) => RemoveTree(Utf8(name, stackalloc byte[CText.StackLength]));

    /// <summary>
    /// The names in the directory, in no order. Names that are not UTF-8 come with replacement characters: for directories of ours.
    /// </summary>
    public IReadOnlyList<string> List()
    {
        var names = new List<string>();
        using DirectoryReader reader = ReadEntries();
        while (reader.Next())
        {
            names.Add(System.Text.Encoding.UTF8.GetString(reader.Name));
        }

        return names;
    }
}
