#include "sample.h"

#define METADATA htonl(IP4(169, 254, 169, 254))

INLINE int verdict(int metadata)
{
    if (!metadata || (u32)bpf_get_current_uid_gid() == 0)
        return 1;
    bpf_set_retval(-EACCES);
    return 0;
}

INLINE int to4(struct bpf_sock_addr *ctx) { return verdict(ctx->user_ip4 == METADATA); }

INLINE int to6(struct bpf_sock_addr *ctx)
{
    int own = ctx->user_ip6[0] == htonl(0xfd000ec2) && ctx->user_ip6[1] == 0 && ctx->user_ip6[2] == 0 &&
              ctx->user_ip6[3] == htonl(0x254);

    return verdict(own || (is_mapped(ctx) && ctx->user_ip6[3] == METADATA));
}

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx) { return to4(ctx); }
SEC("cgroup/connect6") int connect6(struct bpf_sock_addr *ctx) { return to6(ctx); }
SEC("cgroup/sendmsg4") int sendmsg4(struct bpf_sock_addr *ctx) { return to4(ctx); }
SEC("cgroup/sendmsg6") int sendmsg6(struct bpf_sock_addr *ctx) { return to6(ctx); }

LICENSE;
