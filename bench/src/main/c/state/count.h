/* A counter of one number without a key: in a map of type MAP, or in a global variable. Values of one CPU need no atomic. */
#pragma once
#include "state.h"

#ifdef GLOBAL
u64 counts;

INLINE void count(void) { __sync_fetch_and_add(&counts, 1); }
#else
struct {
    __uint(type, MAP);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u64);
} counts SEC(".maps");

INLINE void count(void)
{
    u32 key = 0;
    u64 *value = bpf_map_lookup_elem(&counts, &key);

    if (!value) {
        u64 one = 1;

        /* Somebody else may have been first. */
        if (bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST) == 0)
            return;
        value = bpf_map_lookup_elem(&counts, &key);
        if (!value)
            return;
    }
    if (MAP == BPF_MAP_TYPE_PERCPU_HASH || MAP == BPF_MAP_TYPE_PERCPU_ARRAY)
        *value += 1;
    else
        __sync_fetch_and_add(value, 1);
}
#endif
