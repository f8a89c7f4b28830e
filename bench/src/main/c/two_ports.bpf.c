/* bench/policies/two-ports.wall: once with the same meaning for every protocol, once looking at the port alone. */
#include "cgroup.h"

SEC("cgroup/connect4") int same_meaning(struct bpf_sock_addr *ctx)
{
    switch (ctx->protocol) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_DCCP:
    case IPPROTO_SCTP:
    case IPPROTO_UDPLITE:
    case IPPROTO_SMC:
    case IPPROTO_MPTCP:
        return ctx->user_port == htons(443) || ctx->user_port == htons(8443);
    default:
        return 0;
    }
}

SEC("cgroup/connect4") int port_alone(struct bpf_sock_addr *ctx)
{
    return ctx->user_port == htons(443) || ctx->user_port == htons(8443);
}

char _license[] SEC("license") = "GPL";
