/* Beginnings of sysctl names in the kernel's trie, which is filled when the program is loaded. */
#include "cgroup.h"

struct key {
    u32 length;
    char name[64];
};

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, RULES);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct key);
    __type(value, u32);
} list SEC(".maps");

SEC("cgroup/sysctl") int decide(struct bpf_sysctl *ctx)
{
    struct key key = {.length = 8 * sizeof(key.name)};

    if (bpf_sysctl_get_name(ctx, key.name, sizeof(key.name), 0) < 0)
        return 0;
    return bpf_map_lookup_elem(&list, &key) == 0;
}

char _license[] SEC("license") = "GPL";
