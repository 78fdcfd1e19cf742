using Coracle.Oci;
using Coracle.Tests.Delta.Rsync;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Images.Deltas;

/// <summary>The images of balenaEngine's own tests, 000 to 013: the same files in the same layers, with noise of our own in them.</summary>
internal static class DeltaGallery
{
    private static readonly int[] _lengths = [0, 0, 256, 333, 1024, 1024, 3307, 8192, 9876, 10_240, 131_072, 150_000, 500_003, 1_000_000, 1_000_000, 1_048_576, 1_048_576];

    private static readonly Dictionary<string, string[]> _images = new()
    {
        ["000"] = ["000"],
        ["001"] = ["000", "000>001/000"],
        ["002"] = ["000", "002"],
        ["003"] = ["000", "000>001/000", "000>003/000-a", "001>003/000-b", "002>001/000", "000>003/000-c"],
        ["004"] = ["001", "002 003 004", "005 006", "007", "008", "009 010", "011", "012 013 014 015"],
        ["005"] = ["001", "002 003 004", "005 006", "007", "008", "009 010", "011", "012 013 014 015"],
        ["006"] = ["001", "002", "003", "004", "005", "006", "007", "008", "009", "010", "011", "012", "013", "014", "015"],
        ["007"] = ["002", "008", "003", "005", "015", "001", "011", "006", "009", "007", "014", "010", "012", "013", "004"],
        ["008"] = ["001 002 003 004 005 006 007 008 009 010 011 012 013 014 015"],
        ["009"] = ["000 100 006 009"],
        ["010"] = ["000 100 006 009", "004 009 011"],
        ["011"] = ["000 100 006 009", "005 009 011"],
        ["012"] = ["000 101 006 009"],
        ["013"] = ["000 101 006 009", "004 009 011"],
    };

    /// <summary>A <c>docker save</c> archive of it, with the name <c>gallery:NUMBER</c>.</summary>
    public static byte[] Archive(string number)
    {
        using TestTar archive = new();
        List<string> diffIds = [], paths = [];
        foreach (string layer in _images[number])
        {
            byte[] tar = Layer(layer);
            string path = TestArchive.DiffId(tar)["sha256:".Length..] + "/layer.tar";
            archive.File(path, tar);
            diffIds.Add(TestArchive.DiffId(tar));
            paths.Add(path);
        }

        // 004 and 005 are two images of the same layers.
        byte[] config = [.. TestArchive.Config([.. diffIds]), .. System.Text.Encoding.UTF8.GetBytes(new string(' ', int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)))];
        string name = Digest.Of(config).ToHex() + ".json";
        return archive.File(name, config).File("manifest.json", TestArchive.Manifest(name, "gallery:" + number, [.. paths])).ToArray();
    }

    private static byte[] Layer(string files)
    {
        using TestTar tar = new();
        foreach (string file in files.Split(' '))
        {
            string[] parts = file.Split('>');
            string name = parts[^1] + ".data";
            if (name.Contains('/'))
            {
                tar.Directory(name[..(name.IndexOf('/') + 1)]);
            }

            tar.File(name, Content(parts[0]));
        }

        return tar.ToArray();
    }

    private static byte[] Content(string number) => number switch
    {
        "100" => [.. Content("015"), .. Content("013"), .. Content("012"), .. Content("014"), .. Content("010")],
        "101" => [.. Content("016"), .. Content("013"), .. Content("012"), .. Content("014"), .. Content("010")],
        _ => Noise(int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)),
    };

    private static byte[] Noise(int file) => RsyncTests.Noise(1000 + file, _lengths[file]);
}
