/* Single IPv4 addresses in a hash map, which is filled when the program is loaded. */
#include "cgroup.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, RULES);
    __type(key, u32);
    __type(value, u32);
} list SEC(".maps");

SEC("cgroup/connect4") int decide(struct bpf_sock_addr *ctx)
{
    u32 ip = ctx->user_ip4;

    return bpf_map_lookup_elem(&list, &ip) == 0;
}

char _license[] SEC("license") = "GPL";
