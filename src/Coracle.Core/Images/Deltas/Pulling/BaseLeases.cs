using Coracle.Oci;
using Coracle.Storage;

namespace Coracle.Core;

/// <summary>Keeps the base layers of a plan from the collector until the pull is done with them. For one thread at a time.</summary>
internal sealed class BaseLeases(LayerStore layers) : IDisposable
{
    private readonly List<LayerLease> _leases = [];

    /// <returns>False where the layer is not here, or is known to be damaged.</returns>
    public bool Hold(DiffId layer)
    {
        foreach (LayerLease held in _leases)
        {
            if (held.DiffId == layer)
            {
                return true;
            }
        }

        if (layers.DamageOf(layer) is not null || layers.TryLease(layer) is not { } lease)
        {
            return false;
        }

        _leases.Add(lease);
        return true;
    }

    public void Dispose()
    {
        foreach (LayerLease lease in _leases)
        {
            lease.Dispose();
        }
    }
}
