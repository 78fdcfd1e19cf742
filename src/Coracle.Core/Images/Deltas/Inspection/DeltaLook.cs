using Coracle.Delta;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;

namespace Coracle.Core;

/// <summary>Looks into one delta as it goes by: at its header, and where its bases are here, at what it does to each file.</summary>
internal sealed class DeltaLook(LayerStore layers, CancellationToken cancellationToken)
{
    /// <summary>Nine bytes each; no image that anybody deploys has as many.</summary>
    private const long MaxOldFiles = 4_000_000;

    /// <param name="blob">Read to its end, unless it is damaged.</param>
    /// <returns>Its descriptor's digest is not known before the end: <paramref name="digest"/> is asked for it then.</returns>
    public InspectedLayer Take(Stream blob, Func<Descriptor> digest)
    {
        DeltaHeader? header = null;
        List<InspectedBase> needed = [];
        int segments = 0;
        PathTally? tally = null;
        string? problem = null;
        try
        {
            header = DeltaHeader.Read(blob);
            using DeltaBases bases = new(layers);
            if (Compare(header, needed) && Old(needed, bases) is { } old)
            {
                segments = Apply(header, blob, bases, old);
                Removed(needed, bases, old);
                tally = old;
            }
            else
            {
                segments = SegmentCount.Read(blob);
            }
        }
        catch (Exception error) when (error is DeltaFormatException or DeltaVersionException or DeltaBaseException or LayerDamagedException or InvalidTarException)
        {
            problem = error.Message;
        }

        Drain(blob);
        Descriptor descriptor = digest();
        return new InspectedLayer(header?.Target ?? new DiffId(descriptor.Digest), descriptor)
        {
            TarLength = header?.TarLength ?? 0,
            Bases = needed,
            Segments = segments,
            Directories = tally?.Rows,
            Problem = problem,
        };
    }

    /// <returns>Whether all bases are here.</returns>
    private bool Compare(DeltaHeader header, List<InspectedBase> needed)
    {
        bool areHere = true;
        foreach (DeltaBase named in header.Bases)
        {
            long entries = 0;
            for (int i = 0; i < named.RunCount; i++)
            {
                entries += named.Run(i).Count;
            }

            bool isHere = layers.Contains(named.DiffId);
            areHere &= isHere;
            needed.Add(new InspectedBase(named.DiffId, entries, isHere));
        }

        return areHere;
    }

    /// <returns>Null where there are too many.</returns>
    private PathTally? Old(List<InspectedBase> needed, DeltaBases bases)
    {
        PathTally tally = new();
        long left = MaxOldFiles;
        foreach (InspectedBase named in needed)
        {
            LayerEntries entries = bases.Open(named.Layer);
            left -= entries.EntryCount;
            if (left < 0)
            {
                return null;
            }

            for (long i = 0; i < entries.EntryCount; i++)
            {
                if (entries[i].BodyLength > 0)
                {
                    tally.AddOld(entries.NameAt(i).Span);
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
        }

        tally.EndOld();
        return tally;
    }

    private int Apply(DeltaHeader header, Stream blob, DeltaBases bases, PathTally tally)
    {
        using DeltaDecoder decoder = new(header, new Delta.RestartPoint(header.Bytes.Length, 0, 0), blob, bases.Find);
        using DeltaTar made = new(decoder);
        using TarReader tar = new(made);
        while (tar.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (tar.Entry.Size > 0)
            {
                tally.Add(tar.Entry.Name.Span, decoder.TryGetWholeBody(tar.BodyOffset, out _, out _), tar.Entry.Size);
            }
        }

        while (!tar.ReadTrailer().IsEmpty)
        {
        }

        return decoder.Restart.Segment;
    }

    private static void Removed(List<InspectedBase> needed, DeltaBases bases, PathTally tally)
    {
        foreach (InspectedBase named in needed)
        {
            LayerEntries entries = bases.Open(named.Layer);
            for (long i = 0; i < entries.EntryCount; i++)
            {
                if (entries[i].BodyLength is > 0 and long length)
                {
                    tally.AddUnlessSeen(entries.NameAt(i).Span, length);
                }
            }
        }
    }

    private void Drain(Stream blob)
    {
        byte[] buffer = new byte[16 * 1024];
        while (blob.Read(buffer) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
