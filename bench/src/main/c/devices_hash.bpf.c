/* Devices in a hash map, which is filled when the program is loaded: what may be done with each. */
#include "cgroup.h"

struct key {
    u32 type;
    u32 major;
    u32 minor;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, RULES);
    __type(key, struct key);
    __type(value, u32);
} list SEC(".maps");

SEC("cgroup/dev") int decide(struct bpf_cgroup_dev_ctx *ctx)
{
    struct key key = {ctx->access_type & 0xffff, ctx->major, ctx->minor};
    u32 *access = bpf_map_lookup_elem(&list, &key);

    return access && !((ctx->access_type >> 16) & ~*access);
}

char _license[] SEC("license") = "GPL";
