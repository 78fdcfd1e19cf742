namespace Coracle.Linux;

internal static partial class Abi
{
    internal const int PR_SET_DUMPABLE = 4;
    internal const int SIGCHLD = 17;

    internal static PerPort SYS_close_range => new(436, 436, 436);
}
