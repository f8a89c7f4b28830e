/* The few parts of the kernel's uapi (include/uapi/linux/bpf.h) that these programs need, so that clang reads no other header. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
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
    void *sk __attribute__((aligned(8)));
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

struct bpf_sysctl {
    u32 write;
    u32 file_pos;
};

struct __sk_buff {
    u32 len;
    u32 pkt_type;
    u32 mark;
    u32 queue_mapping;
    u32 protocol;
    u32 vlan_present;
    u32 vlan_tci;
    u32 vlan_proto;
    u32 priority;
    u32 ingress_ifindex;
    u32 ifindex;
    u32 tc_index;
    u32 cb[5];
    u32 hash;
    u32 tc_classid;
    u32 data;
    u32 data_end;
};

struct bpf_sockopt {
    void *sk __attribute__((aligned(8)));
    void *optval __attribute__((aligned(8)));
    void *optval_end __attribute__((aligned(8)));
    int level;
    int optname;
    int optlen;
    int retval;
};

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static u64 (*bpf_get_current_uid_gid)(void) = (void *)15;
static long (*bpf_get_current_comm)(void *buf, u32 size) = (void *)16;
static long (*bpf_sysctl_get_name)(struct bpf_sysctl *ctx, char *buf, unsigned long len, u64 flags) = (void *)101;
static long (*bpf_strncmp)(const char *s1, u32 s1_sz, const char *s2) = (void *)182;

enum { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_LPM_TRIE = 11 };
enum { BPF_F_NO_PREALLOC = 1 };
#define __uint(name, val) int (*name)[val]
#define __type(name, val) val *name

#define SEC(name) __attribute__((section(name), used))
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define htons(x) __builtin_bswap16(x)
#define ntohl(x) __builtin_bswap32(x)
#define htonll(x) __builtin_bswap64(x)
#else
#define htons(x) (x)
#define ntohl(x) (x)
#define htonll(x) (x)
#endif
#define ntohs htons

enum { SOCK_STREAM = 1, SOCK_DGRAM = 2 };
enum { IPPROTO_TCP = 6, IPPROTO_UDP = 17, IPPROTO_DCCP = 33, IPPROTO_SCTP = 132, IPPROTO_UDPLITE = 136, IPPROTO_SMC = 256, IPPROTO_MPTCP = 262 };
enum { DEV_BLOCK = 1, DEV_CHAR = 2, ACC_MKNOD = 1, ACC_READ = 2, ACC_WRITE = 4 };
enum { ETH_P_IP = 0x0800 };
