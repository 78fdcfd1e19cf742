using System.Text;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.RootTests.Storage;

/// <summary>An image's files in an empty volume: layers stacked by overlayfs, read through handles, copied with all they are.</summary>
[Trait("Needs", "root")]
public sealed class CopyUpTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("coracle-copy-up").FullName;
    private readonly Store _store;

    public CopyUpTests()
    {
        _store = Store.Open(new StorageOptions(_root + "/data"), TimeProvider.System, NullLogger.Instance);
        _store.Volumes.TryCreate(new VolumeRecord("volume", DateTimeOffset.UnixEpoch));
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Layers_are_seen_as_a_container_sees_them()
    {
        string lower = Layer("lower");
        string upper = Layer("upper");
        File.WriteAllText(lower + "/data/kept", "lower");
        File.WriteAllText(lower + "/data/hidden", "lower");
        File.WriteAllText(upper + "/data/added", "upper");
        using (DirectoryHandle data = DirectoryHandle.Open(upper + "/data"))
        {
            data.MakeNode("hidden"u8, FileKind.CharacterDevice, 0, 0, 0); // overlayfs: a whiteout
            data.SetItsOwner(1000, 1001);
            data.SetItsMode(0x1E8); // 0750
        }

        Fill([upper, lower], "/data");
        Assert.Equal(["added", "kept"], Entries());
        using DirectoryHandle copy = DirectoryHandle.Open(_store.Volumes.DataPath("volume"));
        Assert.Equal((1000u, 1001u, 0x1E8), (copy.Status().Uid, copy.Status().Gid, copy.Status().Mode));
        Assert.Empty(Mounts());
    }

    [Fact]
    public void Owners_devices_and_capabilities_are_copied()
    {
        string layer = Layer("only");
        File.WriteAllText(layer + "/data/program", "#!");
        byte[] capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]; // cap_net_bind_service+ep, revision 2
        using (DirectoryHandle data = DirectoryHandle.Open(layer + "/data"))
        {
            data.SetOwner("program"u8, 5, 6);
            data.SetExtendedAttribute("program"u8, "security.capability"u8, capability);
            data.MakeNode("null"u8, FileKind.CharacterDevice, 0x1B6, 1, 3);
        }

        Fill([layer], "/data");
        using DirectoryHandle copy = DirectoryHandle.Open(_store.Volumes.DataPath("volume"));
        Assert.Equal((5u, 6u), (copy.Stat("program").Uid, copy.Stat("program").Gid));
        Assert.Equal(capability, copy.GetExtendedAttribute("program"u8, "security.capability"u8));
        Assert.Equal((FileKind.CharacterDevice, 1u, 3u), (copy.Stat("null").Kind, copy.Stat("null").DeviceMajor, copy.Stat("null").DeviceMinor));
    }

    /// <summary>CVE-2022-23648.</summary>
    [Theory]
    [InlineData("/etc")]
    [InlineData("../../../../../../etc")]
    [InlineData("/proc/self/root/etc")]
    public void A_link_to_the_hosts_files_leads_to_the_images(string target)
    {
        string lower = Layer("lower");
        string upper = Layer("upper");
        Directory.CreateDirectory(lower + "/etc");
        File.WriteAllText(lower + "/etc/images-own", "");
        File.CreateSymbolicLink(upper + "/link", target);
        try
        {
            Fill([upper, lower], "/link");
        }
        catch (LinuxException)
        {
            // Nothing there is as good as the image's own.
        }

        Assert.All(Entries(), name => Assert.Equal("images-own", name));
    }

    private string Layer(string name) => Path.GetDirectoryName(Directory.CreateDirectory($"{_root}/{name}/data").FullName)!;

    private void Fill(IReadOnlyList<string> layers, string path) => ImageView.Visit(layers, root =>
    {
        using DirectoryHandle source = root.OpenInside(Encoding.UTF8.GetBytes(path));
        using VolumeCopy copy = _store.Volumes.Copy("volume", source);
        _store.Volumes.Place(copy, isMounted: false);
    });

    private IEnumerable<string> Entries()
        => Directory.EnumerateFileSystemEntries(_store.Volumes.DataPath("volume")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    private IEnumerable<string> Mounts() => File.ReadAllLines("/proc/self/mountinfo").Where(line => line.Contains(_root, StringComparison.Ordinal));
}
