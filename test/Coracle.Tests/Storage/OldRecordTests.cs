using System.Text;
using Coracle.Oci;
using Coracle.Storage;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Storage;

/// <summary>Records as engines of each version wrote them, with the files beside them made by hand: they are read for ever.</summary>
public sealed class OldRecordTests : IDisposable
{
    private const string DiffIdV1 = "9a3008dc4c3dda5e1973088259dd4ec952c071578622ddd42e4510d3d72e9ede";
    private const string RecordV1 =
        "Q09SQUNMTFIBAAAAgAAAAJowCNxMPdpeGXMIglndTslSwHFXhiLd1C5FENPXLp7eBxAAAAAAAAD0DwAAAAAAAP0PAAAAAAAAHwEAAAAAAAACAAAAAAAAAD8B"
        + "AAAAAAAAAgAAAAAAAAAWAAAAAAAAAAQAAAAAAAAAZOQGatbPqLootS/9YPQOHQQAhANkLwAwMDAwNjQ0ADA0NzI1ACA1dXN0YXIAMDBkL2YxMTUwNzAAIDAy"
        + "MWw1MjQ0ACAydHJhaWxlchsAoIAwoAIkUAEfUCBYklODD5wB/jwCiC+nlxVUDHgy0C8ooAcqAAOqAR0OEGMEnBAQALRhAgoCAmBlAVOYqrOXDmC7AOE+gSEo"
        + "tS/9IAlJAAB0aGUgZmlyc3QAAAAAAAAAAIAAAAAAAAAA9A8AAAAAAAANAQAAAAAAAAACAAAAAAAAAAQAAAAAAAAJAAAAAAAAAFt2GrkuhnivbPOIqbIiYYn0"
        + "DwAAAAAAAPcFAAAAAAAAAAgAAAAAAAAKAAAAAAAAAIjnn6UTB50Kg6Ce+1SCSSkAAAAAAAAAAA==";
    private const string DiffIdV2 = "28974596553150f26c0d9d577dfd122b9783c68054b03c828e78fcebbf380a1c";
    private const string RecordV2 =
        "Q09SQUNMTFICAAAAgAAAACiXRZZVMVDybA2dV339EiuXg8aAVLA8go54/Ou/OAocABgAAAAAAAD1FwAAAAAAAPgXAAAAAAAAPQEAAAAAAAACAAAAAAAAAF0B"
        + "AAAAAAAAAwAAAAAAAABVRgAAAAAAAAMAAAAAAAAAlCjZaQnB7kYotS/9YPUWPQUAcsYVG4CpGgMMLWFlERZtFc3CKdUINiJCUmtwchsUGbiUvg/mWvprEvAr"
        + "ljREJYPYIgyLRAFZFCuZP8Bc47CHW6UlexAGgqPpUWlvF8bBzFSPfyI0qq5/fAwXHACXcxUAkB5YUDHgyQCATAFYUF0FUNwfALCyb59qgBCAAdUABAfIeBxA"
        + "ASw3BiowOxbl9eSUO7lhAsoCCmBlAVMwVf8vZUB2AcJ7AkQotS/9IAMZAAB4eXoAAAAAAAAAAIAAAAAAAAAA9RcAAAAAAAAxAQAAAAAAAAAAAAAAAAAAAAYA"
        + "AAAAAAADAAAAAAAAAFA5L4mUX694hWE6c7ZasAYAAAAAAAAAAP0HAAAAAAAAAA4AAAAAAAADAAAAAAAAAB8fQW9l0nZi3rlfP/fuGPX1FwAAAAAAAPoPAAAA"
        + "AAAAABIAAAAAAAAFAAAAAAAAAFlfC+5ZyQ0fjqk5kyTbq9EAAAAAAAAAAA==";

    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    /// <summary>A directory, a file that a later entry replaces (its body is in the record), a link, a trailer.</summary>
    [Fact]
    public void Version_1()
    {
        DiffId layer = Place(DiffIdV1, RecordV1, diff =>
        {
            Directory.CreateDirectory(diff + "/d");
            File.WriteAllText(diff + "/d/f", "the second");
            File.CreateSymbolicLink(diff + "/l", "d/f");
        });

        Check(layer, TarV1());
    }

    /// <summary>Sparse files came: one that stays, and one that is replaced.</summary>
    [Fact]
    public void Version_2()
    {
        DiffId layer = Place(DiffIdV2, RecordV2, diff =>
        {
            byte[] content = new byte[9000];
            "abc"u8.CopyTo(content.AsSpan(5000));
            File.WriteAllBytes(diff + "/s", content);
            File.WriteAllText(diff + "/t", "plain");
        });

        Check(layer, TarV2());
    }

    private static byte[] TarV1()
        => [.. Root("d/", '5', 0), .. Root("d/f", '0', 9), .. Fill("the first"u8.ToArray()), .. Root("d/f", '0', 10), .. Fill("the second"u8.ToArray()), .. Root("l", '2', 0, "d/f"), .. End, .. "trailer"u8];

    private static byte[] TarV2()
    {
        byte[] pax = Extended('x', Record("GNU.sparse.size", "9000") + Record("GNU.sparse.numblocks", "1") + Record("GNU.sparse.map", "5000,3"));
        pax.AsSpan(108, 15).Clear();
        pax = [.. Again(pax[..512]), .. pax[512..]];
        return [.. pax, .. Root("s", '0', 3), .. Fill("abc"u8.ToArray()), .. pax, .. Root("t", '0', 3), .. Fill("xyz"u8.ToArray()), .. Root("t", '0', 5), .. Fill("plain"u8.ToArray()), .. End];
    }

    /// <summary>Of nobody: the bytes must not depend on who runs the tests.</summary>
    private static byte[] Root(string name, char type, long size, string link = "") => Block(name, type, size, link: link, change: block => block.AsSpan(108, 15).Clear());

    private static byte[] Again(byte[] block) => Block("ext", 'x', Encoding.ASCII.GetString(block, 124, 11), change: b => b.AsSpan(108, 15).Clear());

    private DiffId Place(string diffId, string record, Action<string> makeFiles)
    {
        Assert.True(Digest.TryParseHex(diffId, out Digest? digest));
        string layer = $"{_store.Root}/layers/{diffId}";
        Directory.CreateDirectory(layer + "/diff");
        makeFiles(layer + "/diff");
        File.WriteAllBytes(layer + "/record", Convert.FromBase64String(record));
        return new DiffId(digest);
    }

    private void Check(DiffId layer, byte[] tar)
    {
        Assert.Equal(Digest.Of(tar), layer.Digest);
        Assert.Equal(tar, _store.ReadTar(layer));
        VerifyResult result = _store.Store.Layers.Verify(layer, deep: true);
        Assert.True(result.IsIntact, string.Join('\n', result.Problems));
    }
}
