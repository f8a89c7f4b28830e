// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.Arrays;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.model.request.PacketBuilder;
import org.ringwall.compiler.model.request.PacketMeta;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.HookFields;

/**
 * A generator of packets. Valid ones have options, fragments and chains of extension headers, some
 * longer than programs read. Malformed ones are truncated, have flipped bits, declare another
 * family, or are random bytes.
 */
final class PacketDraw {
    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int MOST_NOISE = 80;

    private final Draw draw;
    private final Values values;

    /** Values near the boundaries of a policy. */
    interface Values {
        /** Returns an address of this family, as it is stored in a header. */
        RawAddress address(boolean v4);

        /** Returns a value of a numeric field. */
        long number(Field field);
    }

    PacketDraw(Draw draw, Values values) {
        this.draw = draw;
        this.values = values;
    }

    Request.Packet packet(Hook hook) {
        if (draw.chance(4)) {
            byte[] noise = noise(draw.below(MOST_NOISE));
            return new Request.Packet(hook, etherType(), Bytes.of(noise), meta(hook));
        }
        Request.Packet sound = sound(hook);
        return draw.chance(75) ? sound : spoilt(sound);
    }

    private Request.Packet sound(Hook hook) {
        boolean v4 = draw.chance(50);
        PacketBuilder builder = PacketBuilder.at(hook, values.address(v4), values.address(v4));
        if (v4) {
            if (draw.chance(20)) {
                builder.options(draw.chance(50) ? options() : noise(draw.between(1, 40)));
            }
            if (draw.chance(20)) {
                fragment(builder);
            }
        } else if (draw.chance(40)) {
            extensions(builder);
        }
        payload(builder);
        if (draw.chance(15)) {
            builder.length((int) Math.min(1500, values.number(Field.LEN)));
        }
        return builder.request(hook, meta(hook));
    }

    /**
     * Generates IPv4 options with mostly valid lengths, often with a source route after other
     * options.
     */
    private byte[] options() {
        byte[] bytes = new byte[draw.between(1, 40)];
        int at = 0;
        while (at < bytes.length) {
            int type = draw.oneOf(1, 1, 7, 68, 130, 131, 137, draw.below(256));
            bytes[at] = (byte) type;
            if (type <= 1) {
                at++;
                continue;
            }
            int length = draw.chance(85) ? draw.oneOf(2, 3, 4, 7, 11) : draw.below(256);
            if (at + 1 < bytes.length) {
                bytes[at + 1] = (byte) length;
            }
            at += Math.max(2, length);
        }
        return bytes;
    }

    private void fragment(PacketBuilder builder) {
        builder.fragment(draw.oneOf(0, 0, 1, 8191, draw.below(8192)), draw.chance(60));
    }

    /** Adds up to eight extension headers, two more than programs read. */
    private void extensions(PacketBuilder builder) {
        for (int i = draw.oneOf(1, 1, 2, 3, 5, 6, 7, 8); i > 0; i--) {
            if (draw.chance(20)) {
                fragment(builder);
            } else {
                builder.extension(draw.oneOf(0, 43, 51, 60), noise(draw.oneOf(0, 1, 6, 7, 30, 200)));
            }
        }
    }

    private void payload(PacketBuilder builder) {
        int local = (int) values.number(Field.LOCAL_PORT);
        int remote = (int) values.number(Field.REMOTE_PORT);
        switch (draw.below(8)) {
            case 0, 1 -> builder.tcp(local, remote, draw.below(256));
            case 2, 3 -> builder.udp(remote, local, draw.oneOf(0, 1, 100));
            case 4 -> builder.icmp((int) values.number(Field.ICMP_TYPE), (int) values.number(Field.ICMP_CODE));
            case 5 -> builder.withPorts(draw.oneOf(33, 132, 136, 6, 17), local, remote);
            case 6 -> builder.carrying(draw.oneOf(1, 6, 17, 58, 132), noise(draw.below(16)));
            default -> builder.carrying((int) values.number(Field.PROTO) & 0xff, noise(draw.below(30)));
        }
    }

    private Request.Packet spoilt(Request.Packet packet) {
        byte[] bytes = packet.bytes().toArray();
        int etherType = packet.etherType();
        switch (draw.below(3)) {
            case 0 -> bytes = Arrays.copyOf(bytes, draw.below(bytes.length + 1));
            case 1 -> {
                for (int i = draw.between(1, 3); i > 0; i--) {
                    bytes[draw.below(Math.min(bytes.length, 64))] ^= (byte) (1 << draw.below(8));
                }
            }
            default -> etherType = etherType();
        }
        return new Request.Packet(packet.hook(), etherType, Bytes.of(bytes), packet.meta());
    }

    private int etherType() {
        return draw.oneOf(ETH_P_IP, ETH_P_IPV6, 0x0806, 0);
    }

    private PacketMeta meta(Hook hook) {
        if (draw.chance(50)) {
            return PacketMeta.plain(hook);
        }
        PacketMeta meta = PacketMeta.plain(hook);
        for (Field field : HookFields.numbers(hook)) {
            String name = field.spec().number(hook).orElseThrow().name();
            meta = field == Field.LEN ? meta : meta.with(name, number(field));
        }
        return draw.chance(40)
                ? meta.withSegments(draw.oneOf(0, 1, 20, 1_448, 0xffff), draw.oneOf(0, 0, 1, 2, 128))
                : meta;
    }

    /** Generates a value that the kernel can store: it keeps three bits of a packet's type. */
    private long number(Field field) {
        return field.type() == FieldType.PACKET_TYPE ? values.number(field) & 7 : values.number(field);
    }

    private byte[] noise(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) draw.below(256);
        }
        return bytes;
    }
}
