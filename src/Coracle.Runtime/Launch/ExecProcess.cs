using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>
/// A further process of a container that runs, on its way into it. The monitor does not wait for it: what it runs into inside (a full
/// processor share, a file system that hangs) must not hold up the container's own streams.
/// </summary>
internal sealed class ExecProcess : IDisposable
{
    private readonly LaunchedChild _child;
    private readonly LaunchWords _words;

    private ExecProcess(LaunchedChild child, LaunchWords words)
    {
        _child = child;
        _words = words;
    }

    /// <summary>Changes until it is <see cref="LaunchProgress.Ready"/>.</summary>
    public int Pid => _child.Pid;

    public SafeFileHandle PidFd => _child.PidFd;

    /// <summary>Readable in poll when <see cref="Advance"/> has news.</summary>
    public SafeFileHandle Status => _child.Status;

    /// <param name="container">The container's first process, which lives or is a zombie of ours: its number is its own.</param>
    /// <param name="ends">Kept by the caller.</param>
    /// <exception cref="LaunchFailedException">Nothing is left of the attempt.</exception>
    public static ExecProcess Begin(ExecSpec spec, PreparedProcess container, IReadOnlyList<CgroupPlace> cgroups, ProcessEnds ends)
    {
        ProcessSpec process = spec.Process;
        if (process.Arguments.Count == 0)
        {
            throw new LaunchFailedException(LaunchFailureKind.Other, "no command specified");
        }

        if (!process.WorkingDirectory.StartsWith('/'))
        {
            throw LaunchWords.RelativeDirectory();
        }

        try
        {
            ContainerUser user = FindUser(container.Pid, process);
            IReadOnlyList<string> environment = ProgramSearch.Complete(process.Environment, user.Home);
            IReadOnlyList<string> candidates = ProgramSearch.Candidates(process.Arguments[0], environment);
            using var raised = new RaisedStreams(ends, container.PidFd, user);
            using LaunchPlan plan = LaunchPlanner.WriteExec(spec, new LaunchInputs
            {
                Cgroups = cgroups,
                Stdin = raised.Stdin,
                Stdout = raised.Stdout,
                Stderr = raised.Stderr,
                Container = raised.Container,
                User = user,
                Candidates = candidates,
                Environment = environment,
                Grantable = CapabilitySet.Grantable,
            });
            LaunchedChild child = plan.Begin(newPidNamespace: false);
            child.SetNonBlocking();
            return new ExecProcess(child, new LaunchWords(process.Arguments[0], candidates, exec: true));
        }
        catch (LinuxException failure)
        {
            throw LaunchWords.ExecFailure(failure);
        }
    }

    /// <summary>A terminal of the container's own devpts.</summary>
    /// <param name="containerPid">Of its first process.</param>
    public static TerminalPair OpenTerminal(int containerPid)
    {
        try
        {
            using DirectoryHandle root = RootOf(containerPid);
            using DirectoryHandle devpts = root.OpenInside("dev/pts"u8);
            return TerminalPair.Open(devpts);
        }
        catch (LinuxException failure)
        {
            throw LaunchWords.ExecFailure(failure);
        }
    }

    /// <summary>News of it; never waits.</summary>
    /// <exception cref="LaunchFailedException">It came to nothing; to be disposed of.</exception>
    public LaunchProgress Advance()
    {
        try
        {
            return _child.Advance();
        }
        catch (LaunchStepException failure)
        {
            throw _words.Explain(failure);
        }
        catch (LinuxException failure)
        {
            throw LaunchWords.ExecFailure(failure);
        }
    }

    /// <summary>Lets it execute; whether it has, <see cref="Advance"/> tells.</summary>
    public void Go() => _child.Go();

    /// <summary>Kills it if it has not executed; reaping is the caller's in any case.</summary>
    public void Dispose()
    {
        _child.Kill();
        _child.Dispose();
    }

    private static ContainerUser FindUser(int containerPid, ProcessSpec process)
    {
        using DirectoryHandle root = RootOf(containerPid);
        return ContainerUser.Resolve(
            process.User, process.GroupAdd, AccountFile.Read(root, "etc/passwd"), AccountFile.Read(root, "etc/group"));
    }

    /// <summary>With its mounts: what is below it is what its processes see.</summary>
    private static DirectoryHandle RootOf(int containerPid)
        => DirectoryHandle.Open("/proc/" + containerPid.ToString(System.Globalization.CultureInfo.InvariantCulture) + "/root");

    /// <summary>Duplicates out of the way of the numbers that the child moves things to.</summary>
    private sealed class RaisedStreams(ProcessEnds ends, SafeFileHandle container, ContainerUser user) : IDisposable
    {
        private readonly SafeFileHandle _stdin = Raise(ends.Stdin, user);
        private readonly SafeFileHandle _stdout = Raise(ends.Stdout, user);
        private readonly SafeFileHandle _stderr = Raise(ends.Stderr, user);
        private readonly SafeFileHandle _container = LaunchPlan.Raise(container);

        public int Stdin => Number(_stdin);

        public int Stdout => Number(_stdout);

        public int Stderr => Number(_stderr);

        public int Container => Number(_container);

        public void Dispose()
        {
            _stdin.Dispose();
            _stdout.Dispose();
            _stderr.Dispose();
            _container.Dispose();
        }

        private static int Number(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

        private static SafeFileHandle Raise(SafeFileHandle stream, ContainerUser user)
        {
            ContainerProcess.GiveStream(stream, user);
            return LaunchPlan.Raise(stream);
        }
    }
}
