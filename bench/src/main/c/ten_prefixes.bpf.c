/* bench/policies/ten-prefixes.wall. */
#include "cgroup.h"

#define NET(a, b, c, d, bits) ((ip & (~0u << (32 - (bits)))) == ((u32)(a) << 24 | (b) << 16 | (c) << 8 | (d)))

SEC("cgroup/connect4") int same_meaning(struct bpf_sock_addr *ctx)
{
    u32 ip = ntohl(ctx->user_ip4);

    if (NET(10, 0, 0, 0, 8) || NET(45, 83, 64, 0, 18) || NET(91, 198, 174, 0, 24) || NET(100, 64, 0, 0, 10) ||
        NET(141, 98, 0, 0, 16) || NET(169, 254, 0, 0, 16) || NET(172, 16, 0, 0, 12) || NET(185, 220, 100, 0, 22) ||
        NET(192, 168, 0, 0, 16) || NET(203, 0, 113, 0, 24))
        return 0;
    return 1;
}

char _license[] SEC("license") = "GPL";
