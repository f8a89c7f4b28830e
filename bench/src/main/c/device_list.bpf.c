/* bench/policies/device-list.wall. */
#include "cgroup.h"

SEC("cgroup/dev") int same_meaning(struct bpf_cgroup_dev_ctx *ctx)
{
    u32 access = ctx->access_type >> 16;
    u32 type = ctx->access_type & 0xffff;

    if (!(access & ~ACC_MKNOD))
        return 1;
    if (type != DEV_CHAR)
        return 0;
    switch (ctx->major) {
    case 1:
        switch (ctx->minor) {
        case 3:
        case 5:
        case 7:
        case 8:
        case 9:
            return 1;
        }
        return 0;
    case 5:
        return ctx->minor <= 2;
    case 136:
        return 1;
    }
    return 0;
}

char _license[] SEC("license") = "GPL";
