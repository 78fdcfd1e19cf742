// Tries every system call through every interface of this machine and prints what came of it: "x64 83 -1" is EPERM, "ok" success,
// "exit 3" or "signal 31" the end of the child that tried. All arguments are -1, which no call can use; what would do something all the
// same does it to a child that is gone right after. What follows the calls are those whose arguments a filter looks at.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

typedef long (*entry)(long nr, const long *a);

static inline __attribute__((always_inline)) long native(long nr, const long *a)
{
    long ret;
#if defined(__x86_64__)
    register long r10 __asm__("r10") = a[3];
    register long r8 __asm__("r8") = a[4];
    register long r9 __asm__("r9") = a[5];
    __asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = nr;
    register long x0 __asm__("x0") = a[0];
    register long x1 __asm__("x1") = a[1];
    register long x2 __asm__("x2") = a[2];
    register long x3 __asm__("x3") = a[3];
    register long x4 __asm__("x4") = a[4];
    register long x5 __asm__("x5") = a[5];
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    ret = x0;
#endif
    return ret;
}

#if defined(__x86_64__)
static inline __attribute__((always_inline)) long i386(long nr, const long *a)
{
    long ret;
    // The sixth argument would be ebp, the frame's; no call here needs it.
    __asm__ volatile("push %%rbx; mov %2, %%rbx; int $0x80; pop %%rbx"
                     : "=a"(ret) : "a"(nr), "r"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]) : "r8", "r9", "r10", "r11", "memory");
    return (int)ret;
}
#endif

static int try(const char *name, int through, long nr, const long *a)
{
    int ends[2];
    if (pipe(ends) != 0) { perror("pipe"); exit(2); }
    pid_t pid = fork();
    if (pid == 0)
    {
        struct itimerval soon = {.it_value = {.tv_usec = 150000}};
        signal(SIGALRM, SIG_DFL);
        signal(SIGSYS, SIG_DFL);
        setitimer(ITIMER_REAL, &soon, NULL);
        pid_t self = getpid();
        long ret;
#if defined(__x86_64__)
        if (through == 1) ret = i386(nr, a);
        else
#endif
        ret = native(nr, a);
        if (getpid() != self) syscall(SYS_exit, 0); // what fork, vfork or clone made
        if (write(ends[1], &ret, sizeof ret) != sizeof ret) syscall(SYS_exit, 99);
        syscall(SYS_exit, 0);
    }

    close(ends[1]);
    long ret;
    ssize_t got = read(ends[0], &ret, sizeof ret);
    close(ends[0]);
    int status = 0;
    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) kill(pid, SIGKILL);
    if (got == sizeof ret)
    {
        if (ret < 0 && ret > -4096) printf("%s %ld\n", name, ret);
        else printf("%s ok\n", name);
    }
    else if (WIFSIGNALED(status)) printf("%s signal %d\n", name, WTERMSIG(status));
    else printf("%s exit %d\n", name, WEXITSTATUS(status));
    fflush(stdout);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

// Takes the signals that it is to wait with blocked as its third argument: with -1, SIGALRM would not end it either.
enum { SIGSUSPEND_I386 = 72 };

static void all(const char *door, int through, long bit, int first, int last)
{
    const long none[6] = {-1, -1, -1, -1, -1, -1};
    const long unmasked[6] = {-1, -1, 0, -1, -1, -1};
    for (int nr = first; nr <= last; nr++)
    {
        char name[64];
        snprintf(name, sizeof name, "%s %d", door, nr);
        const long *a = through == 1 && nr == SIGSUSPEND_I386 ? unmasked : none;
        // A kernel without the interface has no such interrupt, whatever the filter says.
        if (try(name, through, bit | nr, a) == SIGSEGV && through == 1 && nr == first) return;
    }
}

static void one(const char *what, long nr, long first, long second)
{
    const long a[6] = {first, second, 0, 0, 0, 0};
    char name[96];
    snprintf(name, sizeof name, "%s(%#lx)", what, first);
    try(name, 0, nr, a);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    all("native", 0, 0, 0, 480);
#if defined(__x86_64__)
    all("x32", 0, 0x40000000, 0, 480);
    all("x32", 0, 0x40000000, 512, 547);
    all("i386", 1, 0, 0, 480);
#endif
    for (int family = 0; family < 48; family++) one("socket", SYS_socket, family, 1);
    one("socket", SYS_socket, 0x100000000L | 38, 5);
    one("socket", SYS_socket, 0x100000000L | 40, 1);
    const long personalities[] = {0, 1, 8, 0x20000, 0x20008, 0x40000, 0x80000, 0xffffffffL, -1};
    for (unsigned i = 0; i < sizeof personalities / sizeof *personalities; i++) one("personality", SYS_personality, personalities[i], 0);
    const long flags[] = {SIGCHLD, 0x20000 | SIGCHLD, 0x2000000 | SIGCHLD, 0x4000000 | SIGCHLD, 0x8000000 | SIGCHLD, 0x10000000 | SIGCHLD, 0x20000000 | SIGCHLD, 0x40000000 | SIGCHLD};
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) one("clone", SYS_clone, flags[i], 0);
    one("unshare", SYS_unshare, 0, 0);
    one("setns", SYS_setns, 0, 0);
    return 0;
}
