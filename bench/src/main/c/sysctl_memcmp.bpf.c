/* Beginnings of sysctl names, compared in the program. */
#include "cgroup.h"

SEC("cgroup/sysctl") int decide(struct bpf_sysctl *ctx)
{
    char name[64] = {};

    if (bpf_sysctl_get_name(ctx, name, sizeof(name), 0) < 0)
        return 0;
#define PREFIX(text, length)                        \
    if (!__builtin_memcmp(name, text, length)) \
        return 0;
#include "rules.h"
    return 1;
}

char _license[] SEC("license") = "GPL";
