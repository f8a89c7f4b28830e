/* Ports, as a person writes them down. */
#include "cgroup.h"

SEC("cgroup/connect4") int decide(struct bpf_sock_addr *ctx)
{
    switch (ntohs((u16)ctx->user_port)) {
#define PORT(port) case port:
#include "rules.h"
        return 1;
    }
    return 0;
}

char _license[] SEC("license") = "GPL";
