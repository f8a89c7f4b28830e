#include "sample.h"

INLINE int is_proxy(struct bpf_sock_addr *ctx) { return is_tcp(ctx->protocol) && ctx->user_port == htons(3128); }

INLINE int to4(struct bpf_sock_addr *ctx) { return is_proxy(ctx) && is_loopback(ctx->user_ip4); }
INLINE int to6(struct bpf_sock_addr *ctx) { return is_proxy(ctx) && is_mapped(ctx) && is_loopback(ctx->user_ip6[3]); }

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx) { return to4(ctx); }
SEC("cgroup/connect6") int connect6(struct bpf_sock_addr *ctx) { return to6(ctx); }
SEC("cgroup/sendmsg4") int sendmsg4(struct bpf_sock_addr *ctx) { return to4(ctx); }
SEC("cgroup/sendmsg6") int sendmsg6(struct bpf_sock_addr *ctx) { return to6(ctx); }
SEC("cgroup/sock_create") int sock_create(struct bpf_sock *ctx) { return judged_later(ctx); }

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
            return 1;
        case 9: /* urandom */
            return !(access & ACC_WRITE);
        }
        return 0;
    case 5:
        return ctx->minor == 0; /* tty */
    }
    return 0;
}

LICENSE;
