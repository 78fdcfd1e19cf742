namespace Coracle.E2E;

/// <summary>
/// An engine of ours and a dockerd that were both started by somebody strange: in a hurry, on one processor, with narrow limits, signals
/// ignored, descriptors left open. Whatever of it reaches a container was inherited by chance.
/// </summary>
public sealed class OddPair : IAsyncDisposable
{
    // Lowering oom_score_adj needs CAP_SYS_RESOURCE, which test machines may lack: then at least it is not 0.
    private const string Oddities = """
        ulimit -Sn 1000; ulimit -Hn 4096; ulimit -c 1000; ulimit -s 4096
        umask 0077; trap '' PIPE HUP USR1 CHLD; exec 7</etc/passwd 8>/dev/null 9</etc
        renice -n -5 -p $$ >/dev/null; ionice -c 2 -n 2 -p $$; taskset -p 1 $$ >/dev/null
        echo -900 > /proc/self/oom_score_adj 2>/dev/null || echo 100 > /proc/self/oom_score_adj
        """;

    private Engine? _ours;
    private ReferenceEngine? _dockers;

    /// <summary>Our engine's directory.</summary>
    internal Engine Ours => _ours ?? throw new InvalidOperationException("not started");

    /// <summary>Both, with the image in both.</summary>
    internal async Task<(DockerCli Ours, ReferenceEngine Dockers)> StartAsync(string image)
    {
        if (_ours is null)
        {
            _ours = await Engine.StartAsync(new EngineSetting(Oddities));
            await new DockerCli(DockerCli.Newest, _ours).SayAsync("pull", "-q", image);
        }

        if (_dockers is null)
        {
            _dockers = await ReferenceEngine.StartAsync(Oddities);
            (await _dockers.RunAsync("pull", "-q", image)).Succeeds();
        }

        return (new DockerCli(DockerCli.Newest, _ours), _dockers);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await (_dockers?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        finally
        {
            await (_ours?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }
}
