using Coracle.Core;
using Coracle.Wire;
using CsCheck;

namespace Coracle.Tests.Core;

public sealed class MountRequestTests
{
    private static readonly string[] _words =
    [
        "ro", "rw", "z", "Z", "private", "rprivate", "shared", "rshared", "slave", "rslave", "nocopy", "consistent", "cached", "delegated",
    ];

    [Theory]
    [InlineData("/x", "volume", "", "/x", "", false, "")]
    [InlineData("name:/x", "volume", "name", "/x", "", false, "")]
    [InlineData("name:/x:", "volume", "name", "/x", "", false, "")]
    [InlineData("name:/x:ro", "volume", "name", "/x", "ro", true, "")]
    [InlineData("name:/x:ro,nocopy,z", "volume", "name", "/x", "ro,nocopy,z", true, "")]
    [InlineData("/host:/x", "bind", "/host", "/x", "", false, "rprivate")]
    [InlineData("/host/../h//a/:/x/./y/", "bind", "/h/a", "/x/y", "", false, "rprivate")]
    [InlineData("/host:/x/../y", "bind", "/host", "/y", "", false, "rprivate")]
    [InlineData("/host:/x:ro,rslave,cached", "bind", "/host", "/x", "ro,rslave,cached", true, "rslave")]
    [InlineData("/host:/x:shared,Z", "bind", "/host", "/x", "shared,Z", false, "shared")]
    public void Binds_are_read_as_Docker_reads_them(
        string text, string kind, string source, string destination, string mode, bool readOnly, string propagation)
    {
        MountPoint mount = BindText.Parse(text, "local");
        Assert.Equal(
            (kind, source, destination, mode, readOnly, propagation),
            (mount.Kind, mount.IsVolume ? mount.Name : mount.Source, mount.Destination, mount.Mode, mount.ReadOnly, mount.Propagation));
        Assert.Equal(kind == "volume" && source.Length == 0, mount.Anonymous);
        Assert.Equal(mode.Contains("nocopy", StringComparison.Ordinal), mount.NoCopy);
        Assert.False(mount.SourceMustExist);
    }

    // Measured: dockerd 20.10.24.
    [Theory]
    [InlineData("", "invalid volume specification: ''")]
    [InlineData("/x:ro", "invalid volume specification: '/x:ro'")]
    [InlineData("a:b:c:d", "invalid volume specification: 'a:b:c:d'")]
    [InlineData(":/x", "invalid volume specification: ':/x'")]
    [InlineData("vv:/x:bad", "invalid mode: bad")]
    [InlineData("vv:/x:ro,rw", "invalid mode: ro,rw")]
    [InlineData("vv:/x:Z,z", "invalid mode: Z,z")]
    [InlineData("vv:/x:default", "invalid mode: default")]
    [InlineData("vv:/x:delegated,consistent", "invalid mode: delegated,consistent")]
    [InlineData("vv:x", "invalid volume specification: 'vv:x': invalid mount config for type \"volume\": invalid mount path: 'x' mount path must be absolute")]
    [InlineData("/h:/", "invalid volume specification: '/h:/': invalid mount config for type \"bind\": invalid specification: destination can't be '/'")]
    [InlineData("vv:/a/../..", "invalid volume specification: 'vv:/a/../..': invalid mount config for type \"volume\": invalid specification: destination can't be '/'")]
    [InlineData("vv:/x:rshared", "invalid volume specification: 'vv:/x:rshared': invalid mount config for type \"volume\": field BindOptions must not be specified")]
    [InlineData("/tmp:/x:nocopy", "invalid volume specification: '/tmp:/x:nocopy': invalid mount config for type \"bind\": field VolumeOptions must not be specified")]
    public void Bad_binds_are_refused_in_Dockers_words(string text, string message) => Refuses(message, () => BindText.Parse(text, ""));

    [Fact]
    public void A_mode_is_any_choice_of_words_with_one_of_a_kind_at_most()
        => Gen.Int[0, _words.Length - 1].Select(i => _words[i]).Array[0, 5].Sample(words =>
        {
            bool valid = words.GroupBy(KindOf).All(kind => kind.Count() == 1);
            Assert.Equal(valid, MountMode.TryParse(string.Join(',', words), out MountMode mode));
            return !valid || (mode.ReadOnly == words.Contains("ro") && mode.NoCopy == words.Contains("nocopy")
                && mode.Propagation == (words.FirstOrDefault(MountMode.IsPropagation) ?? ""));
        });

    [Fact]
    public void No_text_does_worse_than_be_refused()
        => Gen.Char[":/,.rozZa\0é"].Array[0, 24].Sample(characters =>
        {
            try
            {
                MountPoint mount = BindText.Parse(new string(characters), "");
                Assert.StartsWith("/", mount.Destination, StringComparison.Ordinal);
                Assert.DoesNotContain("..", mount.Destination.Split('/'));
                Assert.True(mount.Destination.Length > 1);
            }
            catch (EngineException e)
            {
                Assert.Equal(Refusal.InvalidArgument, e.Refusal);
            }
        });

