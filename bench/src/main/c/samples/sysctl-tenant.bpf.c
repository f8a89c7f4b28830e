#include "sample.h"

enum { LONGEST = 64 };

/* The name from its sixth part on, "conf/INTERFACE/accept_redirects": INTERFACE is one part. */
INLINE int is_accept_redirects(const char *name)
{
    if (!STARTS(name, "net/ipv") || !STARTS(name + 8, "/conf/"))
        return 0;
    for (int i = 14; i < 14 + 16; i++) /* IFNAMSIZ */
        if (name[i] == '/')
            return EQUALS(name + i, "/accept_redirects");
    return 0;
}

INLINE int is_forwarding(const char *name, long length)
{
    if (length < 11 || length >= LONGEST)
        return 0;
    return EQUALS(name + length - 11, "/forwarding");
}

SEC("cgroup/sysctl") int sysctl(struct bpf_sysctl *ctx)
{
    char name[LONGEST] = {};
    char value[8] = {};
    long length = bpf_sysctl_get_name(ctx, name, sizeof(name), 0);

    if (length < 0)
        return !ctx->write;
    if (!ctx->write)
        return !STARTS(name, "kernel/keys/");
    if (is_forwarding(name, length) || STARTS(name, "net/ipv4/ip_forward") || is_accept_redirects(name))
        return 0;
    if (STARTS(name, "net/ipv4/") || STARTS(name, "net/ipv6/")) {
        if (bpf_sysctl_get_new_value(ctx, value, sizeof(value)) < 0)
            return 0;
        return value[0] >= '0' && value[0] <= '2' && value[1] == 0;
    }
    if (!EQUALS(name, "kernel/domainname"))
        return 0;
    bpf_sysctl_get_new_value(ctx, value, sizeof(value)); /* what is longer is cut off */
    return STARTS(value, "tenant-");
}

LICENSE;
