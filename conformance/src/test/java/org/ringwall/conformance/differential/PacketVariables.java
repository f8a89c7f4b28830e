// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.model.request.Request;

/**
 * The values of a packet's {@link Variable}s, for the evaluation of diagrams. A variable that no
 * program would read is 0.
 */
final class PacketVariables {
    private final Map<Variable, Long> values = new EnumMap<>(Variable.class);
    private final ByteBuffer bytes;
    private final boolean in;
    private int protocol;
    private int place;

    PacketVariables(Request.Packet packet) {
        this.bytes = ByteBuffer.wrap(packet.bytes().toArray());
        this.in = packet.hook() == Hook.SKB_INGRESS;
        values.put(Variable.PACKET_PROTOCOL, (long) Variable.UNKNOWN_PROTOCOL);
        values.put(Variable.PACKET_FRAGMENT, 2L);
        values.put(Variable.PACKET_TRANSPORT, 2L);
        values.put(Variable.PACKET_ROUTED, routed(packet.etherType()));
        for (Variable variable : Variable.values()) {
            variable.number(ContextStruct.SK_BUFF).ifPresent(name -> values.put(variable, packet.number(name)));
        }
        values.put(Variable.PACKET_CGROUP, packet.actor().cgroup());
        if (packet.etherType() == 0x0800 && behind(0) >= 20) {
            four();
        } else if (packet.etherType() == 0x86dd && behind(0) >= 40) {
            six();
        }
    }

    /**
     * Returns the state of the source route: 0 absent, 1 present, 2 unknown because the headers
     * cannot be read.
     */
    private long routed(int etherType) {
        boolean four = etherType == 0x0800 && behind(0) >= 20 && (bytes.get(0) & 255) >= 0x45 && bytes.get(0) >> 4 == 4;
        if (four) {
            return routedByOption(20, (bytes.get(0) & 15) << 2);
        }
        boolean six = etherType == 0x86dd && behind(0) >= 40 && bytes.getInt(0) >>> 28 == 6;
        return six ? routedByHeader(bytes.get(6) & 255, 40, 6) : 2;
    }

    private long routedByOption(int at, int end) {
        if (at >= end) {
            return 0;
        }
        int type = behind(at) < 1 ? -1 : bytes.get(at) & 255;
        int length = behind(at) < 2 ? 0 : bytes.get(at + 1) & 255;
        return switch (type) {
            case -1 -> 2;
            case 0 -> 0;
            case 1 -> routedByOption(at + 1, end);
            case 131, 137 -> 1;
            default -> length < 2 || at + length > end ? 2 : routedByOption(at + length, end);
        };
    }

    private long routedByHeader(int number, int at, int left) {
        return switch (number) {
            case 43 -> 1;
            case 0, 51, 60 -> {
                if (left == 0 || behind(at) < 8) {
                    yield 2;
                }
                int unit = number == 51 ? 4 : 8;
                yield routedByHeader(bytes.get(at) & 255, at + 8 + unit * (bytes.get(at + 1) & 255), left - 1);
            }
            case 44 -> {
                if (left == 0 || behind(at) < 8) {
                    yield 2;
                }
                boolean later = (bytes.getShort(at + 2) & 0xfff8) != 0;
                yield later ? 0 : routedByHeader(bytes.get(at) & 255, at + 8, left - 1);
            }
            default -> 0;
        };
    }

    long of(Variable variable) {
        return values.getOrDefault(variable, 0L);
    }

    private int behind(int offset) {
        return bytes.capacity() - offset;
    }

    private void four() {
        int first = bytes.get(0);
        place = (first & 15) << 2;
        if (first >> 4 != 4 || place < 20) {
            return;
        }
        values.put(Variable.PACKET_FAMILY, 2L);
        values.put(in ? Variable.PACKET_REMOTE_IP4 : Variable.PACKET_LOCAL_IP4, bytes.getInt(12) & 0xffff_ffffL);
        values.put(in ? Variable.PACKET_LOCAL_IP4 : Variable.PACKET_REMOTE_IP4, bytes.getInt(16) & 0xffff_ffffL);
        protocol = bytes.get(9) & 255;
        int fragment = bytes.getShort(6) & 0x3fff;
        protocolIs(fragment != 0);
        carries((fragment & 0x1fff) != 0);
    }

