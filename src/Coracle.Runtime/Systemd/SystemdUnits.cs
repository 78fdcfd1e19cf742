using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>systemd as the owner of cgroups: scopes for processes that we have made. Blocking; each verb is one short conversation.</summary>
/// <remarks>
/// Over systemd's own socket, which is there without a bus daemon and root's alone; where it is not (an engine in a container that was
/// given the bus), over the system bus.
/// </remarks>
public sealed class SystemdUnits
{
    /// <summary>Every monitor of this host, whichever container it serves.</summary>
    internal const string MonitorScope = "coracle-monitors.scope";

    private const string Destination = "org.freedesktop.systemd1";
    private const string Manager = "org.freedesktop.systemd1.Manager";
    private const string ManagerPath = "/org/freedesktop/systemd1";
    private const int StructAlignment = 8;

    /// <summary>A scope that is just ending is neither there nor away.</summary>
    private const int Tries = 5;

    private static readonly TimeSpan _usualLimit = TimeSpan.FromSeconds(30); // runc's

    private readonly string _privateSocket;
    private readonly string _busSocket;
    private readonly TimeSpan _limit;

    public SystemdUnits()
        : this("/run/systemd/private", "/run/dbus/system_bus_socket", _usualLimit)
    {
    }

    /// <param name="limit">Of one conversation.</param>
    internal SystemdUnits(string privateSocket, string busSocket, TimeSpan limit)
    {
        _limit = limit;
        _privateSocket = privateSocket;
        _busSocket = busSocket;
    }

    /// <summary>
    /// sd_booted(3)'s own test, and that process 1 is it as we see processes: to a systemd outside of our PID namespace the numbers that we
    /// hand over would be other processes, which it would move.
    /// </summary>
    public static bool IsRunning
        => IsBooted("/run/systemd") && KernelFile.TryRead("/proc/1/comm", out byte[]? name) && name.AsSpan().SequenceEqual("systemd\n"u8);

    internal static bool IsBooted(string directory)
    {
        try
        {
            using DirectoryHandle systemd = DirectoryHandle.Open(directory);
            return systemd.Exists("system");
        }
        catch (LinuxException failure) when (failure.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return false; // a root without /run is an initramfs's, or somebody's own
        }
    }

    /// <summary>Makes the cgroup that a container's process waits in a scope of systemd's, with its limits. Returns when it is one.</summary>
    /// <param name="monitor">The process that stays with it, which gets a place of its own beside.</param>
    /// <exception cref="IOException">systemd refuses, or does not answer.</exception>
    internal void StartScope(ScopeName scope, ResourceSpec limits, int pid, int monitor)
    {
        using DBusConnection systemd = Connect();
        Adopt(systemd, monitor);
        Create(systemd, scope.Unit, writer =>
        {
            ScopeProperties.AddCommon(writer, "coracle container " + scope.Unit["coracle-".Length..^".scope".Length], scope.Slice, pid);
            ScopeProperties.AddLimits(writer, limits);
        });
    }

    /// <summary>Puts a process where monitors are.</summary>
    /// <exception cref="IOException">systemd does not answer.</exception>
    internal void AdoptMonitor(int pid)
    {
        using DBusConnection systemd = Connect();
        Adopt(systemd, pid);
    }

    /// <summary>
    /// Ends a scope whose container has ended. systemd does that by itself when it sees the cgroup empty; one that was emptied and removed
    /// in the same instant it does not see, and keeps for ever.
    /// </summary>
    /// <exception cref="IOException">systemd does not answer.</exception>
    internal void StopScope(string unit)
    {
        using DBusConnection systemd = Connect();
        Stop(systemd, unit);
    }

    /// <summary>So that no stop of the engine's service, whatever its KillMode, reaches it. What fails is left: the monitor is out of the service already.</summary>
    private static void Adopt(DBusConnection systemd, int monitor)
    {
        for (int tries = 0; tries < Tries; tries++)
        {
            try
            {
                if (!TryAttach(systemd, monitor))
                {
                    Create(systemd, MonitorScope, writer =>
                    {
                        ScopeProperties.AddCommon(writer, "coracle monitors", "system.slice", monitor);
                        ScopeProperties.Add(writer, "TasksMax", ScopeProperties.Infinity);
                    });
                }

                return;
            }
            catch (DBusException)
            {
                // It has come or gone meanwhile.
            }
        }
    }

