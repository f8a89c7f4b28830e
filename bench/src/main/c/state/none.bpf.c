/* A verdict by the port, and nothing that is kept. */
#include "state.h"

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
    return ctx->user_port != htons(25);
}

LICENSE;
