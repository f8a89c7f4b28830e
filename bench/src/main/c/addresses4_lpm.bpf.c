/* IPv4 prefixes in the kernel's trie, which is filled when the program is loaded. */
#include "cgroup.h"

struct key {
    u32 length;
    u32 ip;
};

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, RULES);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct key);
    __type(value, u32);
} list SEC(".maps");

SEC("cgroup/connect4") int decide(struct bpf_sock_addr *ctx)
{
    struct key key = {32, ctx->user_ip4};

    return bpf_map_lookup_elem(&list, &key) == 0;
}

char _license[] SEC("license") = "GPL";
