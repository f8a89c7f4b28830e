/* Devices by major number, for lists that allow every node to be made, and all else with the devices that they name. */
#include "cgroup.h"

SEC("cgroup/dev") int decide(struct bpf_cgroup_dev_ctx *ctx)
{
    u32 access = ctx->access_type >> 16;

    if (!(access & ~ACC_MKNOD))
        return 1;
    switch ((ctx->access_type & 0xffff) << 12 | ctx->major) {
#define GROUPS
#define MAJOR(type, maj)     \
    case (type) << 12 | (maj): \
        switch (ctx->minor) {
#define MINOR(min) case min:
#define END       \
    return 1;     \
    }             \
    return 0;
#define ANY_MINOR(type, maj)   \
    case (type) << 12 | (maj): \
        return 1;
#include "rules.h"
    }
    return 0;
}

char _license[] SEC("license") = "GPL";
