/* Rules of address, port and protocol in the kernel's trie, which is filled when the program is loaded: verdicts by key. */
#include "cgroup.h"

struct key {
    u32 length;
    u16 protocol;
    u16 port;
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
    struct key key = {64, ctx->protocol, ctx->user_port, ctx->user_ip4};
    u32 *verdict = bpf_map_lookup_elem(&list, &key);

    return verdict ? *verdict & 1 : 0;
}

char _license[] SEC("license") = "GPL";
