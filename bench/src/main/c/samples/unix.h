/* The name of a Unix socket as the kernel's own examples get at it (bpf_sock_addr_kern, 6.7), copied to where it can be read at any place. */
#pragma once
#include "sample.h"

enum { SUN_PATH = 108 };

struct sockaddr_un {
    u16 sun_family;
    char sun_path[SUN_PATH];
} __attribute__((preserve_access_index));

struct bpf_sock_addr_kern {
    struct sockaddr_un *uaddr;
    u32 uaddrlen;
} __attribute__((preserve_access_index));

extern void *bpf_cast_to_kern_ctx(void *obj) __attribute__((section(".ksyms")));
extern void *bpf_rdonly_cast(const void *obj, u32 btf_id) __attribute__((section(".ksyms")));
extern int bpf_sock_addr_set_sun_path(struct bpf_sock_addr_kern *sa, const u8 *path, u32 length) __attribute__((section(".ksyms")));

#define TYPE_ID_KERNEL 1

#define UNKNOWN ((u64)-1)

/*
 * An abstract name begins with a NUL, a path ends with one or with the address; 0 for none. UNKNOWN where it cannot be read, and of names that
 * nobody could tell from others where they are shown: a path that begins with '@', an abstract name with a NUL inside.
 */
INLINE u64 read_path(struct bpf_sock_addr_kern *kern, char path[SUN_PATH + 4])
{
    u64 length = (u64)kern->uaddrlen - 2;
    u64 end;
    struct sockaddr_un *address;

    if (length == 0 || length > SUN_PATH)
        return 0;
    address = bpf_rdonly_cast(kern->uaddr, __builtin_btf_type_id(*(struct sockaddr_un *)0, TYPE_ID_KERNEL));
    if (bpf_probe_read_kernel(path, length, address->sun_path) < 0 || path[0] == '@')
        return UNKNOWN;
    for (end = 1; end < length; end++)
        if (path[end] == 0)
            return path[0] ? end : UNKNOWN;
    return length;
}

/* A whole path, or a whole abstract name with `\0` before it. */
#define IS(path, length, text) ((length) == sizeof(text) - 1 && STARTS(path, text))
/* The kernel function wants memory that may be written: no constants. */
#define SET_PATH(kern, name) bpf_sock_addr_set_sun_path(kern, name, sizeof(name))
#define SET_ABSTRACT(kern, name) bpf_sock_addr_set_sun_path(kern, name, sizeof(name) - 1)
