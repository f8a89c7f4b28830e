/* Every connect is led elsewhere: to one destination, or with TABLE to what a hash map says of its own. */
#include "state.h"

struct destination {
    u32 ip;
    u32 port;
};

#ifdef TABLE
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, ENTRIES);
    __type(key, struct destination);
    __type(value, struct destination);
} entries SEC(".maps");
#endif

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
#ifdef TABLE
    struct destination key = { ctx->user_ip4, ctx->user_port };
    struct destination *to = bpf_map_lookup_elem(&entries, &key);

    if (!to)
        return 0;
    ctx->user_ip4 = to->ip;
    ctx->user_port = to->port;
#else
    ctx->user_ip4 = ntohl(0x7f000001);
    ctx->user_port = htons(3128);
#endif
    return 1;
}

LICENSE;
