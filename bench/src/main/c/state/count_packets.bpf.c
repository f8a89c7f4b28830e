/* Packets and bytes that leave, counted in an array: one for all CPUs, or one of each. */
#include "state.h"

struct traffic {
    u64 packets;
    u64 bytes;
};

struct {
    __uint(type, MAP);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct traffic);
} counts SEC(".maps");

SEC("cgroup_skb/egress") int skb_egress(struct __sk_buff *skb)
{
    u32 key = 0;
    struct traffic *traffic = bpf_map_lookup_elem(&counts, &key);

    if (!traffic)
        return 1;
    if (MAP == BPF_MAP_TYPE_PERCPU_ARRAY) {
        traffic->packets += 1;
        traffic->bytes += skb->len;
    } else {
        __sync_fetch_and_add(&traffic->packets, 1);
        __sync_fetch_and_add(&traffic->bytes, skb->len);
    }
    return 1;
}

LICENSE;
