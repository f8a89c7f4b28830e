#include "sample.h"

SEC("cgroup/dev") int device(struct bpf_cgroup_dev_ctx *ctx)
{
    if ((ctx->access_type & 0xffff) != DEV_CHAR)
        return 1;
    if (ctx->major != 195 && ctx->major != 226) /* NVIDIA, DRM */
        return 1;
    return bpf_get_current_uid_gid() >> 32 == 2000;
}

LICENSE;
