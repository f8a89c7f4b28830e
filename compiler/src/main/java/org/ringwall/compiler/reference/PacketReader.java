// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.U128;

/** Section 11: the fields of a packet's bytes, parsed one header after the other. */
final class PacketReader {
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private static final int INET = 2;
    private static final int INET6 = 10;
    private static final int TCP = 6;
    /**
     * The maximum number of extension headers, as in the order of RFC 8200; a packet with more is
     * not parsed further.
     */
    static final int MOST_EXTENSIONS = 6;

    private static final int ROUTING = 43;
    private static final int LOOSE_ROUTE = 131;
    private static final int STRICT_ROUTE = 137;

    private static final Set<Field> PORTS = EnumSet.of(Field.REMOTE_PORT, Field.LOCAL_PORT);
    private static final Set<Field> ICMP = EnumSet.of(Field.ICMP_TYPE, Field.ICMP_CODE);
    private static final Set<Field> FLAGS = EnumSet.of(Field.TCP_SYN, Field.TCP_ACK, Field.TCP_FIN, Field.TCP_RST);

    private final Request.Packet packet;
    private final byte[] bytes;
    private final Map<Field, FieldValue> known = new EnumMap<>(Field.class);
    private final Set<Field> unknown = EnumSet.noneOf(Field.class);
    private boolean malformed;

    private PacketReader(Request.Packet packet) {
        this.packet = packet;
        this.bytes = packet.first(packet.size());
    }

    static Subject read(Request.Packet packet) {
        PacketReader reader = new PacketReader(packet);
        reader.known.putAll(FieldResolver.stampedIdentity(packet));
        FieldResolver.numbers(packet, reader.known);
        reader.headers();
        reader.sourceRoute();
        reader.number(Field.MALFORMED, reader.malformed ? 1 : 0);
        return new Subject("", reader.known, reader.unknown);
    }

    private void headers() {
        if (packet.etherType() == IPV4 && has(0, 20) && at(0) / 16 == 4 && at(0) % 16 >= 5) {
            ipv4();
        } else if (packet.etherType() == IPV6 && has(0, 40) && at(0) / 16 == 6 && noneMapped()) {
            ipv6();
        } else {
            setUnknown(EnumSet.of(Field.REMOTE_IP, Field.LOCAL_IP, Field.FAMILY, Field.PROTO, Field.FRAGMENT));
            setUnknown(PORTS);
            setUnknown(ICMP);
            setUnknown(FLAGS);
        }
    }

    private void ipv4() {
        number(Field.FAMILY, INET);
        setAddresses(new Address(true, U128.of(word(12))), new Address(true, U128.of(word(16))));
        boolean moreFragments = (at(6) & 0x20) != 0;
        int offset = (at(6) & 0x1f) * 256 + at(7);
        number(Field.FRAGMENT, moreFragments || offset > 0 ? 1 : 0);
        number(Field.PROTO, at(9));
        if (offset == 0) {
            transport(at(9), at(0) % 16 * 4);
        }
    }

    /**
     * Sets `source_routed`: from the options of an IPv4 header, or the extension headers of an IPv6
     * packet, independently of its other content.
     */
    private void sourceRoute() {
        if (packet.etherType() == IPV4 && has(0, 20) && at(0) / 16 == 4 && at(0) % 16 >= 5) {
            sourceRouteOfOptions(at(0) % 16 * 4);
        } else if (packet.etherType() == IPV6 && has(0, 40) && at(0) / 16 == 6) {
            sourceRouteOfExtensions();
        } else {
            unknown.add(Field.SOURCE_ROUTED);
        }
    }

    private void sourceRouteOfOptions(int end) {
        int place = 20;
        while (place < end) {
            if (!has(place, 1)) {
                unknown.add(Field.SOURCE_ROUTED);
                return;
            }
            int type = at(place);
            if (type == LOOSE_ROUTE || type == STRICT_ROUTE) {
                number(Field.SOURCE_ROUTED, 1);
                return;
            } else if (type == 0) {
                place = end;
            } else if (type == 1) {
                place++;
            } else if (!has(place, 2) || at(place + 1) < 2 || place + at(place + 1) > end) {
                unknown.add(Field.SOURCE_ROUTED);
                return;
            } else {
                place += at(place + 1);
            }
        }
        number(Field.SOURCE_ROUTED, 0);
    }

    private void sourceRouteOfExtensions() {
        int protocol = at(6);
        int place = 40;
        for (int walked = 0; isExtension(protocol) && protocol != ROUTING; walked++) {
            if (walked == MOST_EXTENSIONS || !has(place, 8)) {
                unknown.add(Field.SOURCE_ROUTED);
                return;
            }
            boolean later = protocol == 44 && at(place + 2) * 256 + at(place + 3) >= 8;
            if (later) {
                number(Field.SOURCE_ROUTED, 0);
                return;
            }
            int length = extensionLength(protocol, at(place + 1));
            protocol = at(place);
            place += length;
        }
        number(Field.SOURCE_ROUTED, protocol == ROUTING ? 1 : 0);
    }

