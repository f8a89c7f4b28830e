/* Devices, one comparison after another. */
#include "cgroup.h"

SEC("cgroup/dev") int decide(struct bpf_cgroup_dev_ctx *ctx)
{
    u32 access = ctx->access_type >> 16;
    u32 kind = ctx->access_type & 0xffff;

#define DEVICE(type, maj, min, acc)                                                             \
    if (kind == (type) && ctx->major == (maj) && ctx->minor == (min) && !(access & ~(u32)(acc))) \
        return 1;
#define DEVICE_ANY_MINOR(type, maj, acc)                                  \
    if (kind == (type) && ctx->major == (maj) && !(access & ~(u32)(acc))) \
        return 1;
#define DEVICE_ANY(type, acc)                         \
    if (kind == (type) && !(access & ~(u32)(acc))) \
        return 1;
#include "rules.h"
    return 0;
}

char _license[] SEC("license") = "GPL";
