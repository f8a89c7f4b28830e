#include "sample.h"

volatile const u32 first = 8080;

INLINE int allowed(struct bpf_sock_addr *ctx)
{
    u32 port = ntohs(ctx->user_port);

    return port == 0 || (port >= 8000 && port <= 8099 && port >= first);
}

SEC("cgroup/bind4") int bind4(struct bpf_sock_addr *ctx) { return allowed(ctx); }
SEC("cgroup/bind6") int bind6(struct bpf_sock_addr *ctx) { return allowed(ctx); }

LICENSE;
