// Tells everything that a process has from those before it and from whoever started it, one "name value" a line. What is different in each
// container (ids, numbers of mounts) is left to the test to see through.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

extern char **environ;

static void file(const char *name, const char *path)
{
    char text[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (length < 0)
    {
        printf("%s -%s\n", name, strerrorname_np(errno));
    }
    else
    {
        text[length] = 0;
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) printf("%s %s\n", name, line);
    }

    if (fd >= 0) close(fd);
}

// What /proc/self/status says of these; the rest is counters.
static void status(void)
{
    static const char *const wanted[] = {"Umask", "TracerPid", "Uid", "Gid", "Groups", "SigPnd", "ShdPnd", "SigBlk", "SigIgn",
        "SigCgt", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters", "Speculation_Store_Bypass",
        "SpeculationIndirectBranch", "Cpus_allowed_list", "Mems_allowed_list", "CoreDumping", "THP_enabled"};
    char line[4096];
    FILE *in = fopen("/proc/self/status", "re");
    while (in && fgets(line, sizeof line, in))
    {
        char *colon = strchr(line, ':');
        if (!colon) continue;
        *colon = 0;
        for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++)
        {
            if (strcmp(line, wanted[i]) == 0)
            {
                printf("status.%s", line);
                for (char *word = strtok(colon + 1, " \t\n"); word; word = strtok(NULL, " \t\n")) printf(" %s", word);
                printf("\n");
            }
        }
    }

    if (in) fclose(in);
}

static void descriptors(void)
{
    for (int fd = 0; fd < 1024; fd++)
    {
        char link[64], target[4096];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, target, sizeof target - 1);
        if (length < 0) continue;
        target[length] = 0;
        char *bracket = strchr(target, '[');
        if (bracket) *bracket = 0; // pipe:[12345]
        printf("fd.%d %s access %d\n", fd, target, fcntl(fd, F_GETFL) & O_ACCMODE);
    }
}

static void nodes(const char *path, int depth)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)))
    {
        if (entry->d_name[0] == '.' && (!entry->d_name[1] || (entry->d_name[1] == '.' && !entry->d_name[2]))) continue;
        char name[4096], target[4096];
        struct stat status;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (lstat(name, &status) != 0) continue;
        ssize_t length = S_ISLNK(status.st_mode) ? readlink(name, target, sizeof target - 1) : 0;
        target[length > 0 ? length : 0] = 0;
        printf("node %s %06o %u:%u %u:%u %s\n", name, status.st_mode, status.st_uid, status.st_gid, major(status.st_rdev), minor(status.st_rdev), target);
        if (S_ISDIR(status.st_mode) && depth > 0) nodes(name, depth - 1);
    }

    if (directory) closedir(directory);
}

static void limits(void)
{
    static const char *const names[] = {"cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks", "sigpending", "msgqueue", "nice",
        "rtprio", "rttime"};
    for (int i = 0; i < 16; i++)
    {
        struct rlimit limit;
        if (getrlimit(i, &limit) == 0) printf("limit.%s %ld %ld\n", names[i], (long)limit.rlim_cur, (long)limit.rlim_max);
    }
}

// KEYCTL_GET_KEYRING_ID of the session keyring, then KEYCTL_DESCRIBE; the name without the container's id.
static void keyring(void)
{
    long id = syscall(SYS_keyctl, 0L, -3L, 0L);
    char text[4096];
    long length = id < 0 ? -1 : syscall(SYS_keyctl, 6L, id, text, sizeof text - 1);
    if (length < 0)
    {
        printf("keyring -%s\n", strerrorname_np(errno));
        return;
    }

    text[length < (long)sizeof text ? length : (long)sizeof text - 1] = 0;
    char *name = strrchr(text, ';');
    printf("keyring %.5s of %zu, %.*s\n", name ? name + 1 : "", strlen(name ? name + 1 : ""), (int)(name ? name - text : 0), text);
}

