namespace Coracle.Linux;

// What the keeper's sockets need.
internal static partial class Abi
{
    // sys/socket.h
    internal const int SOCK_DGRAM = 2;
    internal const int SO_REUSEADDR = 2;
    internal const int SO_TYPE = 3;
    internal const int SO_ERROR = 4;
    internal const int SO_RCVBUF = 8;
    internal const int SO_KEEPALIVE = 9;
    internal const int SO_LINGER = 13;

    // netinet/in.h
    internal const int IPPROTO_TCP = 6;
    internal const int IPPROTO_UDP = 17;
    internal const int IPPROTO_IPV6 = 41;
    internal const int IPPROTO_SCTP = 132;
    internal const int IPV6_V6ONLY = 26;

    // fcntl.h
    internal const int SPLICE_F_MOVE = 1;
    internal const int SPLICE_F_NONBLOCK = 2;

    // sys/epoll.h
    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const int EPOLL_CTL_DEL = 2;
    internal const int EPOLL_CTL_MOD = 3;
    internal const int EPOLLIN = 1;
    internal const int EPOLLOUT = 4;
    internal const int EPOLLERR = 8;
    internal const int EPOLLHUP = 0x10;
}
