/* Every connect is denied, and told: by a ring buffer, or with PERF by perf events; with LIMITED once a second at most. */
#include "state.h"

struct record {
    u64 time;
    u64 cgroup;
    u32 pid;
    u32 uid;
    u32 gid;
    u32 protocol;
    u32 ip;
    u32 port;
    char comm[16];
};

#ifdef PERF
struct {
    __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
    __uint(key_size, sizeof(u32));
    __uint(value_size, sizeof(u32));
} events SEC(".maps");
#else
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 256 * 1024);
} events SEC(".maps");
#endif

u64 lost;

#ifdef LIMITED
u64 told;

/* The one of several CPUs that moves the time tells; once a second at most, whatever the clock began with. */
INLINE int may_tell(void)
{
    u64 now = bpf_ktime_get_ns();
    u64 last = *(volatile u64 *)&told;

    if (last != 0 && now - last < NSEC_PER_SEC)
        return 0;
    told = now;
    return 1;
}
#else
INLINE int may_tell(void) { return 1; }
#endif

INLINE void describe(struct record *record, struct bpf_sock_addr *ctx)
{
    u64 ids = bpf_get_current_uid_gid();

    record->time = bpf_ktime_get_ns();
    record->cgroup = bpf_get_current_cgroup_id();
    record->pid = bpf_get_current_pid_tgid() >> 32;
    record->uid = ids;
    record->gid = ids >> 32;
    record->protocol = ctx->protocol;
    record->ip = ctx->user_ip4;
    record->port = ctx->user_port;
    bpf_get_current_comm(record->comm, sizeof(record->comm));
}

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
    if (!may_tell())
        return 0;
#ifdef PERF
    struct record record;

    describe(&record, ctx);
    if (bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &record, sizeof(record)))
        __sync_fetch_and_add(&lost, 1);
#else
    struct record *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

    if (!record) {
        __sync_fetch_and_add(&lost, 1);
        return 0;
    }
    describe(record, ctx);
    bpf_ringbuf_submit(record, 0);
#endif
    return 0;
}

LICENSE;
