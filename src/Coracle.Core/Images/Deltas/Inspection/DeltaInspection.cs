using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary><c>delta inspect</c>: what an archive of deltas holds, and does. Nothing of it is kept.</summary>
public sealed class DeltaInspection(ImageCatalog images)
{
    private const int StartLength = 512;

    /// <param name="body">The archive. Read to its end.</param>
    /// <exception cref="EngineException">It is no archive of deltas.</exception>
    public async Task<InspectedDelta> RunAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            return await BodyFeed.RunAsync(body, Read, cancellationToken);
        }
        catch (Exception error) when ((error as EngineException ?? DeltaFailure.Translate(error)) is { Refusal: Refusal.Failed } refusal)
        {
            // Of all that is read here the file alone is the client's; what the disk says is ours.
            throw error is Linux.LinuxException ? refusal : new EngineException(Refusal.InvalidArgument, refusal.Message, error);
        }
        finally
        {
            BulkGarbage.GiveBack();
        }
    }

    private InspectedDelta Read(Stream body, CancellationToken cancellationToken)
    {
        using ArchiveContents documents = new(images.Store);
        List<InspectedLayer> deltas = [];
        using DecodedStream archive = DecodedStream.Open(body);
        using TarReader tar = new(archive);
        while (tar.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (tar.Entry.Type == TarEntryType.File)
            {
                Take(tar, documents, deltas, cancellationToken);
            }
        }

        while (!tar.ReadTrailer().IsEmpty)
        {
        }

        return DeltaOverview.Of(documents, deltas);
    }

    private void Take(TarReader tar, ArchiveContents documents, List<InspectedLayer> deltas, CancellationToken cancellationToken)
    {
        string name = ArchiveName.Clean(tar.Entry.Name.Span);
        long size = tar.Entry.Size;
        using TarBodyStream body = new(tar);
        using PeekedStream start = new(body, StartLength);
        if (ArrivingDelta.IsOne(start.Peeked) && deltas.Count < ArtifactManifest.MaxLayers)
        {
            using ArchiveBlobStream blob = new(start, static _ => { });
            deltas.Add(new DeltaLook(images.Store.Layers, cancellationToken).Take(blob, () => new Descriptor(DeltaArtifact.LayerType, blob.GetDigest(), size)));
        }
        else if (size <= ArchiveContents.MaxDocumentBytes && start.Peeked.TrimStart(" \t\r\n"u8).StartsWith("{"u8))
        {
            documents.MakeRoom((int)size);
            byte[] bytes = new byte[size];
            start.ReadExactly(bytes);
            Digest digest = Digest.Of(bytes);
            documents.Add(name, new ArchiveMember.Document(bytes, digest), digest);
        }
    }
}
