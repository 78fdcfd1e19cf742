using System.Text;
using Coracle.Linux;
using Coracle.Tar;

namespace Coracle.Tests.Tar;

/// <summary>Makes tars for tests, entry by entry; owned by whoever runs the tests, so that no root is needed to unpack them.</summary>
internal sealed class TestTar : IDisposable
{
    /// <summary>Whoever runs the tests.</summary>
    public static (uint Uid, uint Gid) Me { get; } = WhoAmI();

    private readonly MemoryStream _bytes = new();
    private readonly TarWriter _writer;

    public TestTar() => _writer = new TarWriter(_bytes);

    public TestTar File(string name, string content, int mode = 0x1A4) => File(name, Encoding.UTF8.GetBytes(content), mode);

    public TestTar File(string name, byte[] content, int mode = 0x1A4, params (string Name, byte[] Value)[] xattrs)
    {
        TarEntry entry = Entry(name, TarEntryType.File, mode);
        entry.Size = content.Length;
        foreach ((string xattr, byte[] value) in xattrs)
        {
            entry.Xattrs.Add(new TarXattr(Encoding.UTF8.GetBytes(xattr), value));
        }

        _writer.WriteHeader(entry);
        _writer.Write(content);
        return this;
    }

    public TestTar Directory(string name, int mode = 0x1ED) => Add(Entry(name, TarEntryType.Directory, mode));

    public TestTar Link(string name, string target) => Add(Entry(name, TarEntryType.SymbolicLink, 0x1FF, target));

    public TestTar HardLink(string name, string target) => Add(Entry(name, TarEntryType.HardLink, 0x1A4, target));

    public TestTar Fifo(string name) => Add(Entry(name, TarEntryType.Fifo, 0x1A4));

    public TestTar Add(TarEntry entry)
    {
        _writer.WriteHeader(entry);
        return this;
    }

    public byte[] ToArray()
    {
        _writer.Complete();
        return _bytes.ToArray();
    }

    public void Dispose() => _bytes.Dispose();

    public static TarEntry Entry(string name, TarEntryType type, int mode, string target = "") => new()
    {
        Name = Encoding.UTF8.GetBytes(name),
        LinkName = Encoding.UTF8.GetBytes(target),
        Type = type,
        Mode = mode,
        Uid = Me.Uid,
        Gid = Me.Gid,
        ModifiedAt = new TarTime(1_700_000_000, 123_456_789),
    };

    private static (uint Uid, uint Gid) WhoAmI()
    {
        string path = System.IO.Directory.CreateTempSubdirectory("coracle-who-").FullName;
        using DirectoryHandle directory = DirectoryHandle.Open(path);
        FileStatus status = directory.Status();
        System.IO.Directory.Delete(path);
        return (status.Uid, status.Gid);
    }
}
