// Both ends of a connection, for the tests of published ports. One program for containers, the host and the outside:
//   wire serve TEXT PORT ...            answers TCP and UDP at each port with "TEXT PEER"; TCP goes on as an echo
//   wire ask tcp|udp ADDRESS PORT [FROM]  asks once from port FROM (any), prints the answer, or how it failed (exit 1)
//   wire hold tcp|udp ADDRESS PORT [FROM] asks ten times a second on one connection: prints "held N"; ends when an answer does not come
//   wire bind tcp|udp ADDRESS PORT      takes the port as any other program would, prints "bound", keeps it until its input ends
//   wire ping PATH                      asks a unix socket for /_ping by HTTP, prints the answer's first line
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NAME_PORT = 53, DNS_HEAD = 12, PIECE = 65536, MOST_PORTS = 64, CONNECT_MILLISECONDS = 2000, TRY_MILLISECONDS = 700, TRIES = 3, HOLD_MILLISECONDS = 10000, PAUSE_MICROSECONDS = 100000 };

static int failed(const char *what)
{
    printf("%s: %s\n", what, errno == EAGAIN || errno == ETIMEDOUT ? "no answer" : strerrorname_np(errno));
    return 1;
}

static int type_of(const char *protocol) { return strcmp(protocol, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM; }

static int number_of(const char *protocol) { return strcmp(protocol, "sctp") == 0 ? IPPROTO_SCTP : 0; }

static socklen_t address_of(const char *text, int port, struct sockaddr_storage *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1)
    {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        return sizeof *four;
    }

    if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1)
    {
        printf("no address: %s\n", text);
        exit(2);
    }

    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    return sizeof *six;
}

// Without the ::ffff: of an IPv4 peer on a socket of both families.
static const char *peer_text(struct sockaddr_storage *peer, char *text, size_t size)
{
    if (peer->ss_family == AF_INET) return inet_ntop(AF_INET, &((struct sockaddr_in *)peer)->sin_addr, text, size);
    inet_ntop(AF_INET6, &((struct sockaddr_in6 *)peer)->sin6_addr, text, size);
    return strncmp(text, "::ffff:", 7) == 0 ? text + 7 : text;
}

// Of both families where there is IPv6, else of IPv4. -1 where the kernel does not have the protocol.
static int listening(const char *protocol, int port)
{
    int one = 1, none = 0, type = type_of(protocol), number = number_of(protocol);
    int fd = socket(AF_INET6, type, number);
    struct sockaddr_storage any;
    socklen_t length = address_of(fd < 0 ? "0.0.0.0" : "::", port, &any);
    if (fd < 0) fd = socket(AF_INET, type, number);
    if (fd < 0 && errno == EPROTONOSUPPORT) return -1;
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &none, sizeof none);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&any, length) != 0 || (type == SOCK_STREAM && listen(fd, 64) != 0)) exit(failed("serve"));
    return fd;
}

static void converse(int fd, const char *text)
{
    char buffer[65536], name[INET6_ADDRSTRLEN];
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (getpeername(fd, (struct sockaddr *)&peer, &size) != 0) _exit(0);
    dprintf(fd, "%s %s\n", text, peer_text(&peer, name, sizeof name));
    for (ssize_t length; (length = read(fd, buffer, sizeof buffer)) > 0;)
    {
        for (ssize_t done = 0, step; done < length; done += step)
        {
            if ((step = write(fd, buffer + done, length - done)) <= 0) _exit(0);
        }
    }

    _exit(0);
}

static void answer_datagram(int fd, const char *text)
{
    char buffer[2048], name[INET6_ADDRSTRLEN];
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &size) < 0) return;
    int length = snprintf(buffer, sizeof buffer, "%s %s\n", text, peer_text(&peer, name, sizeof name));
    sendto(fd, buffer, length, 0, (struct sockaddr *)&peer, size);
}

static void answer_connection(int listener, const char *text)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) return;
    if (fork() == 0)
    {
        close(listener);
        converse(fd, text);
    }

    close(fd);
}

static int serve(const char *text, char **ports, int count)
{
    static const char *const protocols[] = {"udp", "tcp", "sctp"};
    struct pollfd fds[3 * MOST_PORTS];
    signal(SIGCHLD, SIG_IGN); // the kernel takes the ended ones
    for (int i = 0; i < 3 * count; i++) fds[i] = (struct pollfd){listening(protocols[i % 3], atoi(ports[i / 3])), POLLIN, 0};
    puts("ready");
    while (poll(fds, 3 * count, -1) >= 0 || errno == EINTR)
    {
        for (int i = 0; i < 3 * count; i++)
        {
            if (!(fds[i].revents & POLLIN)) continue;
            if (i % 3 == 0) answer_datagram(fds[i].fd, text);
            else answer_connection(fds[i].fd, text);
        }
    }

    return failed("serve");
}

