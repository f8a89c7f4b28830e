/*
 * Every connect is led elsewhere: to one destination, or with TABLE to what a hash map says of its own. With HIDE the application
 * goes on seeing the address that it asked for: the socket keeps it, and getpeername answers with it.
 */
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

#ifdef HIDE
struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct destination);
} origins SEC(".maps");

INLINE int keep(struct bpf_sock_addr *ctx)
{
    struct destination *origin = bpf_sk_storage_get(&origins, ctx->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

    if (!origin)
        return 0;
    origin->ip = ctx->user_ip4;
    origin->port = ctx->user_port;
    return 1;
}

SEC("cgroup/getpeername4") int getpeername4(struct bpf_sock_addr *ctx)
{
    struct destination *origin = bpf_sk_storage_get(&origins, ctx->sk, 0, 0);

    if (origin) {
        ctx->user_ip4 = origin->ip;
        ctx->user_port = origin->port;
    }
    return 1;
}
#else
INLINE int keep(struct bpf_sock_addr *ctx) { return 1; }
#endif

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
#ifdef TABLE
    struct destination key = { ctx->user_ip4, ctx->user_port };
    struct destination *to = bpf_map_lookup_elem(&entries, &key);

    if (!to || !keep(ctx))
        return 0;
    ctx->user_ip4 = to->ip;
    ctx->user_port = to->port;
#else
    if (!keep(ctx))
        return 0;
    ctx->user_ip4 = ntohl(0x7f000001);
    ctx->user_port = htons(3128);
#endif
    return 1;
}

LICENSE;
