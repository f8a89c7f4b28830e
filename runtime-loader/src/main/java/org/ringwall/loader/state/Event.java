// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.DeviceAccess;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.bpf.state.StructLayout.Scalar;

/**
 * A record of `log` (docs/abi.md section 1). Other processes may be able to write to the map, so
 * its numbers are only shown, never trusted.
 *
 * @param time CLOCK_BOOTTIME, ns
 * @param generation the generation whose `.rodata` describes the rule
 * @param rule the number of the rule among those that log
 * @param hook the hook's name, or the number of an unknown attach type
 * @param verdict `allow`, `deny`, or `none` for a rule without a verdict
 * @param monitored whether the verdict had no effect
 * @param suppressed records of this rule that were suppressed since the last one
 * @param fields the known fields of the task and the request, by name: numbers, and text that is
 *     safe to print
 */
public record Event(
        long time,
        int generation,
        int rule,
        String hook,
        String verdict,
        boolean monitored,
        long suppressed,
        Map<String, Object> fields) {
    private static final StructLayout HEADER = EventLayout.HEADER;

    /** The fields whose text the task chose: `comm`, `name`, `path`. */
    private static final Set<String> TEXTS = Stream.concat(
                    HEADER.members().stream(),
                    Arrays.stream(EventKind.values()).flatMap(kind -> kind.layout().members().stream()))
            .filter(member -> member.type() == Scalar.CHAR)
            .map(StructLayout.Member::name)
            .collect(Collectors.toUnmodifiableSet());

    public Event {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Parses a record; empty if it is too short for its kind, or of an unknown kind. */
    public static Optional<Event> read(byte[] record) {
        if (record.length < HEADER.size()) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(record).order(ByteOrder.nativeOrder());
        Optional<EventKind> kind = EventKind.of(Byte.toUnsignedInt(bytes.get(HEADER.offset("kind"))));
        if (kind.isEmpty() || record.length < EventLayout.size(kind.get())) {
            return Optional.empty();
        }
        int attachType = Byte.toUnsignedInt(bytes.get(HEADER.offset("hook")));
        return Optional.of(new Event(
                bytes.getLong(HEADER.offset("time")),
                bytes.getInt(HEADER.offset("generation")),
                Short.toUnsignedInt(bytes.getShort(HEADER.offset("rule"))),
                Hook.ofAttachType(attachType).map(Hook::word).orElse("attach type " + attachType),
                verdict(bytes.get(HEADER.offset("verdict"))),
                bytes.get(HEADER.offset("monitored")) != 0,
                Integer.toUnsignedLong(bytes.getInt(HEADER.offset("suppressed"))),
                fields(kind.get(), bytes)));
    }

    /**
     * Returns fields and their values as `name=value`, separated by one space. Text that the task
     * chose is quoted.
     */
    public static String pairs(Map<String, ?> fields) {
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + shown(field.getKey(), field.getValue()))
                .collect(Collectors.joining(" "));
    }

    private static String shown(String name, Object value) {
        return TEXTS.contains(name) && value instanceof String text ? Printable.quoted(text) : value.toString();
    }

    private static String verdict(int number) {
        return switch (number) {
            case EventLayout.ALLOWED -> "allow";
            case EventLayout.DENIED -> "deny";
            case EventLayout.NO_VERDICT -> "none";
            default -> "verdict " + number;
        };
    }

    private static Map<String, Object> fields(EventKind kind, ByteBuffer bytes) {
        int present = bytes.getInt(HEADER.offset("present"));
        Map<String, Object> fields = new LinkedHashMap<>();
        List<String> optional = EventLayout.optional(kind);
        for (int bit = 0; bit < optional.size(); bit++) {
            String name = optional.get(bit);
            if ((present >>> bit & 1) != 0) {
                boolean ofHeader = bit < optional.size() - own(kind);
                StructLayout struct = ofHeader ? HEADER : kind.layout();
                StructLayout.Member member = struct.member(name);
                int at = (ofHeader ? 0 : HEADER.size()) + member.offset();
                fields.put(name.replace("_", "."), value(kind, member, bytes, at));
            }
        }
        return fields;
    }

    /** Returns how many members specific to its kind a record may lack. */
    private static long own(EventKind kind) {
        return kind.layout().members().stream()
                .filter(member -> !member.isPad())
                .count();
    }

    private static Object value(EventKind kind, StructLayout.Member member, ByteBuffer bytes, int at) {
        if (member.count() > 1) {
            byte[] array = new byte[member.count()];
            bytes.get(at, array);
            return member.type() == Scalar.CHAR ? Printable.of(array) : Net.print(array);
        }
        long number = switch (member.size()) {
            case 1 -> Byte.toUnsignedLong(bytes.get(at));
            case 2 -> Short.toUnsignedLong(bytes.getShort(at));
            case 4 -> Integer.toUnsignedLong(bytes.getInt(at));
            default -> bytes.getLong(at);
        };
        Optional<String> word = word(kind, member.name(), (int) number);
        return word.isPresent() ? word.get() : Span.unsigned(number);
    }

    private static Optional<String> word(EventKind kind, String member, int number) {
        return switch (member) {
            case "errno" -> Errno.of(number).map(Errno::name);
            case "proto" -> IpProtocol.of(number).map(IpProtocol::word);
            case "family" ->
                AddressFamily.of(number).map(family -> family.name().toLowerCase(Locale.ROOT));
            case "type" ->
                kind == EventKind.DEVICE
                        ? DeviceKind.of(number).map(DeviceKind::word)
                        : SocketType.of(number).map(SocketType::word);
            case "access" -> Optional.of(access(number));
            case "event" -> tcp(number);
            default -> Optional.empty();
        };
    }

    private static Optional<String> tcp(int number) {
        for (SockOpsEvent event : SockOpsEvent.values()) {
            if (event.number() == number) {
                return Optional.of(event.word());
            }
        }
        return Optional.empty();
    }

    private static String access(int bits) {
        List<String> letters = new ArrayList<>();
        for (DeviceAccess access : DeviceAccess.values()) {
            if ((bits & access.bit()) != 0) {
                letters.add(access.letter());
            }
        }
        return String.join("", letters);
    }
}
