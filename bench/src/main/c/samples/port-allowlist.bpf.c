/* What samples/policies/port-allowlist.wall says, at the same five hooks. */
#include "sample.h"

static __attribute__((always_inline)) int allowed(struct bpf_sock_addr *ctx)
{
    u32 protocol = ctx->protocol;
    int tcp = protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP;

    if (tcp && (ctx->user_port == htons(443) || ctx->user_port == htons(8443)))
        return 1;
    return (tcp || protocol == IPPROTO_UDP) && ctx->user_port == htons(53);
}

PROGRAM("cgroup/connect4", connect4, struct bpf_sock_addr, ctx) { return allowed(ctx); }
PROGRAM("cgroup/connect6", connect6, struct bpf_sock_addr, ctx) { return allowed(ctx); }
PROGRAM("cgroup/sendmsg4", sendmsg4, struct bpf_sock_addr, ctx) { return allowed(ctx); }
PROGRAM("cgroup/sendmsg6", sendmsg6, struct bpf_sock_addr, ctx) { return allowed(ctx); }

PROGRAM("cgroup/sock_create", sock_create, struct bpf_sock, ctx) { return judged_later(ctx); }

char _license[] SEC("license") = "GPL";
