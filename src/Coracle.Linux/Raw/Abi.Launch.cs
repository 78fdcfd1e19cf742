namespace Coracle.Linux;

// What creating a process and its mounts needs.
internal static partial class Abi
{
    // sched.h
    internal const int CLONE_FS = 0x200;
    internal const int CLONE_PIDFD = 0x1000;
    internal const int CLONE_PARENT = 0x8000;
    internal const int CLONE_NEWNS = 0x20000;
    internal const int CLONE_NEWCGROUP = 0x2000000;
    internal const int CLONE_NEWUTS = 0x4000000;
    internal const int CLONE_NEWIPC = 0x8000000;
    internal const int CLONE_NEWPID = 0x20000000;
    internal const int CLONE_NEWNET = 0x40000000;
    internal const int SCHED_OTHER = 0;

    // signal.h
    internal const int SIGCHLD = 17;
    internal const int SIG_SETMASK = 2;
    internal const int SIGTTIN = 21;
    internal const int SIGTTOU = 22;

    // sys/prctl.h, linux/seccomp.h
    internal const int PR_SET_DUMPABLE = 4;
    internal const int PR_SET_KEEPCAPS = 8;
    internal const int PR_SET_NAME = 15;
    internal const int PR_SET_SECCOMP = 22;
    internal const int PR_CAPBSET_READ = 23;
    internal const int PR_CAPBSET_DROP = 24;
    internal const int PR_SET_NO_NEW_PRIVS = 38;
    internal const int PR_CAP_AMBIENT = 47;
    internal const int PR_CAP_AMBIENT_CLEAR_ALL = 4;
    internal const int SECCOMP_MODE_FILTER = 2;

    // linux/capability.h
    internal const int _LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    // linux/keyctl.h
    internal const int KEYCTL_JOIN_SESSION_KEYRING = 1;
    internal const int KEYCTL_SETPERM = 5;

    // linux/magic.h
    internal const int PROC_SUPER_MAGIC = 0x9FA0;

    // sys/mount.h
    internal const int OPEN_TREE_CLONE = 1;
    internal const int AT_RECURSIVE = 0x8000;
    internal const int MOVE_MOUNT_F_EMPTY_PATH = 4;
    internal const int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    internal const int MOUNT_ATTR_RDONLY = 1;

    // unistd.h, fcntl.h
    internal const int X_OK = 1;
    internal const int AT_EACCESS = 0x200;

    // asm/ioctls.h: the same on the three ports
    internal const int TIOCSCTTY = 0x540E;
    internal const int TIOCSPGRP = 0x5410;
    internal const int TIOCGPTPEER = 0x5441;
    internal const int TIOCSPTLCK = 0x40045431;

    // net/if.h, linux/sockios.h, sys/socket.h
    internal const int SIOCGIFFLAGS = 0x8913;
    internal const int SIOCSIFFLAGS = 0x8914;
    internal const int IFF_UP = 1;

    // linux/ioprio.h
    internal const int IOPRIO_WHO_PROCESS = 1;

    // asm/unistd.h
    internal static PerPort SYS_clone => new(56, 220, 120);

    internal static PerPort SYS_getcwd => new(79, 17, 183);

    internal static PerPort SYS_close_range => new(436, 436, 436);

    internal static PerPort SYS_open_tree => new(428, 428, 428);

    internal static PerPort SYS_move_mount => new(429, 429, 429);

    internal static PerPort SYS_mount_setattr => new(442, 442, 442);
}
