/* Beginnings of sysctl names, compared by the kernel's helper. */
#include "cgroup.h"

SEC("cgroup/sysctl") int decide(struct bpf_sysctl *ctx)
{
    char name[64] = {};

    if (bpf_sysctl_get_name(ctx, name, sizeof(name), 0) < 0)
        return 0;
#define PREFIX(text, length)                   \
    {                                          \
        static const char prefix[] = text;     \
        if (!bpf_strncmp(name, length, prefix)) \
            return 0;                          \
    }
#include "rules.h"
    return 1;
}

char _license[] SEC("license") = "GPL";
