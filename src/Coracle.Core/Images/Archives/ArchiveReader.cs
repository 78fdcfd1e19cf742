using System.Buffers;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary>
/// Reads an image archive once, front to back, though what says which entry is a layer stands at its end: whatever looks like a layer
/// is unpacked into staging/ as it arrives, whatever looks like JSON is kept (bounded), and the deciding is left to
/// <see cref="DockerArchive"/> and <see cref="LayoutArchive"/>. Nothing is written twice and nothing is looked up in a file system by a name from outside.
/// </summary>
/// <remarks>One thread, blocking. docs/decisions/0009-load-in-one-pass.md.</remarks>
internal sealed class ArchiveReader(Store store, ProgressLines? progress, TimeProvider time, CancellationToken cancellationToken)
{
    private const int StartLength = 512;

    private const int BufferLength = 128 * 1024;

    private const int RowLength = 12;

    /// <summary>A member that is mostly hole is no layer of anybody's, and would keep us hashing zeros for as long as it says.</summary>
    private const long MaxHoleBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    /// <param name="body">As the client sends it: a tar, compressed or not. Read to its end, not owned.</param>
    /// <returns>The caller disposes it.</returns>
    public ArchiveContents Read(Stream body)
    {
        ArchiveContents contents = new(store);
        try
        {
            using DecodedStream archive = DecodedStream.Open(body);
            using TarReader tar = new(archive);
            while (tar.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                Take(tar, contents);
            }

            while (!tar.ReadTrailer().IsEmpty)
            {
            }

            return contents;
        }
        catch
        {
            contents.Dispose();
            throw;
        }
    }

    private void Take(TarReader tar, ArchiveContents contents)
    {
        string name = ArchiveName.Clean(tar.Entry.Name.Span);
        switch (tar.Entry.Type)
        {
            case TarEntryType.File:
                TakeFile(tar, name, contents);
                break;
            case TarEntryType.SymbolicLink:
                contents.Add(name, new ArchiveMember.Link(ArchiveName.Resolve(name, tar.Entry.LinkName.Span)));
                break;
            case TarEntryType.HardLink:
                contents.Add(name, new ArchiveMember.Link(ArchiveName.Clean(tar.Entry.LinkName.Span)));
                break;
        }
    }

    private void TakeFile(TarReader tar, string name, ArchiveContents contents)
    {
        long size = tar.Entry.RealSize;
        if (size - tar.Entry.Size > MaxHoleBytes)
        {
            contents.Add(name, new ArchiveMember.Unusable("a sparse file with larger holes than a layer's padding"));
            return;
        }

        using TarBodyStream body = new(tar);
        using PeekedStream start = new(body, StartLength);
        if (ArrivingDelta.IsOne(start.Peeked))
        {
            using ArchiveBlobStream blob = new(start, Watch(RowOf(name), size));
            ArchiveMember member = new ArrivingDelta(store, contents, cancellationToken).Take(blob);
            contents.Add(name, member, member is ArchiveMember.Layer ? blob.GetDigest() : null);
        }
        else if (TarReader.IsTar(start.Peeked))
        {
            // Docker names an uncompressed layer by its digest, which is its diffID: one that is here need not be written again.
            if (NamedDigest(name) is { } digest && contents.TryLease(new DiffId(digest)))
            {
                contents.Add(name, Verify(start, digest), digest);
            }
            else
            {
                Unpack(start, name, size, contents);
            }
        }
        else if (DecodedStream.IsCompressed(start.Peeked))
        {
            Unpack(start, name, size, contents);
        }
        else if (size <= ArchiveContents.MaxDocumentBytes && IsJson(start.Peeked))
        {
            contents.MakeRoom((int)size);
            byte[] bytes = new byte[size];
            start.ReadExactly(bytes);
            Digest digest = Digest.Of(bytes);
            contents.Add(name, new ArchiveMember.Document(bytes, digest), digest);
        }
        else
        {
            contents.Add(name, new ArchiveMember.Unusable("neither a layer nor JSON"));
        }
    }

    private void Unpack(Stream body, string name, long size, ArchiveContents contents)
    {
        using ArchiveBlobStream blob = new(body, Watch(RowOf(name), size));
        try
        {
            StagedLayer layer = store.Layers.Apply(blob, LayerCompression.Detect, expected: null, tarBytes: null, cancellationToken);
            DiffId diffId = layer.DiffId;
            contents.Add(layer);
            contents.Add(name, new ArchiveMember.Layer(diffId), blob.GetDigest());
        }
        catch (Exception error) when (error is LayerFormatException or InvalidTarException or RecordTooLargeException)
        {
            // Perhaps nobody needs it: archives carry other things beside images. If the archive itself is cut short, its next
            // header says so.
            contents.Add(name, new ArchiveMember.Unusable(error.Message));
        }
    }

    private ArchiveMember Verify(Stream body, Digest expected)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            using ArchiveBlobStream blob = new(body, static _ => { });
            while (blob.Read(buffer) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            Digest actual = blob.GetDigest();
            return actual == expected
                ? new ArchiveMember.Layer(new DiffId(expected))
                : new ArchiveMember.Unusable(ContentMismatchException.Hash(expected, actual).Message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Action<long> Watch(string row, long size)
    {
        if (progress is null)
        {
            return static _ => { };
        }

        long last = 0;
        return count =>
        {
            if (count == size || last == 0 || time.GetElapsedTime(last) >= _pause)
            {
                last = time.GetTimestamp();
                progress.Add(new ProgressLine("Loading layer", row, count, size, IsStep: true));
            }
        };
    }

    /// <summary>Twelve digits of whatever digest the name has: the layer's in today's archives, Docker's old layer id before.</summary>
    private static string RowOf(string name)
    {
        string row = name.EndsWith("/layer.tar", StringComparison.Ordinal) ? name[..^"/layer.tar".Length] : name;
        row = row[(row.LastIndexOf('/') + 1)..];
        return row.Length > RowLength ? row[..RowLength] : row;
    }

    /// <summary><c>blobs/sha256/HEX</c> (OCI, Docker) and <c>HEX.tar</c> (skopeo).</summary>
    private static Digest? NamedDigest(string name)
    {
        string last = name[(name.LastIndexOf('/') + 1)..];
        last = last.EndsWith(".tar", StringComparison.Ordinal) ? last[..^".tar".Length] : last;
        return Digest.TryParseHex(last, out Digest? digest) ? digest : null;
    }

    private static bool IsJson(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> text = start.TrimStart(" \t\r\n"u8);
        return text.StartsWith("{"u8) || text.StartsWith("["u8);
    }
}
