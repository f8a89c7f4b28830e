/* What is in the LPM trie is denied. */
#include "state.h"

struct prefix {
    u32 length;
    u32 ip;
};

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, ENTRIES);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct prefix);
    __type(value, u64);
} entries SEC(".maps");

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
    struct prefix key = { 32, ctx->user_ip4 };

    return !bpf_map_lookup_elem(&entries, &key);
}

LICENSE;
