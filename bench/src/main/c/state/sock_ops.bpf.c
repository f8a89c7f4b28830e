/* A connection that this host begins gets TCP_USER_TIMEOUT as it stands; with REPLY it asks for ECN instead. */
#include "state.h"

enum { SOL_TCP = 6, TCP_USER_TIMEOUT = 18, BPF_SOCK_OPS_NEEDS_ECN = 6 };

SEC("sockops") int sock_ops(struct bpf_sock_ops *ctx)
{
#ifdef REPLY
    if (ctx->op == BPF_SOCK_OPS_NEEDS_ECN)
        ctx->reply = 1;
#else
    int timeout = 5000;

    if (ctx->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
        bpf_setsockopt(ctx, SOL_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
#endif
    return 1;
}

LICENSE;
