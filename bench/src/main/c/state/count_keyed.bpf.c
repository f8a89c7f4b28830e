/* Every connect is counted by its destination, in a map of type MAP. */
#include "state.h"

struct destination {
    u32 ip;
    u32 port;
};

struct {
    __uint(type, MAP);
    __uint(max_entries, ENTRIES);
    __type(key, struct destination);
    __type(value, u64);
} counts SEC(".maps");

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
    struct destination key = { ctx->user_ip4, ctx->user_port };
    u64 *value = bpf_map_lookup_elem(&counts, &key);

    if (!value) {
        u64 one = 1;

        if (bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST) == 0)
            return 1;
        value = bpf_map_lookup_elem(&counts, &key);
        if (!value)
            return 1;
    }
    if (MAP == BPF_MAP_TYPE_PERCPU_HASH || MAP == BPF_MAP_TYPE_LRU_PERCPU_HASH)
        *value += 1;
    else
        __sync_fetch_and_add(value, 1);
    return 1;
}

LICENSE;
