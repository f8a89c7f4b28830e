#include "sample.h"

volatile const u32 proxy_port = 3128;

INLINE int is_proxy(struct bpf_sock_addr *ctx) { return is_tcp(ctx->protocol) && ctx->user_port == htons(proxy_port); }

INLINE int to4(struct bpf_sock_addr *ctx) { return is_proxy(ctx) && is_loopback(ctx->user_ip4); }
INLINE int to6(struct bpf_sock_addr *ctx) { return is_proxy(ctx) && is_mapped(ctx) && is_loopback(ctx->user_ip6[3]); }

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx) { return to4(ctx); }
SEC("cgroup/connect6") int connect6(struct bpf_sock_addr *ctx) { return to6(ctx); }
SEC("cgroup/sendmsg4") int sendmsg4(struct bpf_sock_addr *ctx) { return to4(ctx); }
SEC("cgroup/sendmsg6") int sendmsg6(struct bpf_sock_addr *ctx) { return to6(ctx); }
SEC("cgroup/bind4") int bind4(struct bpf_sock_addr *ctx) { return ctx->user_port == 0; }
SEC("cgroup/bind6") int bind6(struct bpf_sock_addr *ctx) { return ctx->user_port == 0; }

SEC("cgroup/sock_create") int sock_create(struct bpf_sock *ctx)
{
    return ctx->type == SOCK_STREAM && is_tcp(ctx->protocol);
}

SEC("cgroup/dev") int device(struct bpf_cgroup_dev_ctx *ctx)
{
    u32 access = ctx->access_type >> 16;

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

SEC("cgroup/sysctl") int sysctl(struct bpf_sysctl *ctx) { return !ctx->write; }

LICENSE;
