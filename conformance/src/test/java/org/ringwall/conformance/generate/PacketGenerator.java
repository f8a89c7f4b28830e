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
final class PacketGenerator {
    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int MOST_NOISE = 80;

    private final RandomChoices choices;
    private final Values values;

    /** Values near the boundaries of a policy. */
    interface Values {
        /** Returns an address of this family, as it is stored in a header. */
        RawAddress address(boolean v4);

        /** Returns a value of a numeric field. */
        long number(Field field);
    }

    PacketGenerator(RandomChoices choices, Values values) {
        this.choices = choices;
        this.values = values;
    }

    Request.Packet packet(Hook hook) {
        if (choices.chance(4)) {
            byte[] noise = noise(choices.below(MOST_NOISE));
            return new Request.Packet(hook, etherType(), Bytes.of(noise), meta(hook));
        }
        Request.Packet sound = sound(hook);
        return choices.chance(75) ? sound : spoilt(sound);
    }

    private Request.Packet sound(Hook hook) {
        boolean v4 = choices.chance(50);
        PacketBuilder builder = PacketBuilder.at(hook, values.address(v4), values.address(v4));
        if (v4) {
            if (choices.chance(20)) {
                builder.options(choices.chance(50) ? options() : noise(choices.between(1, 40)));
            }
            if (choices.chance(20)) {
                fragment(builder);
            }
        } else if (choices.chance(40)) {
            extensions(builder);
        }
        payload(builder);
        if (choices.chance(15)) {
            builder.length((int) Math.min(1500, values.number(Field.LEN)));
        }
        return builder.request(hook, meta(hook));
    }

    /**
     * Generates IPv4 options with mostly valid lengths, often with a source route after other
     * options.
     */
    private byte[] options() {
        byte[] bytes = new byte[choices.between(1, 40)];
        int at = 0;
        while (at < bytes.length) {
            int type = choices.oneOf(1, 1, 7, 68, 130, 131, 137, choices.below(256));
            bytes[at] = (byte) type;
            if (type <= 1) {
                at++;
                continue;
            }
            int length = choices.chance(85) ? choices.oneOf(2, 3, 4, 7, 11) : choices.below(256);
            if (at + 1 < bytes.length) {
                bytes[at + 1] = (byte) length;
            }
            at += Math.max(2, length);
        }
        return bytes;
    }

    private void fragment(PacketBuilder builder) {
        builder.fragment(choices.oneOf(0, 0, 1, 8191, choices.below(8192)), choices.chance(60));
    }

    /** Adds up to eight extension headers, two more than programs read. */
    private void extensions(PacketBuilder builder) {
        for (int i = choices.oneOf(1, 1, 2, 3, 5, 6, 7, 8); i > 0; i--) {
            if (choices.chance(20)) {
                fragment(builder);
            } else {
                builder.extension(choices.oneOf(0, 43, 51, 60), noise(choices.oneOf(0, 1, 6, 7, 30, 200)));
            }
        }
    }

    private void payload(PacketBuilder builder) {
        int local = (int) values.number(Field.LOCAL_PORT);
        int remote = (int) values.number(Field.REMOTE_PORT);
        switch (choices.below(8)) {
            case 0, 1 -> builder.tcp(local, remote, choices.below(256));
            case 2, 3 -> builder.udp(remote, local, choices.oneOf(0, 1, 100));
            case 4 -> builder.icmp((int) values.number(Field.ICMP_TYPE), (int) values.number(Field.ICMP_CODE));
            case 5 -> builder.withPorts(choices.oneOf(33, 132, 136, 6, 17), local, remote);
            case 6 -> builder.carrying(choices.oneOf(1, 6, 17, 58, 132), noise(choices.below(16)));
            default -> builder.carrying((int) values.number(Field.PROTO) & 0xff, noise(choices.below(30)));
        }
    }

    private Request.Packet spoilt(Request.Packet packet) {
        byte[] bytes = packet.bytes().toArray();
        int etherType = packet.etherType();
        switch (choices.below(3)) {
            case 0 -> bytes = Arrays.copyOf(bytes, choices.below(bytes.length + 1));
            case 1 -> {
                for (int i = choices.between(1, 3); i > 0; i--) {
                    bytes[choices.below(Math.min(bytes.length, 64))] ^= (byte) (1 << choices.below(8));
                }
            }
            default -> etherType = etherType();
        }
        return new Request.Packet(packet.hook(), etherType, Bytes.of(bytes), packet.meta());
    }

    private int etherType() {
        return choices.oneOf(ETH_P_IP, ETH_P_IPV6, 0x0806, 0);
    }

    private PacketMeta meta(Hook hook) {
        if (choices.chance(50)) {
            return PacketMeta.plain(hook);
        }
        PacketMeta meta = PacketMeta.plain(hook);
        for (Field field : HookFields.numbers(hook)) {
            String name = field.spec().number(hook).orElseThrow().name();
            meta = field == Field.LEN ? meta : meta.with(name, number(field));
        }
        return choices.chance(40)
                ? meta.withSegments(choices.oneOf(0, 1, 20, 1_448, 0xffff), choices.oneOf(0, 0, 1, 2, 128))
                : meta;
    }

    /** Generates a value that the kernel can store: it keeps three bits of a packet's type. */
    private long number(Field field) {
        return field.type() == FieldType.PACKET_TYPE ? values.number(field) & 7 : values.number(field);
    }

    private byte[] noise(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) choices.below(256);
        }
        return bytes;
    }
}
