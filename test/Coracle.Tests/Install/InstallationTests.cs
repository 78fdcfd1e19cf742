using System.Runtime.Versioning;
using System.Text;
using Coracle.Linux;

namespace Coracle.Tests.Install;

[SupportedOSPlatform("linux")]
public sealed class InstallationTests : IDisposable
{
    private static readonly byte[] _program = "the file"u8.ToArray();

    private readonly string _root = Directory.CreateTempSubdirectory("ci-").FullName;

    public InstallationTests()
    {
        Directory.CreateDirectory(At("/etc"));
        File.WriteAllText(At("/etc/group"), "root:x:0:\ndaemon:x:999:\n");
    }

    private string At(string path) => _root + path;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private Dictionary<string, InstallOutcome> Walk(
        bool isInstall, string name = "coracle", InitSystem init = InitSystem.Systemd, bool force = false, bool dryRun = false, byte[]? program = null)
    {
        IReadOnlyList<InstallStep> steps = InstallPlan.For(new InstallOptions { Service = ServiceName.Parse(name) }, init);
        using DirectoryHandle root = DirectoryHandle.Open(_root);
        Installation installation = new(root, program ?? _program, force, dryRun);
        return (isInstall ? steps : steps.Reverse()).ToDictionary(s => s.Path, s => isInstall ? installation.Apply(s) : installation.Undo(s));
    }

