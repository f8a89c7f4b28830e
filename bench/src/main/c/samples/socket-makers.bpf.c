#include "sample.h"

#ifdef WORD
/* A version that follows may ask for more of who made a socket that is open by then: all is kept that there are helpers for. */
struct maker {
    u32 uid;
    u32 gid;
    u32 pid;
    u64 cgroup;
    u64 netns;
    u64 ancestors[16];
    char comm[16];
};
#else
struct maker {
    u32 uid;
    char comm[16] __attribute__((aligned(4)));
};
#endif

struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
    __type(key, int);
    __type(value, struct maker);
} makers SEC(".maps");

#ifdef WORD
static u64 (*bpf_get_current_pid_tgid)(void) = (void *)14;
static u64 (*bpf_get_current_cgroup_id)(void) = (void *)80;
static u64 (*bpf_get_netns_cookie)(void *ctx) = (void *)122;
static u64 (*bpf_get_current_ancestor_cgroup_id)(int level) = (void *)123;

PROGRAM("cgroup/sock_create", sock_create, struct bpf_sock, ctx)
{
    struct maker *maker = bpf_sk_storage_get(&makers, ctx, 0, BPF_SK_STORAGE_GET_F_CREATE);
    u64 ids = bpf_get_current_uid_gid();

    if (!maker)
        return 0;
    maker->uid = ids;
    maker->gid = ids >> 32;
    maker->pid = bpf_get_current_pid_tgid() >> 32;
    maker->cgroup = bpf_get_current_cgroup_id();
    maker->netns = bpf_get_netns_cookie(ctx);
    bpf_get_current_comm(maker->comm, sizeof(maker->comm));
    for (int level = 1; level <= 16; level++) {
        u64 ancestor = bpf_get_current_ancestor_cgroup_id(level);

        if (!ancestor)
            break;
        maker->ancestors[level - 1] = ancestor;
    }
    return 1;
}
#else
PROGRAM("cgroup/sock_create", sock_create, struct bpf_sock, ctx)
{
    struct maker maker = {.uid = bpf_get_current_uid_gid()};

    bpf_get_current_comm(maker.comm, sizeof(maker.comm));
    bpf_sk_storage_get(&makers, ctx, &maker, BPF_SK_STORAGE_GET_F_CREATE);
    return 1;
}
#endif

PROGRAM("cgroup_skb/egress", skb_egress, struct __sk_buff, skb)
{
    u8 *data = (u8 *)(long)skb->data;
    u8 *end = (u8 *)(long)skb->data_end;
    void *sk = *(void **)((char *)skb + 168); /* skb->sk */
    struct maker *maker;
    u8 protocol;
    u8 *l4;

    if (!sk || !(sk = bpf_sk_fullsock(sk)) || !(maker = bpf_sk_storage_get(&makers, sk, 0, 0)))
        return 0;
    if (maker->uid == 0)
        return 1;
    if (maker->uid != 33 && maker->uid != 101)
        return 0;
    if (skb->protocol == htons(ETH_P_IP)) {
        if (data + 20 > end)
            return 0;
        protocol = data[9];
        l4 = data + (data[0] & 15) * 4;
    } else {
        if (data + 40 > end)
            return 0;
        protocol = data[6];
        l4 = data + 40;
    }
    if (maker->uid == 33)
        return protocol == IPPROTO_TCP;
    if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || !EQUALS(maker->comm, "resolver"))
        return 0;
    return l4 + 4 <= end && *(u16 *)(l4 + 2) == htons(53);
}

struct bpf_sock_ops {
    u32 op;
    u32 reply;
};

enum { BPF_SOCK_OPS_TIMEOUT_INIT = 1 };

PROGRAM("sockops", sock_ops, struct bpf_sock_ops, ctx)
{
    void *sk;
    struct maker *maker;

    if (ctx->op != BPF_SOCK_OPS_TIMEOUT_INIT)
        return 1;
    sk = *(void **)((char *)ctx + 184); /* ctx->sk */
    if (sk && (maker = bpf_sk_storage_get(&makers, sk, 0, 0)) && maker->uid == 33)
        ctx->reply = 300;
    return 1;
}

LICENSE;
