#include "unix.h"

u8 docker_filter[] = "\0docker-filter";
u8 docker[] = "/run/docker.sock";
u8 journal[] = "/run/systemd/journal/dev-log";
u8 one_worker[] = "\0worker";

INLINE int is_docker(const char *path, u64 length)
{
    u64 at = length - 11;

    return at <= SUN_PATH - 11 && STARTS(path + at, "docker.sock");
}

PROGRAM("cgroup/connect_unix", connect_unix, struct bpf_sock_addr, ctx)
{
    struct bpf_sock_addr_kern *kern = bpf_cast_to_kern_ctx(ctx);
    char path[SUN_PATH + 4] = {};
    u64 length = read_path(kern, path);

    if (IS(path, length, "/run/docker.sock") || IS(path, length, "/var/run/docker.sock")) {
        SET_ABSTRACT(kern, docker_filter);
        return 1;
    }
    return length == UNKNOWN || is_docker(path, length) ? deny(EACCES) : 1;
}

PROGRAM("cgroup/sendmsg_unix", sendmsg_unix, struct bpf_sock_addr, ctx)
{
    struct bpf_sock_addr_kern *kern = bpf_cast_to_kern_ctx(ctx);
    char path[SUN_PATH + 4] = {};

    if (IS(path, read_path(kern, path), "/dev/log"))
        SET_PATH(kern, journal);
    return 1;
}

INLINE int worker(struct bpf_sock_addr *ctx)
{
    struct bpf_sock_addr_kern *kern = bpf_cast_to_kern_ctx(ctx);
    char path[SUN_PATH + 4] = {};

    u64 length = read_path(kern, path);

    if (length != UNKNOWN && length >= 8 && STARTS(path, "\0worker-"))
        SET_ABSTRACT(kern, one_worker);
    return 1;
}

PROGRAM("cgroup/recvmsg_unix", recvmsg_unix, struct bpf_sock_addr, ctx) { return worker(ctx); }
PROGRAM("cgroup/getsockname_unix", getsockname_unix, struct bpf_sock_addr, ctx) { return worker(ctx); }

PROGRAM("cgroup/getpeername_unix", getpeername_unix, struct bpf_sock_addr, ctx)
{
    struct bpf_sock_addr_kern *kern = bpf_cast_to_kern_ctx(ctx);
    char path[SUN_PATH + 4] = {};

    if (IS(path, read_path(kern, path), "\0docker-filter"))
        SET_PATH(kern, docker);
    return 1;
}

LICENSE;
