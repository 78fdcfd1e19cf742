using Coracle.Delta;

namespace Coracle.Tests.Delta.Second;

/// <summary>The layers of the first decoder's tests, for the second.</summary>
internal sealed class LayerBases(params ILayerSource[] layers) : IBaseLayers
{
    private readonly Dictionary<string, List<BaseEntry>> _layers = layers.DistinctBy(l => l.DiffId).ToDictionary(l => l.DiffId.Digest.ToHex(), Entries);

    public IReadOnlyList<BaseEntry>? Find(ReadOnlySpan<byte> diffId) => _layers.GetValueOrDefault(Convert.ToHexStringLower(diffId));

    private static List<BaseEntry> Entries(ILayerSource layer)
    {
        List<BaseEntry> entries = [];
        for (long i = 0; i < layer.EntryCount; i++)
        {
            byte[] headers = layer[i].Headers.ToArray();
            byte[] body = new byte[layer[i].BodyLength];
            for (int at = 0, count; (count = layer.ReadBody(i, at, body.AsSpan(at))) > 0;)
            {
                at += count;
            }

            entries.Add(new BaseEntry(headers, body));
        }

        return entries;
    }
}
