using Coracle.Delta;

namespace Coracle.Tests.Delta;

/// <summary>Old layers, a new one, and the delta between them.</summary>
internal sealed class DeltaCase
{
    public DeltaCase(byte[][] bases, byte[] target, DeltaOptions? options = null)
    {
        Bases = [.. bases.Select(tar => new TarLayer(tar))];
        Target = target;
        using var output = new MemoryStream();
        Summary = DeltaBuilder.Create(Bases, new TarLayer(target), options ?? new DeltaOptions { Threads = 1 }, output, CancellationToken.None);
        Delta = output.ToArray();
    }

    public TarLayer[] Bases { get; }

    public byte[] Target { get; }

    public byte[] Delta { get; }

    public DeltaSummary Summary { get; }

    /// <summary>A large binary, a tree of small files with long names, attributes and links, and new files; several segments at 4 KiB each.</summary>
    public static DeltaCase Everything(int segmentBytes = 1 << 20, int entries = 60)
    {
        var tree = new RandomTree(new Random(42));
        byte[] old = tree.Make(entries);
        return new DeltaCase([new RandomTree(new Random(1)).Make(10), old], tree.Change(), new DeltaOptions { SegmentBytes = segmentBytes, Threads = 2 });
    }

    public DeltaDecoder Open(byte[] delta) => new(new MemoryStream(delta), Layer);

    public ILayerSource? Layer(Coracle.Oci.DiffId diffId) => Bases.FirstOrDefault(layer => layer.DiffId == diffId);

    public byte[] Apply() => ReadAll(Open(Delta), 3000);

    public static byte[] ReadAll(DeltaDecoder decoder, int step)
    {
        using MemoryStream tar = new();
        byte[] buffer = new byte[step];
        for (int count; (count = decoder.Read(buffer)) > 0;)
        {
            tar.Write(buffer, 0, count);
        }

        decoder.Dispose();
        return tar.ToArray();
    }
}
