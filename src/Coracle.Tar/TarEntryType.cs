namespace Coracle.Tar;

/// <summary>What an entry makes. The numbers are the type flags of the header; old spellings (NUL, '7') are read as <see cref="File"/>.</summary>
public enum TarEntryType : byte
{
    None = 0,
    File = (byte)'0',
    HardLink = (byte)'1',
    SymbolicLink = (byte)'2',
    CharacterDevice = (byte)'3',
    BlockDevice = (byte)'4',
    Directory = (byte)'5',
    Fifo = (byte)'6',
}
