using System.Globalization;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Core;

/// <summary>
/// The namespaces of other containers that one shares (<c>--pid</c>, <c>--ipc</c> and <c>--network container:</c>). They are opened here, while the
/// other container's monitor vouches for its process, and named to the new monitor by our own descriptors: a number in /proc could be
/// somebody else's by the time it is looked up. Dispose once the process exists.
/// </summary>
internal sealed class JoinedNamespaces(Func<string, Container>? find) : IDisposable
{
    /// <summary>A container whose network is another's, whose network is another's: not one of them has to run, so it may be a circle.</summary>
    public const int MostInARow = 16;

    private const string Prefix = "container:";

    private readonly List<SafeFileHandle> _held = [];

    /// <summary>The container that a mode names, or null when it names none.</summary>
    public static string? TargetOf(string mode)
        => mode.StartsWith(Prefix, StringComparison.Ordinal) && mode.Length > Prefix.Length ? mode[Prefix.Length..] : null;

    /// <summary>The same mode with a full id, which a rename does not change.</summary>
    /// <exception cref="EngineException">No such container.</exception>
    public static string Resolve(string mode, ContainerStore containers)
        => TargetOf(mode) is string target ? Prefix + containers.Get(target).Id : mode;

    /// <summary>As <see cref="Resolve"/>, but a container that is not there may come later.</summary>
    public static string ResolveIfThere(string mode, ContainerStore containers)
    {
        try
        {
            return Resolve(mode, containers);
        }
        catch (EngineException e) when (e.Refusal == Refusal.NotFound)
        {
            return mode;
        }
    }

    /// <summary>Whose network a container has: its own, or that of the one at the end of the row. Its addresses and files are that one's.</summary>
    /// <param name="find">Throws when there is no such container.</param>
    /// <exception cref="EngineException">Gone, or a circle.</exception>
    public static ContainerRecord NetworkOwnerOf(ContainerRecord record, Func<string, ContainerRecord> find)
    {
        ContainerRecord owner = record;
        for (int depth = 0; TargetOf(owner.HostConfig.NetworkMode) is string target; depth++)
        {
            owner = FindDonor(target, find);
            if (owner.Id == record.Id || depth == MostInARow)
            {
                throw new EngineException(Refusal.Failed, "cannot join own network namespace");
            }
        }

        return owner;
    }

    /// <exception cref="EngineException">A container that is to be joined is gone, does not run, or does not share.</exception>
    public async Task<LaunchSpec> JoinAsync(LaunchSpec spec, HostConfig host, CancellationToken cancellationToken)
    {
        IsolationSpec isolation = spec.Isolation;
        if (TargetOf(host.NetworkMode) is string network)
        {
            isolation = isolation with { Network = await OpenNetworkAsync(network, cancellationToken) };
        }

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

    private async Task<NamespaceChoice> OpenNetworkAsync(string target, CancellationToken cancellationToken)
    {
        Container donor = FindDonor(target, Find);
        return await OpenAsync(
            donor,
            "net",
            new EngineException(
                Refusal.Conflict,
                $"cannot join network namespace of a non running container: container {donor.Record.Name} is {donor.State.Status}"),
            cancellationToken);
    }

    private static T FindDonor<T>(string id, Func<string, T> find)
    {
        try
        {
            return find(id);
        }
        catch (EngineException e) when (e.Refusal == Refusal.NotFound)
        {
            throw new EngineException(Refusal.Failed, "joining network namespace of container: " + e.Message, e);
        }
    }

    private Task<NamespaceChoice> OpenAsync(Container container, string kind, string complaint, CancellationToken cancellationToken)
        => OpenAsync(
            container, kind, new EngineException(Refusal.Conflict, $"{complaint}container {container.Id} is not running"), cancellationToken);

    private async Task<NamespaceChoice> OpenAsync(Container container, string kind, EngineException notRunning, CancellationToken cancellationToken)
    {
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