static void scheduling(void)
{
    struct sched_param parameters;
    cpu_set_t set;
    sched_getparam(0, &parameters);
    errno = 0;
    printf("sched.nice %d\n", getpriority(PRIO_PROCESS, 0));
    printf("sched.policy %d priority %d\n", sched_getscheduler(0), parameters.sched_priority);
    printf("sched.ioprio %ld\n", syscall(SYS_ioprio_get, 1L, 0L));
    printf("sched.processors %d\n", sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1);
    printf("sched.timerslack %d\n", prctl(PR_GET_TIMERSLACK));
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "signals") == 0) { status(); return 0; }
    descriptors(); // before anything of ours is open
    status();
    limits();
    scheduling();
    keyring();
    printf("process.pid %d session %d group %d foreground %d\n", getpid() == 1, getsid(0) == getpid(), getpgrp() == getpid(), tcgetpgrp(0) == getpgrp());
    printf("process.umask-file %d\n", umask(0));
    printf("process.dumpable %d securebits %#x personality %#x pdeathsig %d subreaper %d\n", prctl(PR_GET_DUMPABLE), prctl(PR_GET_SECUREBITS),
        personality(0xffffffff), ({ int s = -1; prctl(PR_GET_PDEATHSIG, &s); s; }), ({ int s = -1; prctl(PR_GET_CHILD_SUBREAPER, &s); s; }));
    printf("process.thp %d tsc %d\n", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), ({ int s = -1; prctl(PR_GET_TSC, &s); s; }));
    char text[4096];
    printf("process.directory %s\n", getcwd(text, sizeof text));
    file("process.oom_score_adj", "/proc/self/oom_score_adj");
    file("process.coredump_filter", "/proc/self/coredump_filter");
    file("process.loginuid", "/proc/self/loginuid");
    file("process.autogroup", "/proc/self/autogroup");
    file("process.label", "/proc/self/attr/current");
    file("process.cgroup", "/proc/self/cgroup");
    for (char **variable = environ; *variable; variable++) printf("environment %s\n", *variable);
    for (int i = 0; i < argc; i++) printf("argument %s\n", argv[i]);
    nodes("/dev", 4);
    file("mount", "/proc/self/mountinfo");
    file("hostname", "/etc/hostname");
    file("hosts", "/etc/hosts");
    file("domainname", "/proc/sys/kernel/domainname");
    static const char *const sysctls[] = {"kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax", "kernel/shmmni",
        "kernel/shm_rmid_forced", "fs/mqueue/queues_max", "fs/mqueue/msg_max", "fs/mqueue/msgsize_max", "net/ipv4/ip_unprivileged_port_start",
        "net/ipv4/ping_group_range", "net/ipv4/ip_forward", "net/ipv4/ip_local_port_range", "net/core/somaxconn", "net/ipv6/conf/all/disable_ipv6",
        "net/ipv6/conf/default/disable_ipv6", "net/ipv6/conf/lo/disable_ipv6"};
    for (unsigned i = 0; i < sizeof sysctls / sizeof *sysctls; i++)
    {
        snprintf(text, sizeof text, "/proc/sys/%s", sysctls[i]);
        file(sysctls[i], text);
    }

    // What can be written that must not be.
    static const char *const guarded[] = {"/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/kcore", "/proc/keys",
        "/proc/timer_list", "/proc/interrupts", "/proc/acpi", "/proc/scsi", "/proc/asound", "/sys/firmware", "/sys/kernel/mm/transparent_hugepage/enabled",
        "/sys/fs/cgroup", "/sys/devices/virtual/powercap", "/proc/sched_debug", "/proc/latency_stats", "/proc/timer_stats"};
    for (unsigned i = 0; i < sizeof guarded / sizeof *guarded; i++)
    {
        struct stat status;
        struct statfs system;
        int there = stat(guarded[i], &status) == 0 && statfs(guarded[i], &system) == 0;
        if (there) printf("guarded %s %06o type %lx read-only %d size %ld\n", guarded[i], status.st_mode, (long)system.f_type, (system.f_flags & ST_RDONLY) != 0,
            S_ISDIR(status.st_mode) ? -1L : (long)status.st_size);
        else printf("guarded %s -%s\n", guarded[i], strerrorname_np(errno));
    }

    return 0;
}
