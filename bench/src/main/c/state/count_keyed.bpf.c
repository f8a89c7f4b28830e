/*
 * Every connect is counted by its destination, in a map of type MAP; with BOTH by keys that hold addresses of both families, with ATOMIC
 * by one instruction also where values are of one CPU, with WORD as long as the control word says so.
 */
#include "state.h"
#include "../word.h"

struct destination {
#ifdef BOTH
    u32 high[2];
    u32 mapped;
#endif
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
#ifdef BOTH
    struct destination key = { { 0, 0 }, 0xffff0000, ctx->user_ip4, ctx->user_port };
#else
    struct destination key = { ctx->user_ip4, ctx->user_port };
#endif
    u64 *value;

    if (!in_force())
        return 1;
    value = bpf_map_lookup_elem(&counts, &key);
    if (!value) {
        u64 one = 1;

        if (bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST) == 0)
            return 1;
        value = bpf_map_lookup_elem(&counts, &key);
        if (!value)
            return 1;
    }
#ifndef ATOMIC
    if (MAP == BPF_MAP_TYPE_PERCPU_HASH || MAP == BPF_MAP_TYPE_LRU_PERCPU_HASH) {
        *value += 1;
        return 1;
    }
#endif
    __sync_fetch_and_add(value, 1);
    return 1;
}

LICENSE;
