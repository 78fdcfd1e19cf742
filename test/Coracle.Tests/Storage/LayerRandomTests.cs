using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;
using CsCheck;

namespace Coracle.Tests.Storage;

/// <summary>Random trees with hostile names, in every header form there is: the exact tar comes back, or it is refused and nothing is left.</summary>
public sealed class LayerRandomTests : IDisposable
{
    private readonly TemporaryStore _store = new();
    private int _made;

    public void Dispose()
    {
        _store.Dispose();
        Assert.InRange(_made, 20, int.MaxValue); // else the generator makes nothing but nonsense, and the test proves nothing
    }

    [Fact]
    public void Any_tree_in_any_form_comes_back_byte_for_byte_or_is_refused()
        => Gen.Int.Sample(CheckSeed, iter: 120, threads: 1);

    private void CheckSeed(int seed)
    {
        byte[] tar = RandomLayers.MakeTar(new Random(seed));
        try
        {
            using StagedLayer staged = _store.Apply(tar);
            Assert.Equal(Digest.Of(tar), staged.DiffId.Digest);
            _store.Store.Layers.Commit([staged]);
            Assert.True(tar.AsSpan().SequenceEqual(_store.ReadTar(staged.DiffId)), $"seed {seed}");
            Assert.True(_store.Store.Layers.Verify(staged.DiffId, deep: true).IsIntact, $"seed {seed}");
            _made++;
        }
        catch (Exception e) when (e is LinuxException or InvalidTarException)
        {
            Assert.Empty(_store.Staged());
        }
    }
}
