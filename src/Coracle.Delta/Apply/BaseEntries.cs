using System.IO.Hashing;
using Coracle.Oci;

namespace Coracle.Delta;

/// <summary>The base layers of a delta while it is applied: opened when they are first read, and read no further than the header says.</summary>
internal sealed class BaseEntries(DeltaHeader header, Func<DiffId, ILayerSource?> open, bool ownsLayers) : IDisposable
{
    private readonly ILayerSource?[] _sources = new ILayerSource?[header.Bases.Length];

    public int Count => _sources.Length;

    public DiffId DiffId(int layer) => header.Bases[layer].DiffId;

    /// <summary>Refuses what is not there; the header has told whoever wanted to know before.</summary>
    /// <exception cref="DeltaFormatException">The delta reads what its header does not name.</exception>
    /// <exception cref="DeltaBaseException">The layer, or the entry, is not here.</exception>
    public LayerEntry Entry(int layer, long entry)
    {
        if (!header.Bases[layer].Holds(entry))
        {
            throw new DeltaFormatException($"entry {entry} of base {layer} is read, and its header does not name it");
        }

        ILayerSource source = Source(layer);
        return entry < source.EntryCount ? Guarded(layer, entry, source) : throw new DeltaBaseException(DiffId(layer), entry, "it is not there");
    }

    /// <summary>All of these bytes, or an error.</summary>
    /// <inheritdoc cref="Entry"/>
    public void ReadBody(int layer, long entry, long offset, Span<byte> body)
    {
        try
        {
            ILayerSource source = Source(layer);
            while (!body.IsEmpty)
            {
                int count = source.ReadBody(entry, offset, body);
                if (count == 0)
                {
                    throw new DeltaBaseException(DiffId(layer), entry, $"its body ends at {offset}");
                }

                body = body[count..];
                offset += count;
            }
        }
        catch (IOException e) when (e is not DeltaBaseException)
        {
            throw new DeltaBaseException(DiffId(layer), entry, e.Message, e);
        }
    }

    public void Dispose()
    {
        for (int i = 0; ownsLayers && i < _sources.Length; i++)
        {
            _sources[i]?.Dispose();
        }
    }

    /// <summary>When the output was wrong: reads the bodies of all entries that the header names, and says which of them is damaged.</summary>
    /// <exception cref="DeltaBaseException">One is.</exception>
    public void ThrowDamaged()
    {
        byte[] buffer = new byte[64 * 1024];
        for (int layer = 0; layer < _sources.Length; layer++)
        {
            DeltaBase named = header.Bases[layer];
            for (int run = 0; run < named.RunCount; run++)
            {
                (long first, long count) = named.Run(run);
                for (long entry = first; entry < first + count; entry++)
                {
                    CheckBody(layer, entry, buffer);
                }
            }
        }
    }

    private void CheckBody(int layer, long number, byte[] buffer)
    {
        LayerEntry entry = Entry(layer, number);
        var hash = new XxHash128();
        for (long at = 0; at < entry.BodyLength && entry.Hash is not null;)
        {
            Span<byte> body = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.BodyLength - at));
            ReadBody(layer, number, at, body);
            hash.Append(body);
            at += body.Length;
        }

        if (entry.BodyLength > 0 && entry.Hash is { } right && hash.GetCurrentHashAsUInt128() != right)
        {
            throw new DeltaBaseException(DiffId(layer), number, "its body is damaged");
        }
    }

    private LayerEntry Guarded(int layer, long entry, ILayerSource source)
    {
        try
        {
            return source[entry];
        }
        catch (IOException e)
        {
            throw new DeltaBaseException(DiffId(layer), entry, e.Message, e);
        }
    }

    private ILayerSource Source(int layer)
    {
        try
        {
            return _sources[layer] ??= open(DiffId(layer)) ?? throw new DeltaBaseException(DiffId(layer), null, "it is not here");
        }
        catch (IOException e) when (e is not DeltaBaseException)
        {
            throw new DeltaBaseException(DiffId(layer), null, e.Message, e);
        }
    }
}
