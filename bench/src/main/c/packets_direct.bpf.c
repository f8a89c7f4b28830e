/* Packets to IPv4 prefixes, the header read where it lies. */
#include "cgroup.h"

SEC("cgroup_skb/egress") int decide(struct __sk_buff *skb)
{
    u8 *data = (u8 *)(long)skb->data;
    u8 *end = (u8 *)(long)skb->data_end;
    u32 ip;

    if (skb->protocol != htons(ETH_P_IP))
        return 1;
    if (data + 20 > end)
        return 0;
    ip = ntohl(*(u32 *)(data + 16));
#define MATCH(net, length) ((ip & (~0u << (32 - (length)))) == (net))
#define ALLOW(net, length)  \
    if (MATCH(net, length)) \
        return 1;
#define DENY(net, length)   \
    if (MATCH(net, length)) \
        return 0;
#include "rules.h"
    return 1;
}

char _license[] SEC("license") = "GPL";