static void wait_at_most(int fd, int milliseconds)
{
    struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

// A connected socket, or -1; connect is held to the same limit as a send (socket(7)).
static int connected(const char *protocol, const char *address, int port, int from)
{
    struct sockaddr_storage to, own;
    socklen_t length = address_of(address, port, &to);
    int one = 1, fd = socket(to.ss_family, type_of(protocol) | SOCK_CLOEXEC, number_of(protocol));
    if (fd < 0) return -1;
    wait_at_most(fd, CONNECT_MILLISECONDS);
    if (from != 0)
    {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        socklen_t size = address_of(to.ss_family == AF_INET ? "0.0.0.0" : "::", from, &own);
        if (bind(fd, (struct sockaddr *)&own, size) != 0) return -1;
    }

    if (connect(fd, (struct sockaddr *)&to, length) != 0)
    {
        if (errno == EINPROGRESS) errno = ETIMEDOUT;
        return -1;
    }

    return fd;
}

static int ask(const char *protocol, const char *address, int port, int from)
{
    char buffer[2048];
    int type = type_of(protocol), fd = connected(protocol, address, port, from);
    if (fd < 0) return failed("connect");
    if (type == SOCK_DGRAM) wait_at_most(fd, TRY_MILLISECONDS);
    for (int i = 0; i < (type == SOCK_DGRAM ? TRIES : 1); i++)
    {
        if (type == SOCK_DGRAM && send(fd, "?", 1, 0) < 0) return failed("send");
        ssize_t length = recv(fd, buffer, sizeof buffer, 0);
        if (length == 0)
        {
            puts("closed"); // accepted by somebody who had nobody to pass it on to
            return 1;
        }

        if (length > 0) return fwrite(buffer, 1, length, stdout) == (size_t)length ? 0 : 1;
        if (errno != EAGAIN) return failed("receive");
    }

    return failed("receive");
}

static int hold(const char *protocol, const char *address, int port, int from)
{
    char buffer[2048];
    int type = type_of(protocol), fd = connected(protocol, address, port, from);
    if (fd < 0) return failed("connect");
    wait_at_most(fd, HOLD_MILLISECONDS);
    if (type == SOCK_STREAM && recv(fd, buffer, sizeof buffer, 0) <= 0) return failed("receive");
    for (int i = 1;; i++)
    {
        if (send(fd, "?", 1, MSG_NOSIGNAL) != 1) return failed("send");
        ssize_t length = recv(fd, buffer, sizeof buffer, 0);
        if (length == 0) errno = EPIPE;
        if (length <= 0) return failed("receive");
        printf("held %d\n", i);
        usleep(PAUSE_MICROSECONDS);
    }
}

static int bind_port(const char *protocol, const char *address, int port)
{
    char buffer[16];
    struct sockaddr_storage at;
    socklen_t length = address_of(address, port, &at);
    int one = 1, fd = socket(at.ss_family, type_of(protocol), number_of(protocol));
    // What most servers set for TCP; for UDP it would let two programs share the port.
    if (type_of(protocol) == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, length) != 0) return failed("bind");
    if (type_of(protocol) == SOCK_STREAM && listen(fd, 8) != 0) return failed("listen");
    puts("bound");
    while (read(0, buffer, sizeof buffer) > 0) {}
    return 0;
}

// One side sends while the other reads, so that no buffer on the way has to hold it all.
static int pour(const char *address, int port, int megabytes)
{
    static char buffer[PIECE];
    long long left = megabytes * 1000000LL;
    int fd = connected("tcp", address, port, 0);
    if (fd < 0) return failed("connect");
    wait_at_most(fd, HOLD_MILLISECONDS);
    for (char one = 0; one != '\n';)
    {
        if (recv(fd, &one, 1, 0) != 1) return failed("receive"); // its greeting
    }

    if (fork() == 0)
    {
        for (long long sent = 0, step; sent < left; sent += step)
        {
            if ((step = send(fd, buffer, left - sent < PIECE ? left - sent : PIECE, MSG_NOSIGNAL)) <= 0) _exit(failed("send"));
        }

        _exit(0);
    }

    for (ssize_t step; left > 0; left -= step)
    {
        if ((step = recv(fd, buffer, sizeof buffer, 0)) <= 0) return failed("receive");
    }

    wait(NULL); // whoever measures counts its time as ours
    puts("poured");
    return 0;
}