    private void six() {
        if (bytes.getInt(0) >>> 28 != 6 || mapped(8) || mapped(24)) {
            return;
        }
        values.put(Variable.PACKET_FAMILY, 10L);
        values.put(in ? Variable.PACKET_REMOTE_IP6_HIGH : Variable.PACKET_LOCAL_IP6_HIGH, bytes.getLong(8));
        values.put(in ? Variable.PACKET_REMOTE_IP6_LOW : Variable.PACKET_LOCAL_IP6_LOW, bytes.getLong(16));
        values.put(in ? Variable.PACKET_LOCAL_IP6_HIGH : Variable.PACKET_REMOTE_IP6_HIGH, bytes.getLong(24));
        values.put(in ? Variable.PACKET_LOCAL_IP6_LOW : Variable.PACKET_REMOTE_IP6_LOW, bytes.getLong(32));
        protocol = bytes.get(6) & 255;
        place = 40;
        boolean fragment = false;
        for (int left = 6; extension(); left--) {
            if (left == 0 || behind(place) < 8) {
                return;
            }
            int size = bytes.get(place + 1) & 255;
            int cut = protocol == 44 ? bytes.getShort(place + 2) & 0xfff9 : 0;
            fragment |= cut != 0;
            int length = protocol == 44 ? 8 : protocol == 51 ? 4 * size + 8 : 8 * size + 8;
            protocol = bytes.get(place) & 255;
            place += length;
            if (cut > 7) {
                carries(true);
                values.put(Variable.PACKET_FRAGMENT, 1L);
                if (!extension()) {
                    protocolIs(true);
                }
                return;
            }
        }
        protocolIs(fragment);
        carries(false);
    }

    private boolean mapped(int at) {
        return bytes.getLong(at) == 0 && bytes.getInt(at + 8) == 0xffff;
    }

    private boolean extension() {
        return switch (protocol) {
            case 0, 43, 44, 51, 60 -> true;
            default -> false;
        };
    }

    private void protocolIs(boolean fragment) {
        values.put(Variable.PACKET_PROTOCOL, (long) protocol);
        values.put(Variable.PACKET_FRAGMENT, fragment ? 1L : 0L);
    }

    private void carries(boolean later) {
        if (later) {
            values.put(Variable.PACKET_TRANSPORT, 1L);
            return;
        }
        boolean fields = switch (protocol) {
            case 1, 6, 17, 33, 58, 132, 136 -> true;
            default -> false;
        };
        values.put(Variable.PACKET_TRANSPORT, fields && behind(place) < 4 ? 2L : 0L);
        if (!fields || behind(place) < 4) {
            return;
        }
        values.put(in ? Variable.PACKET_REMOTE_PORT : Variable.PACKET_LOCAL_PORT, bytes.getShort(place) & 0xffffL);
        values.put(in ? Variable.PACKET_LOCAL_PORT : Variable.PACKET_REMOTE_PORT, bytes.getShort(place + 2) & 0xffffL);
        values.put(Variable.PACKET_ICMP_TYPE, bytes.get(place) & 255L);
        values.put(Variable.PACKET_ICMP_CODE, bytes.get(place + 1) & 255L);
        if (protocol == 6) {
            boolean cut = behind(place) < 14;
            values.put(Variable.PACKET_FLAGS_CUT, cut ? 1L : 0L);
            int flags = cut ? 0 : bytes.get(place + 13);
            values.put(Variable.PACKET_FIN, flags & 1L);
            values.put(Variable.PACKET_SYN, flags >> 1 & 1L);
            values.put(Variable.PACKET_RST, flags >> 2 & 1L);
            values.put(Variable.PACKET_ACK, flags >> 4 & 1L);
        }
    }
}
