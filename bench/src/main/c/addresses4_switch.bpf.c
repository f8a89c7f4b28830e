/* Single IPv4 addresses. */
#include "cgroup.h"

SEC("cgroup/connect4") int decide(struct bpf_sock_addr *ctx)
{
    switch (ntohl(ctx->user_ip4)) {
#define NET4(first, length, last) case first:
#include "rules.h"
        return 0;
    }
    return 1;
}

char _license[] SEC("license") = "GPL";
