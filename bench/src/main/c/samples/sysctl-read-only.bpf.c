#include "sample.h"

PROGRAM("cgroup/sysctl", sysctl, struct bpf_sysctl, ctx)
{
    char name[64] = {};

    if (bpf_sysctl_get_name(ctx, name, sizeof(name), 0) < 0)
        return !ctx->write;
    if (EQUALS(name, "kernel/kptr_restrict") || EQUALS(name, "kernel/dmesg_restrict"))
        return 0;
    return !ctx->write || (EQUALS(name, "kernel/hostname") && (u32)bpf_get_current_uid_gid() == 0);
}

LICENSE;
