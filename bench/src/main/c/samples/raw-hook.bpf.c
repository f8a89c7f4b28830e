#include "sample.h"

PROGRAM("cgroup/connect4", connect4, struct bpf_sock_addr, ctx) 
{
    return ctx->protocol == IPPROTO_ICMP || ctx->user_port != htons(25);
}
PROGRAM("cgroup/sock_create", sock_create, struct bpf_sock, ctx) { return ctx->family != AF_INET6; }

LICENSE;
