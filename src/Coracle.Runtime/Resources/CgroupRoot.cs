using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>The top of cgroup v2 as this engine sees it: in a container with a cgroup namespace of its own, that container's cgroup.</summary>
public static class CgroupRoot
{
    /// <summary>Where those go who are in the way; the name that Docker-in-Docker uses.</summary>
    private const string Init = "init";

    /// <summary>Each round meets what was forked during the one before.</summary>
    private const int Rounds = 32;

    /// <summary>
    /// A cgroup of v2 other than the real root hands controllers down only while it has no processes itself. In a container we are one
    /// of them: all are moved one level down, where they keep the limits that the container has. Then the controllers are handed down at
    /// once: nobody can come in any more, as an exec into that container would.
    /// </summary>
    /// <returns>Whether there was anybody to move.</returns>
    public static bool Vacate(CgroupHierarchies hierarchies)
    {
        // The real root alone has no cgroup.events, and no such rule.
        if (hierarchies is not { Version: 2, Unified: { } root } || !root.HasFile("cgroup.events"))
        {
            return false;
        }

        Cgroup? init = null;
        for (int round = 0; round < Rounds; round++)
        {
            IReadOnlyList<int> here = Cgroup.ProcessesOfTop(root);
            if (here.Count == 0 && Cgroup.TryHandDown(root))
            {
                break;
            }

            foreach (int pid in here)
            {
                init ??= Cgroup.CreateEmpty(hierarchies, Init);
                TryMove(init, pid);
            }
        }

        return init is not null;
    }

    private static void TryMove(Cgroup init, int pid)
    {
        try
        {
            init.AddProcess(pid);
        }
        catch (LinuxException failure) when (failure.Errno is Errno.ESRCH)
        {
            // It has ended.
        }
    }
}