    private static bool TryAttach(DBusConnection systemd, int pid)
    {
        try
        {
            _ = systemd.Call(ManagerPath, Manager, "AttachProcessesToUnit", "ssau", writer =>
            {
                writer.Text(MonitorScope);
                writer.Text("");
                int array = writer.BeginArray(sizeof(uint));
                writer.UInt32((uint)pid);
                writer.EndArray(array, sizeof(uint));
            });
            return true;
        }
        catch (DBusException)
        {
            return false;
        }
    }

    /// <summary>One that is not there, or not any more, is stopped.</summary>
    private static void Stop(DBusConnection systemd, string unit)
    {
        try
        {
            DBusMessage reply = systemd.Call(ManagerPath, Manager, "StopUnit", "ss", writer =>
            {
                writer.Text(unit);
                writer.Text("replace");
            });
            _ = Await(systemd, reply);
            _ = systemd.Call(ManagerPath, Manager, "ResetFailedUnit", "s", writer => writer.Text(unit));
        }
        catch (DBusException)
        {
            // NoSuchUnit, before or after.
        }
    }

    /// <remarks>
    /// A unit of this name that is there still (UnitExists) is an error, not one to be stopped: the process stands in its cgroup by now, and
    /// would be killed with it. <see cref="CgroupDriver.Forget"/> comes before.
    /// </remarks>
    private static void Create(DBusConnection systemd, string unit, Action<DBusWriter> properties)
    {
        DBusMessage reply = systemd.Call(ManagerPath, Manager, "StartTransientUnit", "ssa(sv)a(sa(sv))", writer =>
        {
            writer.Text(unit);
            writer.Text("replace");
            int array = writer.BeginArray(StructAlignment);
            properties(writer);
            writer.EndArray(array, StructAlignment);
            int auxiliary = writer.BeginArray(StructAlignment);
            writer.EndArray(auxiliary, StructAlignment);
        });
        string result = Await(systemd, reply);
        if (result != "done")
        {
            throw new IOException($"error creating systemd unit `{unit}`: got `{result}`");
        }
    }

    private static string JobOf(DBusMessage reply)
        => reply.Signature == "o" ? new DBusReader(reply.Body.Span, 0).Text() : throw new IOException("systemd named no job");

    /// <param name="order">The reply that named the job. On a bus anybody may send us a signal, but nobody else has its sender's name.</param>
    /// <returns>How the job ended.</returns>
    private static string Await(DBusConnection systemd, DBusMessage order)
    {
        string job = JobOf(order);
        while (true)
        {
            DBusMessage message = systemd.Receive();
            if (message is { Kind: DBusMessageKind.Signal, Name: "JobRemoved", Signature: "uoss" } && message.Sender == order.Sender)
            {
                var arguments = new DBusReader(message.Body.Span, 0);
                _ = arguments.UInt32();
                bool ours = arguments.Text() == job;
                _ = arguments.Text(); // the unit
                string result = arguments.Text();
                if (ours)
                {
                    return result;
                }
            }
        }
    }

    private DBusConnection Connect()
    {
        try
        {
            return DBusConnection.Open(_privateSocket, "", _limit);
        }
        catch (LinuxException failure) when (failure.Errno != Errno.EAGAIN)
        {
            // Not of a systemd that is there and silent: over the bus it would be the same one, and the wait twice as long.
            DBusConnection bus = DBusConnection.Open(_busSocket, Destination, _limit);
            bus.AddMatch($"type='signal',sender='{Destination}',interface='{Manager}',member='JobRemoved'");
            _ = bus.Call(ManagerPath, Manager, "Subscribe", "", static _ => { });
            return bus;
        }
    }
}
