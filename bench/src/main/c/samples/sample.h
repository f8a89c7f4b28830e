/* More of the kernel's uapi for the samples in C, and the few lines that several of them begin with. */
#pragma once
#include "../cgroup.h"

static void *(*bpf_sk_fullsock)(void *sk) = (void *)95;
static long (*bpf_sysctl_get_new_value)(struct bpf_sysctl *ctx, char *buf, unsigned long len) = (void *)103;
static void *(*bpf_sk_storage_get)(void *map, void *sk, void *value, u64 flags) = (void *)107;
static long (*bpf_probe_read_kernel)(void *dst, u32 size, const void *from) = (void *)113;
static int (*bpf_get_retval)(void) = (void *)186;
static int (*bpf_set_retval)(int retval) = (void *)187;

enum { EPERM = 1, EACCES = 13 };
enum { AF_INET = 2, AF_INET6 = 10 };
enum { SOCK_RAW = 3, IPPROTO_ICMP = 1, IPPROTO_ICMPV6 = 58 };
enum { BPF_MAP_TYPE_SK_STORAGE = 24, BPF_F_CLONE = 0x200, BPF_SK_STORAGE_GET_F_CREATE = 1 };

#define INLINE static __attribute__((always_inline, unused))
#define IP4(a, b, c, d) ((u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define htonl ntohl
#define EQUALS(buf, text) (__builtin_memcmp(buf, text, sizeof(text)) == 0)
#define STARTS(buf, text) (__builtin_memcmp(buf, text, sizeof(text) - 1) == 0)

INLINE int is_tcp(u32 protocol) { return protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP; }

/* Sockets whose traffic the address hooks see; UDP-Lite connects past them. */
INLINE int judged_later(struct bpf_sock *ctx)
{
    switch (ctx->type) {
    case SOCK_STREAM:
        return is_tcp(ctx->protocol);
    case SOCK_DGRAM:
        return ctx->protocol == IPPROTO_UDP;
    default:
        return 0;
    }
}

INLINE int is_mapped(struct bpf_sock_addr *ctx)
{
    return ctx->user_ip6[0] == 0 && ctx->user_ip6[1] == 0 && ctx->user_ip6[2] == htonl(0xffff);
}

/* 127.0.0.1, or any address, by which the kernel means this host. */
INLINE int is_loopback(u32 ip) { return ip == htonl(IP4(127, 0, 0, 1)) || ip == 0; }

/* A port is what these protocols have; others come to bind too. */
INLINE int has_ports(u32 protocol)
{
    switch (protocol) {
    case IPPROTO_TCP:
    case IPPROTO_MPTCP:
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
    case IPPROTO_SCTP:
    case IPPROTO_DCCP:
        return 1;
    }
    return 0;
}

/* What an earlier program has said stays. */
INLINE int deny(int error)
{
    if (!bpf_get_retval())
        bpf_set_retval(-error);
    return 0;
}

/* A test for existence asks for nothing; of bits that nobody knows today nothing good is to be expected. */
#define CHECK_ACCESS(access)                               \
    do {                                                   \
        if (!(access))                                     \
            return 1;                                      \
        if ((access) & ~(ACC_MKNOD | ACC_READ | ACC_WRITE)) \
            return 0;                                      \
    } while (0)

#include "../word.h"

#define PROGRAM(section, name, type, arg)                                              \
    INLINE int name##_verdict(type *arg);                                              \
    SEC(section) int name(type *arg) { return in_force() ? name##_verdict(arg) : 1; } \
    INLINE int name##_verdict(type *arg)

#define LICENSE char _license[] SEC("license") = "GPL"
