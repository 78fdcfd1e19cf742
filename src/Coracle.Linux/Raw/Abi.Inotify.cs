namespace Coracle.Linux;

internal static partial class Abi
{
    // sys/inotify.h
    internal const int IN_CLOEXEC = 0x80000;
    internal const uint IN_MODIFY = 0x2;
    internal const uint IN_MOVED_TO = 0x80;
    internal const uint IN_CREATE = 0x100;
    internal const uint IN_IGNORED = 0x8000;
}
