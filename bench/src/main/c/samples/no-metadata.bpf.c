#include "sample.h"

#define METADATA htonl(IP4(169, 254, 169, 254))

INLINE int verdict(int metadata)
{
    if (!metadata || (u32)bpf_get_current_uid_gid() == 0)
        return 1;
    return deny(EACCES);
}

INLINE int to4(struct bpf_sock_addr *ctx) { return verdict(ctx->user_ip4 == METADATA); }

INLINE int to6(struct bpf_sock_addr *ctx)
{
    int own = ctx->user_ip6[0] == htonl(0xfd000ec2) && ctx->user_ip6[1] == 0 && ctx->user_ip6[2] == 0 &&
              ctx->user_ip6[3] == htonl(0x254);

    return verdict(own || (is_mapped(ctx) && ctx->user_ip6[3] == METADATA));
}

PROGRAM("cgroup/connect4", connect4, struct bpf_sock_addr, ctx) { return to4(ctx); }
PROGRAM("cgroup/connect6", connect6, struct bpf_sock_addr, ctx) { return to6(ctx); }
PROGRAM("cgroup/sendmsg4", sendmsg4, struct bpf_sock_addr, ctx) { return to4(ctx); }
PROGRAM("cgroup/sendmsg6", sendmsg6, struct bpf_sock_addr, ctx) { return to6(ctx); }

LICENSE;
