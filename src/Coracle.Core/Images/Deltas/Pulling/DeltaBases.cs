using System.Diagnostics.CodeAnalysis;
using Coracle.Delta;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Core;

/// <summary>
/// The base layers of one delta while it is applied: the decoder reads them, and the store clones whole files out of them. A layer that
/// is open costs 463 KiB (measured, 10,018 entries), and a delta may name 127: only so many are open at a time, the one that was used last
/// stays longest.
/// </summary>
/// <remarks>For one thread. What it hands out is closed with it.</remarks>
internal sealed class DeltaBases(LayerStore layers) : IBodyOrigin, IDisposable
{
    /// <summary>Most deltas read one to three layers; whoever alternates between more than these waits 32 ms each time (10,018 entries), and takes no more memory.</summary>
    private const int MostOpen = 8;

    private readonly List<LayerEntries> _open = [];   // the last one used stands last
    private DeltaDecoder? _decoder;

    /// <summary>The layer of the last file that was given to be cloned: to blame where the store finds that file changed.</summary>
    public DiffId? LastGiven { get; private set; }

    /// <returns>Null where it is not here.</returns>
    public ILayerSource? Find(DiffId layer) => layers.Contains(layer) ? new BaseLayer(this, layer) : null;

    /// <summary>Whether everything is here that the delta reads, by their records: said before the delta's bytes are paid for.</summary>
    /// <exception cref="DeltaBaseException">It is not.</exception>
    public void Require(DeltaHeader header)
    {
        foreach (DeltaBase named in header.Bases)
        {
            long count = Open(named.DiffId).EntryCount;
            (long first, long length) = named.RunCount > 0 ? named.Run(named.RunCount - 1) : (0, 0);
            if (first + length > count)
            {
                throw new DeltaBaseException(named.DiffId, first + length - 1, "it is not there");
            }
        }
    }

    /// <summary>From now on its word counts about which bodies are whole.</summary>
    public void Serve(DeltaDecoder decoder) => _decoder = decoder;

    public bool TryFind(long bodyAt, long length, out UInt128 hash, [NotNullWhen(true)] out SafeFileHandle? file)
    {
        (hash, file) = (default, null);
        if (!_decoder!.TryGetWholeBody(bodyAt, out DiffId? layer, out long entry) || !Open(layer).TryOpenFile(entry, out hash, out file))
        {
            return false;
        }

        LastGiven = layer;
        return true;
    }

    public void Dispose()
    {
        foreach (LayerEntries entries in _open)
        {
            entries.Dispose();
        }

        _open.Clear();
    }

    /// <exception cref="DeltaBaseException">It is not here, or its record cannot be read.</exception>
    internal LayerEntries Open(DiffId layer)
    {
        int place = _open.Count - 1;
        while (place >= 0 && _open[place].DiffId != layer)
        {
            place--;
        }

        if (place < 0)
        {
            MakeRoom();
            _open.Add(OpenAnew(layer));
        }
        else if (place < _open.Count - 1)
        {
            LayerEntries used = _open[place];
            _open.RemoveAt(place);
            _open.Add(used);
        }

        return _open[^1];
    }

    private void MakeRoom()
    {
        if (_open.Count == MostOpen)
        {
            _open[0].Dispose();
            _open.RemoveAt(0);
        }
    }

    private LayerEntries OpenAnew(DiffId layer)
    {
        try
        {
            return layers.OpenEntries(layer);
        }
        catch (Exception error) when (error is LinuxException or LayerDamagedException)
        {
            throw new DeltaBaseException(layer, null, error.Message, error);
        }
    }
}
