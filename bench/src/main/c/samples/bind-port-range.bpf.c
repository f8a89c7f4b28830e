#include "sample.h"

volatile const u32 first = 8080;

INLINE int allowed(struct bpf_sock_addr *ctx)
{
    u32 port = ntohs(ctx->user_port);

    if (!has_ports(ctx->protocol))
        return 0;
    return port == 0 || (port >= 8000 && port <= 8099 && port >= first);
}

PROGRAM("cgroup/bind4", bind4, struct bpf_sock_addr, ctx) { return allowed(ctx); }
PROGRAM("cgroup/bind6", bind6, struct bpf_sock_addr, ctx) { return allowed(ctx); }

LICENSE;
