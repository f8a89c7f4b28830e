/* IPv4 prefixes, one comparison after another. */
#include "cgroup.h"

SEC("cgroup/connect4") int decide(struct bpf_sock_addr *ctx)
{
    u32 ip = ntohl(ctx->user_ip4);

#define NET4(first, length, last)               \
    if ((ip & (~0u << (32 - (length)))) == (first)) \
        return 0;
#include "rules.h"
    return 1;
}

char _license[] SEC("license") = "GPL";
