/* What is in the hash map of ports is denied. */
#include "state.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, ENTRIES);
    __type(key, u32);
    __type(value, u64);
} entries SEC(".maps");

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
    u32 port = ctx->user_port;

    return !bpf_map_lookup_elem(&entries, &port);
}

LICENSE;
