#include "sample.h"

enum { LONGEST = 256 };

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

/* A digit, and the newline of `echo`. */
INLINE int is_number(const char *value)
{
    return value[0] >= '0' && value[0] <= '2' && (value[1] == 0 || (value[1] == '\n' && value[2] == 0));
}

/* "tenant-*", where `*` matches no slash. */
INLINE int is_tenant(const char *value)
{
    if (!STARTS(value, "tenant-"))
        return 0;
    for (int i = 7; i < LONGEST && value[i]; i++)
        if (value[i] == '/')
            return 0;
    return 1;
}

PROGRAM("cgroup/sysctl", sysctl, struct bpf_sysctl, ctx)
{
    char name[LONGEST] = {};
    long length = bpf_sysctl_get_name(ctx, name, sizeof(name), 0);

    if (length < 0)
        return !ctx->write;
    if (!ctx->write)
        return !STARTS(name, "kernel/keys/");
    if (is_forwarding(name, length) || STARTS(name, "net/ipv4/ip_forward") || is_accept_redirects(name))
        return 0;
    if (ctx->file_pos) /* a part of the value */
        return 0;
    /* The stack has no room for both: the value takes the place of the name. */
    if (STARTS(name, "net/ipv4/") || STARTS(name, "net/ipv6/"))
        return bpf_sysctl_get_new_value(ctx, name, sizeof(name)) > 0 && is_number(name);
    if (!EQUALS(name, "kernel/domainname"))
        return 0;
    return bpf_sysctl_get_new_value(ctx, name, sizeof(name)) > 0 && is_tenant(name);
}

LICENSE;
