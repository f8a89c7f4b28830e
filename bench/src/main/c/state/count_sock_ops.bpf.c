/* Every connection is counted, at both of its ends. */
#include "count.h"

SEC("sockops") int sock_ops(struct bpf_sock_ops *ctx)
{
    if (ctx->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB || ctx->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
        count();
    return 1;
}

LICENSE;
