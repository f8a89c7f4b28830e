/* Ports in a hash map, which is filled when the program is loaded. */
#include "cgroup.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, RULES);
    __type(key, u32);
    __type(value, u32);
} list SEC(".maps");

SEC("cgroup/connect4") int decide(struct bpf_sock_addr *ctx)
{
    u32 port = ntohs((u16)ctx->user_port);

    return bpf_map_lookup_elem(&list, &port) != 0;
}

char _license[] SEC("license") = "GPL";
