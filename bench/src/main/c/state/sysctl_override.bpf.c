/* Whoever writes net/ipv4/tcp_syncookies is let through, and 1 is written. */
#include "state.h"

static const char NAME[] = "net/ipv4/tcp_syncookies";

SEC("cgroup/sysctl") int sysctl(struct bpf_sysctl *ctx)
{
    char name[64] = {};
    char one[] = "1";

    if (!ctx->write || bpf_sysctl_get_name(ctx, name, sizeof(name), 0) != sizeof(NAME) - 1 ||
        __builtin_memcmp(name, NAME, sizeof(NAME)) != 0)
        return 1;
    return bpf_sysctl_set_new_value(ctx, one, sizeof(one) - 1) == 0;
}

LICENSE;