// RFC 1035, 4.1: the question comes back with one answer, whose name is the question's (a pointer to byte 12).
static int names(const char *address, const char *known)
{
    unsigned char message[512 + 16];
    struct sockaddr_storage at, peer;
    socklen_t length = address_of(address, NAME_PORT, &at);
    int fd = socket(at.ss_family, SOCK_DGRAM, 0);
    if (bind(fd, (struct sockaddr *)&at, length) != 0) return failed("bind");
    puts("ready");
    for (;;)
    {
        socklen_t size = sizeof peer;
        ssize_t end = recvfrom(fd, message, 512, 0, (struct sockaddr *)&peer, &size);
        if (end < DNS_HEAD + 5) continue;
        ssize_t name = DNS_HEAD;
        while (name < end && message[name] != 0) name += message[name] + 1;
        end = name + 5;
        if (end > 512) continue;
        int is_address = message[end - 3] == 1;
        memcpy(message + 2, (unsigned char[]){0x81, 0x80, 0, 1, 0, is_address, 0, 0, 0, 0}, 10);
        memcpy(message + end, (unsigned char[]){0xC0, DNS_HEAD, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4}, 12);
        inet_pton(AF_INET, known, message + end + 12);
        sendto(fd, message, is_address ? end + 16 : end, 0, (struct sockaddr *)&peer, size);
    }
}

static int questions(const char *address, const char *name, int count)
{
    unsigned char question[DNS_HEAD + 256] = {0, 0, 1, 0, 0, 1}, answer[2048];
    size_t at = DNS_HEAD;
    for (const char *label = name; *label;)
    {
        size_t length = strcspn(label, ".");
        question[at] = length;
        memcpy(question + at + 1, label, length);
        at += length + 1;
        label += length + (label[length] == '.');
    }

    memcpy(question + at, (unsigned char[]){0, 0, 1, 0, 1}, 5);
    int fd = connected("udp", address, NAME_PORT, 0);
    if (fd < 0) return failed("connect");
    for (int i = 0; i < count; i++)
    {
        question[0] = i >> 8;
        question[1] = i;
        if (send(fd, question, at + 5, 0) < 0) return failed("send");
        if (recv(fd, answer, sizeof answer, 0) <= DNS_HEAD) return failed("receive");
        if (answer[7] == 0 || answer[0] != question[0] || answer[1] != question[1])
        {
            puts("no such name");
            return 1;
        }
    }

    printf("asked %d\n", count);
    return 0;
}

static int ping(const char *path)
{
    char buffer[2048];
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    strncpy(at.sun_path, path, sizeof at.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    wait_at_most(fd, HOLD_MILLISECONDS);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) != 0) return failed("connect");
    dprintf(fd, "GET /_ping HTTP/1.1\r\nHost: engine\r\n\r\n");
    ssize_t length = read(fd, buffer, sizeof buffer - 1);
    if (length <= 0) return failed("read");
    buffer[length] = 0;
    printf("%.*s\n", (int)strcspn(buffer, "\r"), buffer);
    return 0;
}

int main(int count, char **words)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *verb = count > 1 ? words[1] : "";
    if (strcmp(verb, "serve") == 0 && count > 3 && count - 3 <= MOST_PORTS) return serve(words[2], words + 3, count - 3);
    if (strcmp(verb, "ask") == 0 && count > 4) return ask(words[2], words[3], atoi(words[4]), count > 5 ? atoi(words[5]) : 0);
    if (strcmp(verb, "hold") == 0 && count > 4) return hold(words[2], words[3], atoi(words[4]), count > 5 ? atoi(words[5]) : 0);
    if (strcmp(verb, "bind") == 0 && count > 4) return bind_port(words[2], words[3], atoi(words[4]));
    if (strcmp(verb, "pour") == 0 && count > 4) return pour(words[2], atoi(words[3]), atoi(words[4]));
    if (strcmp(verb, "names") == 0 && count > 3) return names(words[2], words[3]);
    if (strcmp(verb, "questions") == 0 && count > 4) return questions(words[2], words[3], atoi(words[4]));
    if (strcmp(verb, "ping") == 0 && count > 2) return ping(words[2]);
    fprintf(stderr, "wire: what is at the top of wire.c\n");
    return 2;
}