    [Theory]
    [InlineData("bind", "", "/x", "field Source must not be empty")]
    [InlineData("bind", "rel", "/x", "invalid mount path: 'rel' mount path must be absolute")]
    [InlineData("volume", "vv", "", "field Target must not be empty")]
    [InlineData("volume", "vv", "/", "invalid specification: destination can't be '/'")]
    [InlineData("volume", "vv", "rel", "invalid mount path: 'rel' mount path must be absolute")]
    [InlineData("tmpfs", "x", "/x", "field Source must not be specified")]
    [InlineData("foo", "", "/x", "mount type unknown")]
    [InlineData("npipe", "x", "/x", "mount type unknown")]
    [InlineData("", "", "/x", "mount type unknown")]
    public void Bad_mounts_are_refused_in_Dockers_words(string type, string source, string target, string why)
        => Refuses($"invalid mount config for type \"{type}\": {why}", () => MountRequest.Parse(new Mount { Type = type, Source = source, Target = target }));

    [Fact]
    public void Options_of_another_type_or_sense_are_refused()
    {
        RefusesMount("field VolumeOptions must not be specified", Bind(m => m.VolumeOptions = new VolumeOptions()));
        RefusesMount("field BindOptions must not be specified", Volume(m => m.BindOptions = new BindOptions()));
        RefusesMount("field TmpfsOptions must not be specified", Volume(m => m.TmpfsOptions = new TmpfsOptions()));
        RefusesMount("invalid propagation mode: bad", Bind(m => m.BindOptions = new BindOptions { Propagation = "bad" }));
        RefusesMount("must not set ReadOnly mode when using anonymous volumes", Volume(m => (m.Source, m.ReadOnly) = ("", true)));
        RefusesMount("must not set Subpath when using anonymous volumes", Volume(m => (m.Source, m.VolumeOptions) = ("", new VolumeOptions { Subpath = "a" })));
        RefusesMount("ReadOnlyForceRecursive must be used with ReadOnly", Bind(m => m.BindOptions = new BindOptions { ReadOnlyForceRecursive = true }));
    }

    [Theory]
    [InlineData("a/b", true)]
    [InlineData("a/../b", true)]
    [InlineData("a/b/../..", true)]
    [InlineData("", true)]
    [InlineData("..", false)]
    [InlineData("a/../..", false)]
    [InlineData("/a", false)]
    public void A_subpath_stays_in_its_volume(string subpath, bool allowed)
    {
        Mount mount = Volume(m => m.VolumeOptions = new VolumeOptions { Subpath = subpath });
        if (allowed)
        {
            Assert.Equal(subpath, MountRequest.Parse(mount).Subpath);
        }
        else
        {
            RefusesMount("subpath must be a relative path within the volume", mount);
        }
    }

    [Fact]
    public void Two_mounts_at_one_place_are_refused_however_they_are_spelled()
    {
        Refuses("Duplicate mount point: /x", () => MountRequests.Parse(new HostConfig { Binds = ["/tmp:/x", "/var:/y/../x"] }));
        Refuses("Duplicate mount point: /x", () => MountRequests.Parse(new HostConfig { Binds = ["/tmp:/x"], Mounts = [Volume(m => m.Target = "/x/")] }));
        Refuses("Duplicate mount point: /x", () => MountRequests.Parse(
            new HostConfig { Binds = ["/tmp:/x"], Tmpfs = new Dictionary<string, string> { ["/x"] = "" } }));
    }

    [Fact]
    public void The_hosts_mount_of_a_path_is_found_with_its_peers()
    {
        const string Table =
            "20 1 8:1 / / rw - ext4 /dev/sda rw\n"
            + "21 20 0:5 / /mnt/a rw shared:7 - tmpfs tmpfs rw\n"
            + "22 21 0:6 / /mnt/a/with\\040blank rw master:7 - tmpfs tmpfs rw\n";
        Assert.Equal(("/", false, false), HostMounts.Find(Table, "/mnt/ab"));
        Assert.Equal(("/mnt/a", true, false), HostMounts.Find(Table, "/mnt/a/x"));
        Assert.Equal(("/mnt/a/with blank", false, true), HostMounts.Find(Table, "/mnt/a/with blank/y"));
    }

    private static string KindOf(string word) => word switch
    {
        "ro" or "rw" => "access",
        "z" or "Z" => "label",
        "nocopy" => "copy",
        "consistent" or "cached" or "delegated" => "consistency",
        _ => "propagation",
    };

    private static Mount Bind(Action<Mount> change) => With(new Mount { Type = "bind", Source = "/tmp", Target = "/x" }, change);

    private static Mount Volume(Action<Mount> change) => With(new Mount { Type = "volume", Source = "vv", Target = "/x" }, change);

    private static Mount With(Mount mount, Action<Mount> change)
    {
        change(mount);
        return mount;
    }

    private static void RefusesMount(string why, Mount mount)
        => Refuses($"invalid mount config for type \"{mount.Type}\": {why}", () => MountRequest.Parse(mount));

    private static void Refuses(string message, Func<object> act)
    {
        EngineException refused = Assert.Throws<EngineException>(() => { act(); });
        Assert.Equal((Refusal.InvalidArgument, message), (refused.Refusal, refused.Message));
    }
}
