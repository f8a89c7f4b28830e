#include "unix.h"

/* Below the workers' folder, in itself, and not the folder above. */
INLINE int is_worker(const char *path, u64 length)
{
    if (length < 17 || length > SUN_PATH || !STARTS(path, "/run/app/workers/"))
        return 0;
    if (length == 19 && path[17] == '.' && path[18] == '.')
        return 0;
    for (u64 i = 17; i < length && i < SUN_PATH; i++)
        if (path[i] == '/')
            return 0;
    return 1;
}

PROGRAM("cgroup/connect_unix", connect_unix, struct bpf_sock_addr, ctx)
{
    char path[SUN_PATH + 4] = {};
    u64 length = read_path(bpf_cast_to_kern_ctx(ctx), path);

    if (IS(path, length, "/run/app/db.sock") && ctx->type == SOCK_STREAM)
        return 1;
    if (is_worker(path, length) || (length != UNKNOWN && length >= 5 && STARTS(path, "\0app/")))
        return 1;
    return deny(EACCES);
}

PROGRAM("cgroup/sendmsg_unix", sendmsg_unix, struct bpf_sock_addr, ctx)
{
    char path[SUN_PATH + 4] = {};
    u64 length = read_path(bpf_cast_to_kern_ctx(ctx), path);

    return IS(path, length, "/dev/log") || IS(path, length, "/run/systemd/journal/dev-log");
}

LICENSE;
