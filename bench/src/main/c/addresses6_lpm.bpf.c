/* IPv6 prefixes in the kernel's trie, which is filled when the program is loaded. */
#include "cgroup.h"

struct key {
    u32 length;
    u32 ip[4];
};

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, RULES);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct key);
    __type(value, u32);
} list SEC(".maps");

SEC("cgroup/connect6") int decide(struct bpf_sock_addr *ctx)
{
    struct key key = {128, {ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]}};

    return bpf_map_lookup_elem(&list, &key) == 0;
}

char _license[] SEC("license") = "GPL";
