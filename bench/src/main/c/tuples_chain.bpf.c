/* Rules of address, port and protocol, one comparison after another. */
#include "cgroup.h"

SEC("cgroup/connect4") int decide(struct bpf_sock_addr *ctx)
{
    u32 protocol = ctx->protocol;
    u32 port = ntohs((u16)ctx->user_port);
    u32 ip = ntohl(ctx->user_ip4);

#define TUPLE(verdict, proto, prt, net, length)                                                      \
    if (protocol == (proto) && port == (prt) && (ip & (~0u << (32 - (length)))) == (net)) \
        return verdict;
#include "rules.h"
    return 0;
}

char _license[] SEC("license") = "GPL";
