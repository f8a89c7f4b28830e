#include "sample.h"

PROGRAM("cgroup/dev", device, struct bpf_cgroup_dev_ctx, ctx)
{
    CHECK_ACCESS(ctx->access_type >> 16);
    if ((ctx->access_type & 0xffff) != DEV_CHAR)
        return 1;
    if (ctx->major != 195 && ctx->major != 226) /* NVIDIA, DRM */
        return 1;
    return bpf_get_current_uid_gid() >> 32 == 2000;
}

LICENSE;
