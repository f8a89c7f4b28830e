#include "sample.h"

enum { PAGE = 4096 };
enum { SOL_IP = 0, SOL_SOCKET = 1, SOL_TCP = 6, SOL_IPV6 = 41 };

/* An int, or one byte where the caller gives no more: ip(7) takes both. */
INLINE int is_hops(struct bpf_sockopt *ctx)
{
    u8 *value = ctx->optval;
    void *end = ctx->optval_end;
    int hops;

    if ((void *)(value + 4) <= end)
        hops = *(int *)value;
    else if ((void *)(value + 1) <= end)
        hops = *value;
    else
        return 0;
    return hops >= 1 && hops <= 255;
}

PROGRAM("cgroup/setsockopt", setsockopt, struct bpf_sockopt, ctx)
{
    if (ctx->optlen > PAGE) /* else kernels before 6.5 fail the call */
        ctx->optlen = 0;
    switch (ctx->level) {
    case SOL_TCP:
        switch (ctx->optname) {
        case 1:  /* NODELAY */
        case 2:  /* MAXSEG */
        case 3:  /* CORK */
        case 4:  /* KEEPIDLE */
        case 5:  /* KEEPINTVL */
        case 6:  /* KEEPCNT */
        case 9:  /* DEFER_ACCEPT */
        case 12: /* QUICKACK */
        case 18: /* USER_TIMEOUT */
        case 23: /* FASTOPEN */
        case 25: /* NOTSENT_LOWAT */
        case 30: /* FASTOPEN_CONNECT */
            return 1;
        }
        return 0;
    case SOL_SOCKET:
        switch (ctx->optname) {
        case 2:  /* REUSEADDR */
        case 6:  /* BROADCAST */
        case 7:  /* SNDBUF */
        case 8:  /* RCVBUF */
        case 9:  /* KEEPALIVE */
        case 13: /* LINGER */
        case 15: /* REUSEPORT */
        case 20: /* RCVTIMEO */
        case 21: /* SNDTIMEO */
        case 66: /* RCVTIMEO_NEW */
        case 67: /* SNDTIMEO_NEW */
            return 1;
        }
        return 0;
    case SOL_IP:
        return ctx->optname == 1 /* TOS */ || (ctx->optname == 2 /* TTL */ && is_hops(ctx));
    case SOL_IPV6:
        switch (ctx->optname) {
        case 16: /* UNICAST_HOPS */
            return is_hops(ctx);
        case 26: /* V6ONLY */
        case 67: /* TCLASS */
            return 1;
        }
        return 0;
    }
    return 0;
}

PROGRAM("cgroup/getsockopt", getsockopt, struct bpf_sockopt, ctx) 
{
    /* Else kernels fail the call, or copy zeros over its answer. */
    if (ctx->optlen > PAGE || (ctx->optlen >= 0 && (ctx->retval || (u8 *)ctx->optval + ctx->optlen > (u8 *)ctx->optval_end)))
        ctx->optlen = 0;
    return 1;
}

LICENSE;
