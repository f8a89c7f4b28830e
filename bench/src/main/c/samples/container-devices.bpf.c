#include "sample.h"

PROGRAM("cgroup/dev", device, struct bpf_cgroup_dev_ctx, ctx)
{
    u32 access = ctx->access_type >> 16;

    CHECK_ACCESS(access);
    if (access == ACC_MKNOD)
        return 1;
    if ((ctx->access_type & 0xffff) != DEV_CHAR)
        return 0;
    switch (ctx->major) {
    case 1:
        switch (ctx->minor) {
        case 3: /* null */
        case 5: /* zero */
        case 7: /* full */
        case 8: /* random */
        case 9: /* urandom */
            return 1;
        }
        return 0;
    case 5:
        return ctx->minor <= 2; /* tty, console, ptmx */
    case 136: /* pts */
        return 1;
    }
    return 0;
}

LICENSE;
