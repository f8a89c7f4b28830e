#include "sample.h"

#define IN(ip, net, length) (((ip) & (~0u << (32 - (length)))) == (net))

/* Host order. */
INLINE int is_internal(u32 ip)
{
    if (ip == IP4(10, 0, 0, 1))
        return 0;
    return ip == 0 || IN(ip, IP4(10, 0, 0, 0), 8) || IN(ip, IP4(172, 16, 0, 0), 12) || IN(ip, IP4(192, 168, 0, 0), 16) ||
           IN(ip, IP4(100, 64, 0, 0), 10) || IN(ip, IP4(169, 254, 0, 0), 16) || IN(ip, IP4(127, 0, 0, 0), 8);
}

INLINE int to4(struct bpf_sock_addr *ctx) { return !is_internal(ntohl(ctx->user_ip4)); }

INLINE int to6(struct bpf_sock_addr *ctx)
{
    u32 top = ntohl(ctx->user_ip6[0]);

    if (top)
        return !IN(top, 0xfe800000, 10) && !IN(top, 0xfc000000, 7);
    if (ctx->user_ip6[1])
        return 1;
    if (ctx->user_ip6[2] == htonl(0xffff))
        return !is_internal(ntohl(ctx->user_ip6[3]));
    return ctx->user_ip6[2] || ntohl(ctx->user_ip6[3]) > 1; /* neither :: nor ::1 */
}

PROGRAM("cgroup/connect4", connect4, struct bpf_sock_addr, ctx) { return to4(ctx); }
PROGRAM("cgroup/connect6", connect6, struct bpf_sock_addr, ctx) { return to6(ctx); }
PROGRAM("cgroup/sendmsg4", sendmsg4, struct bpf_sock_addr, ctx) { return to4(ctx); }
PROGRAM("cgroup/sendmsg6", sendmsg6, struct bpf_sock_addr, ctx) { return to6(ctx); }

PROGRAM("cgroup/sock_create", sock_create, struct bpf_sock, ctx)
{
    if (ctx->type == SOCK_RAW)
        return 0;
    switch (ctx->protocol) {
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
    case IPPROTO_UDPLITE:
        return 0;
    }
    return 1;
}

LICENSE;
