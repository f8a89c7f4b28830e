#include "sample.h"

volatile const u32 proxy_port = 3128;

INLINE int is_proxy(struct bpf_sock_addr *ctx) { return is_tcp(ctx->protocol) && ctx->user_port == htons(proxy_port); }

INLINE int to4(struct bpf_sock_addr *ctx) { return is_proxy(ctx) && is_loopback(ctx->user_ip4); }
INLINE int to6(struct bpf_sock_addr *ctx) { return is_proxy(ctx) && is_mapped(ctx) && is_loopback(ctx->user_ip6[3]); }

PROGRAM("cgroup/connect4", connect4, struct bpf_sock_addr, ctx) { return to4(ctx); }
PROGRAM("cgroup/connect6", connect6, struct bpf_sock_addr, ctx) { return to6(ctx); }
PROGRAM("cgroup/sendmsg4", sendmsg4, struct bpf_sock_addr, ctx) { return to4(ctx); }
PROGRAM("cgroup/sendmsg6", sendmsg6, struct bpf_sock_addr, ctx) { return to6(ctx); }
PROGRAM("cgroup/bind4", bind4, struct bpf_sock_addr, ctx) { return has_ports(ctx->protocol) && ctx->user_port == 0; }
PROGRAM("cgroup/bind6", bind6, struct bpf_sock_addr, ctx) { return has_ports(ctx->protocol) && ctx->user_port == 0; }

PROGRAM("cgroup/sock_create", sock_create, struct bpf_sock, ctx)
{
    return ctx->type == SOCK_STREAM && is_tcp(ctx->protocol);
}

PROGRAM("cgroup/dev", device, struct bpf_cgroup_dev_ctx, ctx)
{
    u32 access = ctx->access_type >> 16;

    CHECK_ACCESS(access);
    if ((ctx->access_type & 0xffff) != DEV_CHAR || access & ACC_MKNOD)
        return 0;
    switch (ctx->major) {
    case 1:
        switch (ctx->minor) {
        case 3: /* null */
        case 5: /* zero */
        case 7: /* full */
            return 1;
        case 8: /* random */
        case 9: /* urandom */
            return !(access & ACC_WRITE);
        }
        return 0;
    case 5:
        return ctx->minor == 0; /* tty */
    }
    return 0;
}

PROGRAM("cgroup/sysctl", sysctl, struct bpf_sysctl, ctx) { return !ctx->write; }

LICENSE;
