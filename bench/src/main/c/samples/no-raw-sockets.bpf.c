#include "sample.h"

PROGRAM("cgroup/sock_create", sock_create, struct bpf_sock, ctx)
{
    if (ctx->type == SOCK_RAW)
        return 0;
    return ctx->type != SOCK_DGRAM || (ctx->protocol != IPPROTO_ICMP && ctx->protocol != IPPROTO_ICMPV6);
}

LICENSE;
