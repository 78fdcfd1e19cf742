using System.IO.Hashing;

namespace Coracle.Delta;

/// <summary>All entries of some layers, one behind the other under one number each: what pairing needs to know of them, and nothing that has to be read again.</summary>
internal sealed class EntryTable
{
    private readonly HeaderView _view = new();

    /// <summary>Reads every header of them, in order; bodies only where a layer has no hash of one.</summary>
    public EntryTable(IReadOnlyList<ILayerSource> layers, CancellationToken cancellationToken)
    {
        Starts = new int[layers.Count + 1];
        for (int i = 0; i < layers.Count; i++)
        {
            Starts[i + 1] = checked(Starts[i] + (int)layers[i].EntryCount);
        }

        int count = Starts[^1];
        (Hashes, Lengths, Paths, LastNames) = (new UInt128[count], new long[count], new ulong[count], new uint[count]);
        (Seconds, Types) = (new long[count], new byte[count]);
        for (int i = 0; i < layers.Count; i++)
        {
            for (int entry = 0; entry < layers[i].EntryCount; entry++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Fill(layers[i], entry, Starts[i] + entry);
            }
        }
    }

    /// <summary>The first number of each layer, and the count of all.</summary>
    public int[] Starts { get; }

    public int Count => Starts[^1];

    /// <summary>XXH128 of the body; 0 where there is none.</summary>
    public UInt128[] Hashes { get; }

    public long[] Lengths { get; }

    /// <summary>XXH3 of the whole name, without slashes at its end; 0 where the headers have none that can be read.</summary>
    public ulong[] Paths { get; }

    /// <summary>The same of the name's last part.</summary>
    public uint[] LastNames { get; }

    public long[] Seconds { get; }

    public byte[] Types { get; }

    public int Layer(int number)
    {
        int layer = Starts.AsSpan().BinarySearch(number);
        layer = layer < 0 ? ~layer - 1 : layer;
        // Layers without entries begin where the next one does.
        while (Starts[layer + 1] == number)
        {
            layer++;
        }

        return layer;
    }

    private void Fill(ILayerSource layer, int entry, int number)
    {
        LayerEntry read = layer[entry];
        _view.Parse(read.Headers);
        ReadOnlySpan<byte> name = _view.Name.TrimEnd((byte)'/');
        Lengths[number] = read.BodyLength;
        Paths[number] = _view.HasValues ? XxHash3.HashToUInt64(name) : 0;
        LastNames[number] = _view.HasValues ? (uint)XxHash3.HashToUInt64(name[(name.LastIndexOf((byte)'/') + 1)..]) : 0;
        Seconds[number] = _view.Seconds;
        Types[number] = _view.Type;
        Hashes[number] = read.BodyLength == 0 ? 0 : read.Hash ?? HashBody(layer, entry, read.BodyLength);
    }

    private static UInt128 HashBody(ILayerSource layer, int entry, long length)
    {
        byte[] buffer = new byte[64 * 1024];
        var hash = new XxHash128();
        for (long at = 0; at < length;)
        {
            int count = layer.ReadBody(entry, at, buffer);
            if (count == 0)
            {
                throw new InvalidDataException($"the body of entry {entry} of {layer.DiffId} ends at {at}, not at {length}");
            }

            hash.Append(buffer.AsSpan(0, count));
            at += count;
        }

        return hash.GetCurrentHashAsUInt128();
    }
}
