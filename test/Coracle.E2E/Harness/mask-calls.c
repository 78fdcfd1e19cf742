// mask-calls NAME[,NAME ...] PROGRAM [ARGUMENT ...]: PROGRAM on a kernel that does not know these calls (ENOSYS), as an older one would
// answer. Everything that it starts inherits the filter.
// mask-calls --missing NAME[,NAME ...]: which of these calls are not known here, one per line.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name) { #name, SYS_##name }

static const struct { const char *name; int number; } calls[] = {
    CALL(clone3), CALL(close_range), CALL(faccessat2), CALL(fsconfig), CALL(fsmount), CALL(fsopen), CALL(mount_setattr),
    CALL(move_mount), CALL(open_tree), CALL(openat2), CALL(pidfd_getfd), CALL(pidfd_open), CALL(pidfd_send_signal), { "epoll_pwait2", 441 },
};

static int number_of(const char *name) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, name) == 0)
            return calls[i].number;
    fprintf(stderr, "mask-calls: '%s' is not in the list\n", name);
    return -1;
}

static int print_missing(char *names) {
    for (char *name = strtok(names, ","); name != NULL; name = strtok(NULL, ",")) {
        // No call does anything with these arguments; those that are known say EBADF, EINVAL or EFAULT.
        if (syscall(number_of(name), -1, -1, -1, -1, -1, -1) == -1 && errno == ENOSYS)
            puts(name);
    }
    return 0;
}

int main(int count, char **arguments) {
    struct sock_filter code[64] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
    unsigned short length = 1;
    if (count < 3)
        return 2;
    if (strcmp(arguments[1], "--missing") == 0)
        return print_missing(arguments[2]);
    for (char *name = strtok(arguments[1], ","); name != NULL && length < 60; name = strtok(NULL, ",")) {
        int number = number_of(name);
        if (number < 0)
            return 2;
        code[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
        code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    }
    code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = { length, code };
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
        perror("mask-calls: seccomp");
        return 2;
    }
    execv(arguments[2], arguments + 2);
    perror(arguments[2]);
    return 2;
}