    private boolean noneMapped() {
        return !address(8).isV4() && !address(24).isV4();
    }

    private void ipv6() {
        number(Field.FAMILY, INET6);
        setAddresses(address(8), address(24));
        int protocol = at(6);
        int place = 40;
        boolean fragment = false;
        boolean later = false;
        for (int walked = 0; !later && isExtension(protocol); walked++) {
            if (walked == MOST_EXTENSIONS || !has(place, 8)) {
                setChainBroken(false);
                return;
            }
            int length = extensionLength(protocol, at(place + 1));
            if (protocol == 44) {
                int offset = (at(place + 2) * 256 + at(place + 3)) / 8;
                boolean moreFragments = at(place + 3) % 2 == 1;
                fragment |= moreFragments || offset > 0;
                later = offset > 0;
            }
            protocol = at(place);
            place += length;
        }
        if (isExtension(protocol)) {
            setChainBroken(later);
            return;
        }
        number(Field.FRAGMENT, fragment ? 1 : 0);
        number(Field.PROTO, protocol);
        if (!later) {
            transport(protocol, place);
        }
    }

    /**
     * Sets the payload's fields to unknown. A later fragment is still a fragment, and has no ports.
     */
    private void setChainBroken(boolean later) {
        setUnknown(EnumSet.of(Field.PROTO));
        if (later) {
            number(Field.FRAGMENT, 1);
            return;
        }
        setUnknown(EnumSet.of(Field.FRAGMENT));
        setUnknown(PORTS);
        setUnknown(ICMP);
        setUnknown(FLAGS);
    }

    /** Returns the length of an extension header whose second byte is `length`. */
    static int extensionLength(int protocol, int length) {
        return switch (protocol) {
            case 44 -> 8;
            case 51 -> (length + 2) * 4;
            default -> (length + 1) * 8;
        };
    }

    /**
     * Whether it is an extension header: hop-by-hop options, routing, fragment, authentication,
     * destination options.
     */
    static boolean isExtension(int protocol) {
        return protocol == 0 || protocol == 43 || protocol == 44 || protocol == 51 || protocol == 60;
    }

    private void transport(int protocol, int place) {
        switch (protocol) {
            case TCP, 17, 33, 132, 136 -> {
                if (has(place, 4)) {
                    boolean in = packet.hook() == Hook.SKB_INGRESS;
                    number(in ? Field.REMOTE_PORT : Field.LOCAL_PORT, at(place) * 256L + at(place + 1));
                    number(in ? Field.LOCAL_PORT : Field.REMOTE_PORT, at(place + 2) * 256L + at(place + 3));
                } else {
                    setUnknown(PORTS);
                }
            }
            case 1, 58 -> {
                if (has(place, 4)) {
                    number(Field.ICMP_TYPE, at(place));
                    number(Field.ICMP_CODE, at(place + 1));
                } else {
                    setUnknown(ICMP);
                }
            }
            default -> {}
        }
        if (protocol == TCP) {
            flags(place);
        }
    }

    private void flags(int place) {
        if (has(place, 14)) {
            int flags = at(place + 13);
            number(Field.TCP_FIN, flags % 2);
            number(Field.TCP_SYN, flags / 2 % 2);
            number(Field.TCP_RST, flags / 4 % 2);
            number(Field.TCP_ACK, flags / 16 % 2);
        } else {
            setUnknown(FLAGS);
        }
    }

    private void setAddresses(Address source, Address destination) {
        boolean in = packet.hook() == Hook.SKB_INGRESS;
        known.put(Field.REMOTE_IP, new FieldValue.Ip(in ? source : destination));
        known.put(Field.LOCAL_IP, new FieldValue.Ip(in ? destination : source));
    }

    private void number(Field field, long value) {
        known.put(field, new FieldValue.Number(value));
    }

    private void setUnknown(Set<Field> fields) {
        unknown.addAll(fields);
        malformed = true;
    }

    private boolean has(int place, int count) {
        return place + count <= bytes.length;
    }

    private int at(int place) {
        return Byte.toUnsignedInt(bytes[place]);
    }

    private long word(int place) {
        return (long) at(place) << 24 | (long) at(place + 1) << 16 | (long) at(place + 2) << 8 | at(place + 3);
    }

    private Address address(int place) {
        U128 bits = new U128(word(place) << 32 | word(place + 4), word(place + 8) << 32 | word(place + 12));
        return Address.ofV6(bits);
    }
}
