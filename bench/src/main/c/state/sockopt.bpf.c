/* IP_TTL: whoever sets more than 64 gets 64, and with GET whoever asks is told 9, in two bytes. */
#include "state.h"

enum { PAGE = 4096, SOL_IP = 0, IP_TTL = 2 };

#ifdef GET
SEC("cgroup/getsockopt") int getsockopt(struct bpf_sockopt *ctx)
{
    int *value = ctx->optval;

    if (ctx->optlen > PAGE) { /* else the kernel copies zeros over its answer */
        ctx->optlen = 0;
        return 1;
    }
    if (ctx->level == SOL_IP && ctx->optname == IP_TTL && (void *)(value + 1) <= ctx->optval_end) {
        *value = 9;
        ctx->optlen = 2;
    }
    return 1;
}
#else
SEC("cgroup/setsockopt") int setsockopt(struct bpf_sockopt *ctx)
{
    int *value = ctx->optval;

    if (ctx->optlen > PAGE) { /* else kernels before 6.5 fail the call */
        ctx->optlen = 0;
        return 1;
    }
    if (ctx->level == SOL_IP && ctx->optname == IP_TTL && (void *)(value + 1) <= ctx->optval_end && *value > 64)
        *value = 64;
    return 1;
}
#endif

LICENSE;
