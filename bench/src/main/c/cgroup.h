/* The few parts of the kernel's uapi (include/uapi/linux/bpf.h) that these programs need, so that clang reads no other header. */
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

struct bpf_sock_addr {
    u32 user_family;
    u32 user_ip4;
    u32 user_ip6[4];
    u32 user_port; /* network order, in the low 16 bits */
    u32 family;
    u32 type;
    u32 protocol;
    u32 msg_src_ip4;
    u32 msg_src_ip6[4];
};

struct bpf_sock {
    u32 bound_dev_if;
    u32 family;
    u32 type;
    u32 protocol;
    u32 mark;
    u32 priority;
};

struct bpf_cgroup_dev_ctx {
    u32 access_type; /* access in the high half, type in the low half */
    u32 major;
    u32 minor;
};

#define SEC(name) __attribute__((section(name), used))
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define htons(x) __builtin_bswap16(x)
#define ntohl(x) __builtin_bswap32(x)
#else
#define htons(x) (x)
#define ntohl(x) (x)
#endif

enum { SOCK_STREAM = 1, SOCK_DGRAM = 2 };
enum { IPPROTO_TCP = 6, IPPROTO_UDP = 17, IPPROTO_DCCP = 33, IPPROTO_SCTP = 132, IPPROTO_UDPLITE = 136, IPPROTO_SMC = 256, IPPROTO_MPTCP = 262 };
enum { DEV_CHAR = 2, ACC_MKNOD = 1 };
