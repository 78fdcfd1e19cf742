namespace Coracle.Linux;

/// <summary>The kinds of namespaces, as the clone flags that make them.</summary>
[Flags]
public enum NamespaceKinds : uint
{
    None = 0,
    Mount = Abi.CLONE_NEWNS,
    Cgroup = Abi.CLONE_NEWCGROUP,
    Uts = Abi.CLONE_NEWUTS,
    Ipc = Abi.CLONE_NEWIPC,
    Pid = Abi.CLONE_NEWPID,
    Network = Abi.CLONE_NEWNET,
}
