// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.compiler.policy.KeyValue;

/**
 * A record of a `log` effect (docs/abi.md section 1).
 *
 * @param time CLOCK_BOOTTIME in ns
 * @param rule the number of the rule among those that log
 * @param verdict {@link EventLayout#NO_VERDICT}, {@link EventLayout#ALLOWED} or
 *     {@link EventLayout#DENIED}
 * @param suppressed the number of suppressed records of the rule since the last one
 * @param fields the present members
 */
public record Event(
        long time,
        long generation,
        int rule,
        Hook hook,
        EventKind kind,
        int verdict,
        boolean monitored,
        long suppressed,
        Map<String, KeyValue> fields) {
    /** The offset before which all members are in every record. */
    private static final int FIRST_OPTIONAL = EventLayout.HEADER.offset("uid");

    public Event {
        fields = java.util.Collections.unmodifiableMap(new TreeMap<>(fields));
    }

    /**
     * Parses a record of a machine of this byte order.
     *
     * @throws IllegalArgumentException if the bytes are not a record
     */
    public static Event read(Bytes record, ByteOrder order) {
        StructLayout header = EventLayout.HEADER;
        ByteBuffer bytes = record.buffer(order);
        if (record.size() < header.size()) {
            throw new IllegalArgumentException("a record of " + record.size() + " bytes");
        }
        int number = bytes.get(header.offset("kind"));
        EventKind kind = EventKind.of(number)
                .filter(known -> EventLayout.size(known) == record.size())
                .orElseThrow(() -> new IllegalArgumentException(
                        "a record of kind " + number + " and " + record.size() + " bytes"));
        int attachType = bytes.get(header.offset("hook"));
        return new Event(
                bytes.getLong(header.offset("time")),
                Integer.toUnsignedLong(bytes.getInt(header.offset("generation"))),
                Short.toUnsignedInt(bytes.getShort(header.offset("rule"))),
                Hook.ofAttachType(attachType)
                        .orElseThrow(() -> new IllegalArgumentException("a record of hook " + attachType)),
                kind,
                bytes.get(header.offset("verdict")),
                bytes.get(header.offset("monitored")) != 0,
                Integer.toUnsignedLong(bytes.getInt(header.offset("suppressed"))),
                fields(bytes, kind));
    }

    private static Map<String, KeyValue> fields(ByteBuffer bytes, EventKind kind) {
        Map<String, KeyValue> fields = new TreeMap<>();
        int present = bytes.getInt(EventLayout.HEADER.offset("present"));
        for (String member : EventLayout.optional(kind)) {
            if ((present & EventLayout.bit(kind, member)) != 0) {
                fields.put(member, field(bytes, kind, member));
                present &= ~EventLayout.bit(kind, member);
            }
        }
        empty(bytes, EventLayout.HEADER, 0, fields.keySet());
        empty(bytes, kind.layout(), EventLayout.HEADER.size(), fields.keySet());
        if (present != 0) {
            throw new IllegalArgumentException(
                    "a record of a " + kind + " with bits 0x" + Integer.toHexString(present));
        }
        return fields;
    }

    /**
     * Checks that absent and reserved members, and the bytes after the end of a text, are zero;
     * anything else would be kernel memory.
     */
    private static void empty(ByteBuffer bytes, StructLayout struct, int base, Set<String> present) {
        for (StructLayout.Member member : struct.members()) {
            int first = base + member.offset();
            int end = first + member.size();
            boolean there = first < FIRST_OPTIONAL || present.contains(member.name()) && !member.isPad();
            if (there && member.type() == StructLayout.Scalar.CHAR) {
                while (first < end && bytes.get(first) != 0) {
                    first++;
                }
            } else if (there) {
                first = end;
            }
            for (int at = first; at < end; at++) {
                if (bytes.get(at) != 0) {
                    throw new IllegalArgumentException("a record with something in `" + member.name() + "`");
                }
            }
        }
    }

    /**
     * Returns a member of the kind's struct, or of the header if the kind has none of that name.
     */
    private static KeyValue field(ByteBuffer bytes, EventKind kind, String name) {
        boolean own = kind.layout().members().stream()
                .anyMatch(member -> member.name().equals(name));
        StructLayout struct = own ? kind.layout() : EventLayout.HEADER;
        StructLayout.Member member = struct.member(name);
        int at = member.offset() + (own ? EventLayout.HEADER.size() : 0);
        return switch ((StructLayout.Scalar) member.type()) {
            case CHAR -> new KeyValue.OfText(KeyBytes.text(bytes, at, member.size()));
            case U8 ->
                member.size() == KeyBytes.ADDRESS
                        ? new KeyValue.OfAddress(KeyBytes.address(bytes, at))
                        : new KeyValue.OfNumber(Byte.toUnsignedLong(bytes.get(at)));
            case U16 -> new KeyValue.OfNumber(Short.toUnsignedLong(bytes.getShort(at)));
            case U32, BE32 -> new KeyValue.OfNumber(Integer.toUnsignedLong(bytes.getInt(at)));
            case U64 -> new KeyValue.OfNumber(bytes.getLong(at));
            case SPIN_LOCK -> throw new IllegalStateException("a record has a lock");
        };
    }
}