    [Fact]
    public void It_makes_everything_once_and_nothing_the_second_time()
    {
        Assert.All(Walk(isInstall: true).Values, o => Assert.True(o is InstallOutcome.Made));
        Assert.Equal(_program, File.ReadAllBytes(At("/usr/local/bin/coracle")));
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(At("/usr/local/bin/coracle")));
        Assert.Contains("ExecStart=/usr/local/bin/coracle daemon -H fd://\n", File.ReadAllText(At("/etc/systemd/system/coracle.service")));
        Assert.Equal("root:x:0:\ndaemon:x:999:\ncoracle:x:998:\n", File.ReadAllText(At("/etc/group")));
        Assert.Equal("{}\n", File.ReadAllText(At("/etc/coracle/daemon.json")));
        Assert.All(Walk(isInstall: true).Values, o => Assert.True(o is InstallOutcome.Unchanged));
    }

    [Fact]
    public void A_dry_run_says_the_same_and_touches_nothing()
    {
        Assert.All(Walk(isInstall: true, dryRun: true).Values, o => Assert.True(o is InstallOutcome.Made));
        Assert.Equal([At("/etc/group")], Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_newer_file_replaces_the_older_and_edits_stay()
    {
        Walk(isInstall: true);
        File.AppendAllText(At("/etc/systemd/system/coracle.service"), "# mine\n");
        File.WriteAllText(At("/etc/coracle/daemon.json"), "{\"debug\":true}");
        Dictionary<string, InstallOutcome> again = Walk(isInstall: true, program: "newer"u8.ToArray());
        Assert.Equal(InstallOutcome.Replaced, again["/usr/local/bin/coracle"]);
        Assert.Equal(InstallOutcome.KeptEdited, again["/etc/systemd/system/coracle.service"]);
        Assert.Equal(InstallOutcome.Unchanged, again["/etc/systemd/system/coracle.socket"]);
        Assert.Equal("{\"debug\":true}", File.ReadAllText(At("/etc/coracle/daemon.json")));
        Assert.Equal(InstallOutcome.Replaced, Walk(isInstall: true, force: true)["/etc/systemd/system/coracle.service"]);
    }

    [Fact]
    public void An_older_versions_unedited_unit_is_replaced()
    {
        Directory.CreateDirectory(At("/etc/systemd/system"));
        File.WriteAllBytes(At("/etc/systemd/system/coracle.service"), MarkedText.Write("[Unit]\nDescription=an older text\n"));
        Assert.Equal(InstallOutcome.Replaced, Walk(isInstall: true)["/etc/systemd/system/coracle.service"]);
    }

    [Fact]
    public void As_dockerd_it_has_dockers_names_and_leaves_dockers_own_file_alone()
    {
        Directory.CreateDirectory(At("/usr/local/bin"));
        File.WriteAllText(At("/usr/local/bin/docker"), "the real one");
        Dictionary<string, InstallOutcome> made = Walk(isInstall: true, name: "dockerd");
        Assert.Equal(InstallOutcome.KeptForeign, made["/usr/local/bin/docker"]);
        Assert.Equal("coracle", new FileInfo(At("/usr/local/bin/dockerd")).LinkTarget);
        Assert.Contains("ExecStart=/usr/local/bin/dockerd -H fd://\n", File.ReadAllText(At("/etc/systemd/system/docker.service")));
        string socket = File.ReadAllText(At("/etc/systemd/system/docker.socket"));
        Assert.Contains("ListenStream=/run/docker.sock\n", socket);
        Assert.Contains("SocketGroup=docker\n", socket);
        Assert.Equal(InstallOutcome.KeptForeign, Walk(isInstall: false, name: "dockerd")["/usr/local/bin/docker"]);
        Assert.Equal("the real one", File.ReadAllText(At("/usr/local/bin/docker")));
    }

    [Theory]
    [InlineData("coracle", InitSystem.SysV, "/etc/init.d/coracle", "program=\"/usr/local/bin/coracle\"\narguments=\"daemon\"\n")]
    [InlineData("balenad", InitSystem.SysV, "/etc/init.d/balena-engine", "program=\"/usr/local/bin/balenad\"\narguments=\"\"\npidfile=\"/run/balena-engine.pid\"\n")]
    [InlineData("coracle", InitSystem.BusyBox, "/etc/init.d/S90coracle", "program=\"/usr/local/bin/coracle\"\n")]
    [InlineData("dockerd", InitSystem.OpenRc, "/etc/init.d/docker", "command=\"/usr/local/bin/dockerd\"\ncommand_args=\"\"\n")]
    internal void Where_there_is_no_systemd_a_script_is_written(string name, InitSystem init, string path, string words)
    {
        Walk(isInstall: true, name, init);
        Assert.Contains(words, File.ReadAllText(At(path)));
        Assert.True(File.GetUnixFileMode(At(path)).HasFlag(UnixFileMode.UserExecute));
        Assert.False(Directory.Exists(At("/etc/systemd")));
    }

    [Fact]
    public void Uninstall_leaves_the_operators_things()
    {
        Walk(isInstall: true);
        Dictionary<string, InstallOutcome> gone = Walk(isInstall: false);
        Assert.Equal((InstallOutcome.Removed, InstallOutcome.Left, InstallOutcome.Left),
            (gone["/usr/local/bin/coracle"], gone["/etc/group"], gone["/etc/coracle/daemon.json"]));
        Assert.Equal(
            [At("/etc/coracle/daemon.json"), At("/etc/group")],
            Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        Walk(isInstall: false);
    }

    [Fact]
    public void The_shadow_file_gets_its_line_and_keeps_its_mode()
    {
        File.WriteAllText(At("/etc/gshadow"), "root:*::");
        File.SetUnixFileMode(At("/etc/gshadow"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Walk(isInstall: true);
        Assert.Equal("root:*::\ncoracle:!::\n", File.ReadAllText(At("/etc/gshadow")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(At("/etc/gshadow")));
    }

    [Fact]
    public void A_link_in_the_root_does_not_lead_out_of_it()
    {
        string outside = Directory.CreateTempSubdirectory("co-").FullName;
        Directory.CreateDirectory(At("/usr"));
        Directory.CreateDirectory(At("/local"));
        Directory.CreateSymbolicLink(At("/usr/local"), "/local"); // absolute: of the root that is installed to
        Walk(isInstall: true);
        Assert.True(File.Exists(At("/local/bin/coracle")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Directory.Delete(outside);
    }

    [Fact]
    public void Full_of_groups_is_an_error()
        => Assert.Throws<IOException>(() => GroupFile.With(
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(100, 900).Select(id => $"g{id}:x:{id}:\n"))), "coracle"));

    [Fact]
    public void An_init_system_is_known_by_its_files()
    {
        Assert.Equal(InitSystem.SysV, Found());
        Directory.CreateDirectory(At("/etc/init.d"));
        File.WriteAllText(At("/etc/init.d/rcS"), "");
        Assert.Equal(InitSystem.BusyBox, Found());
        Directory.CreateDirectory(At("/sbin"));
        File.WriteAllText(At("/sbin/openrc-run"), "");
        Assert.Equal(InitSystem.OpenRc, Found());
        Directory.CreateDirectory(At("/usr/lib/systemd"));
        File.WriteAllText(At("/usr/lib/systemd/systemd"), "");
        Assert.Equal(InitSystem.Systemd, Found());

        InitSystem Found()
        {
            using DirectoryHandle root = DirectoryHandle.Open(_root);
            return InitSystems.In(root);
        }
    }

    [Theory]
    [InlineData("unknown flag or argument: --nonsense", "--nonsense")]
    [InlineData("flag needs an argument: --root", "--root")]
    [InlineData("--prefix must be an absolute path: 'here'", "--prefix", "here")]
    [InlineData("--name podman: it is coracle, dockerd or balenad", "--name=podman")]
    public void A_wrong_option_is_named(string words, params string[] args)
        => Assert.Contains(words, Assert.Throws<OptionsException>(() => InstallOptions.Parse(args)).Message);
}
