using System.Diagnostics;
using Coracle.Linux;
using Coracle.Storage;

namespace Coracle.Tests.Storage;

/// <summary>At each crash point the data root is copied as it is then; a store opened on the copy is what the next boot finds.</summary>
public sealed class VolumeCrashTests : IDisposable
{
    private readonly TemporaryStore _store = new();
    private readonly Dictionary<string, string> _copies = [];

    public void Dispose()
    {
        CrashPoint.Observer = null;
        _store.Dispose();
    }

    [Fact]
    public void Wherever_a_creation_is_cut_there_is_a_whole_volume_or_none()
    {
        Watch();
        Assert.True(_store.Store.Volumes.TryCreate(Record("data")));
        CheckEvery(["staging:create", "volume:staged", "volume:renamed", "volume:durable"], (volumes, _) =>
        {
            if (volumes.Find("data") is { } found)
            {
                Assert.Equal("b", found.Labels!["a"]);
                Assert.True(volumes.IsEmpty("data"));
            }

            volumes.TryCreate(Record("data"));
            Assert.NotNull(volumes.Find("data"));
        });
    }

    [Fact]
    public void Wherever_a_removal_is_cut_the_volume_is_whole_or_gone()
    {
        _store.Store.Volumes.TryCreate(Record("data"));
        File.WriteAllText(_store.Store.Volumes.DataPath("data") + "/f", "kept");
        Watch();
        Assert.True(_store.Store.Volumes.Remove("data"));
        CheckEvery(["staging:taken", "staging:removing"], (volumes, _) =>
        {
            if (volumes.Find("data") is not null)
            {
                Assert.Equal("kept", File.ReadAllText(volumes.DataPath("data") + "/f"));
            }
        });
    }

    [Fact]
    public void Wherever_filling_a_volume_is_cut_it_has_all_of_the_image_or_nothing()
    {
        VolumeStore here = _store.Store.Volumes;
        here.TryCreate(Record("data"));
        Directory.CreateDirectory(_store.Path + "/tree/sub");
        File.WriteAllText(_store.Path + "/tree/sub/f", "content");
        using DirectoryHandle source = DirectoryHandle.Open(_store.Path + "/tree");
        Watch();
        Fill(here, source);
        CheckEvery(["staging:create", "volume:copying", "volume:copied", "volume:populated"], (volumes, point) =>
        {
            bool filled = !volumes.IsEmpty("data");
            Assert.Equal(point == "volume:populated", filled);
            Fill(volumes, source);
            Assert.Equal("content", File.ReadAllText(volumes.DataPath("data") + "/sub/f"));
        });
    }

    [Fact]
    public void Wherever_a_change_of_the_record_is_cut_it_says_the_old_or_the_new()
    {
        _store.Store.Volumes.TryCreate(Record("data") with { Owner = "container" });
        Watch();
        Assert.True(_store.Store.Volumes.Update("data", record => record with { Owner = "" }));
        CheckEvery(["durable:written", "durable:renamed", "volume:updated"], (volumes, point) =>
        {
            Assert.Equal(point is "durable:written" or "durable:flushed" ? "container" : "", volumes.Find("data")!.Owner);
            Assert.Equal("b", volumes.Find("data")!.Labels!["a"]);
        });
    }

    private static VolumeRecord Record(string name) => new(name, DateTimeOffset.UnixEpoch, new Dictionary<string, string> { ["a"] = "b" });

    private static void Fill(VolumeStore volumes, DirectoryHandle source)
    {
        using VolumeCopy copy = volumes.Copy("data", source);
        volumes.Place(copy, isMounted: false);
    }

    private void CheckEvery(string[] expected, Action<VolumeStore, string> check)
    {
        CrashPoint.Observer = null;
        foreach (string point in expected)
        {
            Assert.Contains(point, _copies.Keys);
        }

        foreach ((string point, string copy) in _copies)
        {
            using Store next = TemporaryStore.Open(copy);
            Assert.Empty(Directory.EnumerateFileSystemEntries(copy + "/staging"));
            check(next.Volumes, point);
        }
    }

    private void Watch() => CrashPoint.Observer = point =>
    {
        if (!_copies.ContainsKey(point))
        {
            string copy = $"{_store.Path}/at-{point}";
            using Process process = Process.Start("cp", ["-a", _store.Root, copy]);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            _copies[point] = copy;
        }
    };
}
