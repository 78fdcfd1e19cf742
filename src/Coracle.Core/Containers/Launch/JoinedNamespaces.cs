using System.Globalization;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Core;

/// <summary>
/// The namespaces of other containers that one shares (<c>--pid container:</c>, <c>--ipc container:</c>). They are opened here, while the
/// other container's monitor vouches for its process, and named to the new monitor by our own descriptors: a number in /proc could be
/// somebody else's by the time it is looked up. Dispose once the process exists.
/// </summary>
internal sealed class JoinedNamespaces(Func<string, Container>? find) : IDisposable
{
    private const string Prefix = "container:";

    private readonly List<SafeFileHandle> _held = [];

    /// <summary>The container that a mode names, or null when it names none.</summary>
    public static string? TargetOf(string mode) => mode.StartsWith(Prefix, StringComparison.Ordinal) ? mode[Prefix.Length..] : null;

    /// <summary>The same mode with a full id, which a rename does not change.</summary>
    /// <exception cref="EngineException">No such container.</exception>
    public static string Resolve(string mode, ContainerStore containers)
        => TargetOf(mode) is string target ? Prefix + containers.Get(target).Id : mode;

    /// <exception cref="EngineException">A container that is to be joined is gone, does not run, or does not share.</exception>
    public async Task<LaunchSpec> JoinAsync(LaunchSpec spec, HostConfig host, CancellationToken cancellationToken)
    {
        IsolationSpec isolation = spec.Isolation;
        if (TargetOf(host.PidMode) is string pid)
        {
            isolation = isolation with { Pid = await OpenAsync(Find(pid), "pid", "", cancellationToken) };
        }

        if (TargetOf(host.IpcMode) is not string ipc)
        {
            return spec with { Isolation = isolation };
        }

        Container donor = Find(ipc);
        string complaint = $"can't join IPC of container {donor.Id}: ";
        if (donor.Record.HostConfig.IpcMode is not ("shareable" or "host"))
        {
            throw new EngineException(Refusal.Failed, complaint + "non-shareable IPC (hint: use IpcMode:shareable for the donor container)");
        }

        isolation = isolation with { Ipc = await OpenAsync(donor, "ipc", complaint, cancellationToken) };
        NamespaceChoice mounts = await OpenAsync(donor, "mnt", complaint, cancellationToken);
        return spec with { Isolation = isolation, SharedMemoryOf = mounts.Path };
    }

    public void Dispose()
    {
        foreach (SafeFileHandle handle in _held)
        {
            handle.Dispose();
        }
    }

    private Container Find(string id) => find?.Invoke(id) ?? throw new EngineException(Refusal.NotFound, "No such container: " + id);

    private async Task<NamespaceChoice> OpenAsync(Container container, string kind, string complaint, CancellationToken cancellationToken)
    {
        EngineException notRunning = new(Refusal.Conflict, $"{complaint}container {container.Id} is not running");
        IContainerTask task = container.RunningTask ?? throw notRunning;
        try
        {
            SafeFileHandle space = NamespaceVisit.Open($"/proc/{Number(task.Pid)}/ns/{kind}");
            _held.Add(space);
            return await task.IsRunningAsync(cancellationToken)
                ? new NamespaceChoice(NamespaceMode.Join, $"/proc/{Number(ThisProcess.Id)}/fd/{Number((int)space.DangerousGetHandle())}")
                : throw notRunning;
        }
        catch (IOException)
        {
            throw notRunning; // it ended meanwhile
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
