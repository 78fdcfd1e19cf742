using System.Text;
using Coracle.Oci;

namespace Coracle.Core;

/// <summary>The digests of the stacks so far: how Docker names layers in what it deletes.</summary>
/// <remarks>OCI image-spec v1.1, config.md "Layer ChainID".</remarks>
internal static class ChainIds
{
    public static IReadOnlyList<Digest> Of(IReadOnlyList<DiffId> layers)
    {
        List<Digest> chain = [];
        foreach (DiffId layer in layers)
        {
            chain.Add(chain.Count == 0 ? layer.Digest : Digest.Of(Encoding.ASCII.GetBytes($"{chain[^1]} {layer}")));
        }

        return chain;
    }
}
