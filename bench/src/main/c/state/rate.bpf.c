/*
 * A bucket of tokens: one in all, or KEYED by the remote port. BURST tokens at most, and RATE new ones each PER ns. With LOCKLESS
 * the bucket is the one time at which it is full again, which compare-and-exchange moves; otherwise tokens and time under a lock.
 */
#include "state.h"

struct bucket {
#ifdef LOCKLESS
    u64 full;
#else
    u64 tokens;
    u64 last;
    struct bpf_spin_lock lock;
#endif
};

struct {
#ifdef KEYED
    __uint(type, BPF_MAP_TYPE_HASH);
#else
    __uint(type, BPF_MAP_TYPE_ARRAY);
#endif
    __uint(max_entries, ENTRIES);
    __type(key, u32);
    __type(value, struct bucket);
} buckets SEC(".maps");

#define TOKEN (PER / RATE)

#ifdef LOCKLESS
enum { TRIES = 8 };

INLINE int take(struct bucket *bucket, u64 now)
{
    for (int i = 0; i < TRIES; i++) {
        u64 full = *(volatile u64 *)&bucket->full;
        u64 next = (full > now ? full : now) + TOKEN;

        if (next > now + BURST * TOKEN)
            return 0;
        if (__sync_val_compare_and_swap(&bucket->full, full, next) == full)
            return 1;
    }
    return 0;
}
#else
INLINE int take(struct bucket *bucket, u64 now)
{
    u64 passed, fresh;
    int taken = 0;

    bpf_spin_lock(&bucket->lock);
    /* A bucket that nobody has asked yet was full since ever. */
    passed = now - bucket->last;
    if (passed > BURST * TOKEN) {
        bucket->tokens = BURST;
        bucket->last = now;
    } else {
        fresh = passed / TOKEN;
        bucket->tokens += fresh;
        bucket->last += fresh * TOKEN;
        if (bucket->tokens > BURST)
            bucket->tokens = BURST;
    }
    if (bucket->tokens > 0) {
        bucket->tokens--;
        taken = 1;
    }
    bpf_spin_unlock(&bucket->lock);
    return taken;
}
#endif

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
    u64 now = bpf_ktime_get_ns();
    struct bucket *bucket;
#ifdef KEYED
    u32 key = ctx->user_port;

    bucket = bpf_map_lookup_elem(&buckets, &key);
    if (!bucket) {
        struct bucket none = {};

#ifndef LOCKLESS
        none.tokens = BURST;
        none.last = now;
#endif
        bpf_map_update_elem(&buckets, &key, &none, BPF_NOEXIST);
        bucket = bpf_map_lookup_elem(&buckets, &key);
    }
#else
    u32 key = 0;

    bucket = bpf_map_lookup_elem(&buckets, &key);
#endif
    return bucket && take(bucket, now);
}

LICENSE;
