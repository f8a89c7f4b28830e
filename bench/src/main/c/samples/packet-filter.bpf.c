#include "sample.h"

enum { NEXT_HOP = 0, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44, NEXT_DESTINATION = 60, MOST_EXTENSIONS = 4 };
enum { ACK = 0x10 };

/* What rules ask, ports and addresses as they lie in the packet. */
struct packet {
    u32 remote[4]; /* IPv4 in the last */
    u8 v4;
    u8 protocol;
    u8 flags;
    u8 type;
    u16 local_port;
    u16 remote_port;
};

/* 0 for fragments and for what cannot be read. */
INLINE int parse(struct __sk_buff *skb, struct packet *packet, int egress)
{
    u8 *at = (u8 *)(long)skb->data;
    u8 *end = (u8 *)(long)skb->data_end;
    u8 next;

    if (at + 20 > end)
        return 0;
    packet->v4 = at[0] >> 4 == 4;
    if (packet->v4) {
        u32 length = (at[0] & 15) * 4;

        if (*(u16 *)(at + 6) & htons(0x3fff) || length < 20)
            return 0;
        next = at[9];
        packet->remote[3] = *(u32 *)(at + (egress ? 16 : 12));
        at += length;
    } else {
        u32 *address = (u32 *)(at + (egress ? 24 : 8));

        if (at + 40 > end)
            return 0;
        next = at[6];
        packet->remote[0] = address[0];
        packet->remote[1] = address[1];
        packet->remote[2] = address[2];
        packet->remote[3] = address[3];
        at += 40;
        for (int i = 0; i < MOST_EXTENSIONS; i++) {
            if (next != NEXT_HOP && next != NEXT_ROUTING && next != NEXT_DESTINATION)
                break;
            if (at + 8 > end)
                return 0;
            next = at[0];
            at += (at[1] + 1) * 8;
        }
        if (next == NEXT_FRAGMENT)
            return 0;
    }
    packet->protocol = next;
    switch (next) {
    case IPPROTO_TCP:
        if (at + 20 > end)
            return 0;
        packet->flags = at[13];
        break;
    case IPPROTO_UDP:
        if (at + 8 > end)
            return 0;
        break;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        if (at + 8 > end)
            return 0;
        packet->type = at[0];
        return 1;
    default:
        return 1;
    }
    packet->local_port = *(u16 *)(at + (egress ? 0 : 2));
    packet->remote_port = *(u16 *)(at + (egress ? 2 : 0));
    return 1;
}

INLINE int is_lan(struct packet *packet)
{
    return packet->v4 ? (packet->remote[3] & htonl(0xff000000)) == htonl(IP4(10, 0, 0, 0))
                      : (packet->remote[0] & htonl(0xff000000)) == htonl(0xfd000000);
}

INLINE int is_resolver(struct packet *packet)
{
    if (packet->remote_port != htons(53))
        return 0;
    if (packet->v4)
        return packet->remote[3] == htonl(IP4(10, 0, 0, 53));
    return packet->remote[0] == htonl(0xfd000000) && packet->remote[1] == 0 && packet->remote[2] == 0 &&
           packet->remote[3] == htonl(0x53);
}

PROGRAM("cgroup_skb/ingress", skb_ingress, struct __sk_buff, skb)
{
    struct packet packet = {};

    if (!parse(skb, &packet, 0))
        return 0;
    switch (packet.protocol) {
    case IPPROTO_TCP:
        return (packet.local_port == htons(8443) && is_lan(&packet)) ||
               (packet.flags & ACK && packet.remote_port == htons(443));
    case IPPROTO_UDP:
        return is_resolver(&packet);
    case IPPROTO_ICMP:
        return packet.type == 0 || packet.type == 3 || packet.type == 11;
    case IPPROTO_ICMPV6:
        return (packet.type >= 1 && packet.type <= 4) || packet.type == 129 ||
               (packet.type >= 133 && packet.type <= 137);
    }
    return 0;
}

PROGRAM("cgroup_skb/egress", skb_egress, struct __sk_buff, skb)
{
    struct packet packet = {};

    if (!parse(skb, &packet, 1))
        return 0;
    if (packet.v4 && packet.remote[3] == htonl(IP4(169, 254, 169, 254)))
        return 0;
    switch (packet.protocol) {
    case IPPROTO_TCP:
        return (packet.local_port == htons(8443) && packet.flags & ACK) || packet.remote_port == htons(443);
    case IPPROTO_UDP:
        return is_resolver(&packet);
    case IPPROTO_ICMP:
        return packet.type == 8;
    case IPPROTO_ICMPV6:
        return packet.type == 128 || (packet.type >= 133 && packet.type <= 137);
    }
    return 0;
}

LICENSE;
