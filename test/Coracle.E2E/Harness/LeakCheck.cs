using System.Collections.Concurrent;
using System.Text.Json;

namespace Coracle.E2E;

/// <summary>
/// After every test the engine must be as it was before the first: no mount, namespace, process, cgroup or transient file of a
/// container is left. Containers are known by their ids, which an event stream brings, so another engine on this machine disturbs nothing.
/// </summary>
internal sealed class LeakCheck(Engine engine) : IDisposable
{
    private const int AnonymousNameLength = 64;
    private const int ReconnectMilliseconds = 20;

    private readonly ConcurrentDictionary<string, bool> _ids = new();
    private readonly CancellationTokenSource _stop = new();
    private HashSet<string> _baseline = [];
    private Task? _listening;

    /// <summary>Starts to listen for containers and takes what there is now as what may be there.</summary>
    public void TakeBaseline()
    {
        _listening = ListenAsync();
        _baseline = [.. Leftovers()];
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>Removes what the test left on purpose, then waits for the engine to be clean.</summary>
    public async Task CleanAndCheckAsync()
    {
        foreach (JsonElement container in (await engine.Api.GetAsync("/containers/json?all=1")).Has(200).Json.EnumerateArray())
        {
            string id = container.GetProperty("Id").GetString()!;
            _ids[id] = true;
            await engine.Api.SendAsync(HttpMethod.Delete, $"/containers/{id}?force=1&v=1");
        }

        await RemoveNamedVolumesAsync();
        string[] left = [];
        await Deadline.HoldsAsync("the engine to leave nothing behind", () => (left = [.. Leftovers().Except(_baseline)]).Length == 0,
            () => $"left over:\n{string.Join('\n', left)}\n{engine.LogTail}");
    }

    /// <summary>Those that a test named are its own to leave; one that nobody named and no container has is a leak, and stays to be seen.</summary>
    private async Task RemoveNamedVolumesAsync()
    {
        foreach (JsonElement volume in (await engine.Api.GetAsync("/volumes")).Has(200).Json.GetProperty("Volumes").EnumerateArray())
        {
            string name = volume.GetProperty("Name").GetString()!;
            if (name.Length != AnonymousNameLength || !name.All(char.IsAsciiHexDigitLower))
            {
                await engine.Api.SendAsync(HttpMethod.Delete, $"/volumes/{name}");
            }
        }
    }

    /// <summary>Everything on this machine that exists because of our engine's containers and pulls, one line each.</summary>
    public IEnumerable<string> Leftovers()
        => Mounts().Concat(LiveProcesses()).Concat(Processes.CgroupsNaming([.. _ids.Keys]).Select(c => "cgroup " + c)).Concat(TransientFiles());

    private IEnumerable<string> Mounts() => Processes.MountsBelow(engine.Root).Select(m => "mount " + m);

    /// <summary>By command line, directory and root, and by the cgroup's name: a container's process says nothing else about its engine.</summary>
    private IEnumerable<string> LiveProcesses()
        => Processes.All().Where(id => id != engine.ProcessId && id != System.Environment.ProcessId && IsOurs(id) && !IsHelper(id))
            .Select(id => $"process {id}: {Processes.CommandLine(id)}");

    /// <summary>dockerd's containerd: as much the engine as dockerd itself.</summary>
    private bool IsHelper(int id) => Processes.ParentOf(id) == engine.ProcessId && Processes.Read(id, "comm").Trim() == "containerd";

    private bool IsOurs(int id)
    {
        string place = engine.Root + "/";
        string cgroup = Processes.Read(id, "cgroup");
        return Processes.CommandLine(id).Contains(place, StringComparison.Ordinal)
            || Processes.LinkOf(id, "cwd")?.StartsWith(place, StringComparison.Ordinal) == true
            || Processes.LinkOf(id, "root")?.StartsWith(place, StringComparison.Ordinal) == true
            || _ids.Keys.Any(container => cgroup.Contains(container, StringComparison.Ordinal))
            || (Processes.CommandLine(id) is { } line && line.StartsWith("coracle-monitor ", StringComparison.Ordinal) && _ids.Keys.Any(line.Contains));
    }

    /// <remarks>
    /// dockerd sweeps exec/netns once a minute; its mounts there, which hold the namespaces, are seen as mounts. Our keeper's lock and its
    /// socket's file stay for the next one; that it has gone itself is seen by the process.
    /// </remarks>
    private IEnumerable<string> TransientFiles()
    {
        string[] places = Engine.Kind == EngineKind.Docker
            ? ["exec/containerd/io.containerd.runtime.v2.task/moby", "exec/runtime-runc/moby", "data/containers", "data/tmp", "data/image/overlay2/layerdb/mounts", "data/volumes"]
            : ["exec", "exec/containers", "exec/records", "data/staging", "data/containers", "data/volumes"];
        return places.Select(p => Path.Combine(engine.Root, p)).Where(Directory.Exists).SelectMany(Directory.EnumerateFileSystemEntries).Where(f => !f.EndsWith("/exec/containers", StringComparison.Ordinal) && Path.GetFileName(f) is not ("keeper.lock" or "keeper.sock"))
            .Select(f => "file " + f);
    }

    /// <summary>Again and again: a test may kill the engine and start it again.</summary>
    private async Task ListenAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ListenOnceAsync();
                await Task.Delay(ReconnectMilliseconds, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ListenOnceAsync()
    {
        try
        {
            using HttpResponseMessage answer = await engine.Api.OpenAsync(HttpMethod.Get, "/events?since=1&filters=" + Uri.EscapeDataString("""{"type":["container"]}"""));
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(_stop.Token));
            while (await reader.ReadLineAsync(_stop.Token) is string line)
            {
                using JsonDocument message = JsonDocument.Parse(line);
                if (message.RootElement.GetProperty("Actor").GetProperty("ID").GetString() is { Length: > 0 } id)
                {
                    _ids[id] = true; // a prune names no container
                }
            }
        }
        catch (Exception ended) when (ended is IOException or HttpRequestException or JsonException)
        {
            // The engine stops, is killed, or the tests are over.
        }
    }
}
