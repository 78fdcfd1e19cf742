using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Coracle.E2E;

/// <summary>One layer, written entry by entry; the same calls give the same bytes, so digests are stable.</summary>
internal sealed class LayerTar
{
    public static readonly DateTimeOffset ModificationTime = new(2024, 2, 29, 12, 34, 56, TimeSpan.Zero);

    private readonly MemoryStream _bytes = new();
    private readonly TarWriter _writer;

    public LayerTar() => _writer = new TarWriter(_bytes, TarEntryFormat.Pax, leaveOpen: true);

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public LayerTar Directory(string name, UnixFileMode mode = Executable, int owner = 0)
        => Add(new PaxTarEntry(TarEntryType.Directory, name + "/") { Mode = mode, Uid = owner, Gid = owner });

    public LayerTar File(string name, byte[] content, UnixFileMode mode = Readable, int owner = 0)
        => Add(new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = mode, Uid = owner, Gid = owner, DataStream = new MemoryStream(content) });

    public LayerTar Program(string name, byte[] content) => File(name, content, Executable);

    public LayerTar SetuidProgram(string name, byte[] content) => File(name, content, Executable | UnixFileMode.SetUser);

    public LayerTar Text(string name, string text) => File(name, System.Text.Encoding.UTF8.GetBytes(text));

    public LayerTar HardLink(string name, string target) => Add(new PaxTarEntry(TarEntryType.HardLink, name) { LinkName = target, Mode = Executable });

    public LayerTar SymbolicLink(string name, string target)
        => Add(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target, Mode = Executable });

    /// <summary>An empty file whose name says that the lower layer's entry is gone.</summary>
    public LayerTar Whiteout(string directory, string name) => File($"{directory}/.wh.{name}", []);

    /// <summary>Says that nothing of the lower layers is seen in the directory.</summary>
    public LayerTar Opaque(string directory) => File($"{directory}/.wh..wh..opq", []);

    public Layer Finish()
    {
        _writer.Dispose();
        byte[] tar = _bytes.ToArray();
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(tar);
        }

        return new Layer(DigestOf(tar), packed.ToArray());
    }

    public static string DigestOf(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    private LayerTar Add(PaxTarEntry entry)
    {
        entry.ModificationTime = ModificationTime;
        _writer.WriteEntry(entry);
        return this;
    }
}

/// <param name="DiffId">Digest of the tar.</param>
/// <param name="Blob">The tar, gzipped.</param>
internal sealed record Layer(string DiffId, byte[] Blob)
{
    public string Digest { get; } = LayerTar.DigestOf(Blob);
}
