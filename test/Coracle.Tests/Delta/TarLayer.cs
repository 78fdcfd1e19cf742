using System.IO.Hashing;
using System.Security.Cryptography;
using Coracle.Delta;
using Coracle.Oci;
using Coracle.Tar;

namespace Coracle.Tests.Delta;

/// <summary>A plain tar, in memory or in a file, as a layer.</summary>
internal sealed class TarLayer : ILayerSource
{
    private readonly Stream _tar;
    private readonly List<Entry> _entries = [];
    private long _trailerAt;

    public TarLayer(byte[] tar)
        : this(new MemoryStream(tar))
    {
    }

    public TarLayer(Stream tar)
    {
        _tar = tar;
        DiffId = new DiffId(new Digest(SHA256.HashData(tar)));
        tar.Position = 0;
        using var reader = new TarReader(tar);
        while (reader.MoveNext())
        {
            Add(reader);
        }

        _trailerAt = _entries.Count == 0 ? 0 : Math.Min(tar.Length, _entries[^1].End);
        tar.Position = 0;
    }

    public DiffId DiffId { get; }

    public long TarLength => _tar.Length;

    public long EntryCount => _entries.Count;

    /// <summary>Its hashes are said not to be known.</summary>
    public bool HasNoHashes { get; init; }

    /// <summary>How often each entry has been looked at, for tests of what a delta reads.</summary>
    public ISet<long> Looked { get; } = new HashSet<long>();

    public LayerEntry this[long index]
    {
        get
        {
            Entry entry = _entries[(int)index];
            Looked.Add(index);
            byte[] headers = new byte[entry.BodyAt - entry.HeaderAt];
            _tar.Position = entry.HeaderAt;
            _tar.ReadExactly(headers);
            return new LayerEntry(headers, entry.BodyLength, entry.BodyLength == 0 || HasNoHashes ? null : entry.Hash);
        }
    }

    public int ReadBody(long index, long offset, Span<byte> body)
    {
        Entry entry = _entries[(int)index];
        _tar.Position = entry.BodyAt + offset;
        return _tar.Read(body[..(int)Math.Min(body.Length, entry.BodyLength - offset)]);
    }

    public bool TryGetOddPadding(long index, Span<byte> padding)
    {
        Entry entry = _entries[(int)index];
        _tar.Position = entry.BodyAt + entry.BodyLength;
        _tar.ReadExactly(padding);
        return padding.ContainsAnyExcept((byte)0);
    }

    public int ReadTrailer(long offset, Span<byte> trailer)
    {
        _tar.Position = _trailerAt + offset;
        return _tar.Read(trailer);
    }

    public void Dispose()
    {
        // Tests use a layer again and again.
    }

    private void Add(TarReader reader)
    {
        var hash = new XxHash128();
        for (ReadOnlySpan<byte> piece = reader.ReadBody(); !piece.IsEmpty; piece = reader.ReadBody())
        {
            hash.Append(piece);
        }

        _entries.Add(new Entry(reader.HeaderOffset, reader.BodyOffset, reader.Entry.Size, hash.GetCurrentHashAsUInt128()));
    }

    private sealed record Entry(long HeaderAt, long BodyAt, long BodyLength, UInt128 Hash)
    {
        public long End => BodyAt + ((BodyLength + 511) / 512 * 512);
    }
}
