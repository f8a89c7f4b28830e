// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToIntFunction;
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
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.Event;

/**
 * A parser of the records of `log` (docs/abi.md section 1). Other processes may be able to write to
 * the map, so its numbers are only shown, never trusted.
 */
public final class EventReader {
    private static final StructLayout HEADER = EventLayout.HEADER;

    private static final int TIME = HEADER.offset("time");
    private static final int GENERATION = HEADER.offset("generation");
    private static final int RULE = HEADER.offset("rule");
    private static final int HOOK = HEADER.offset("hook");
    private static final int KIND = HEADER.offset("kind");
    private static final int PRESENT = HEADER.offset("present");
    private static final int VERDICT = HEADER.offset("verdict");
    private static final int MONITORED = HEADER.offset("monitored");
    private static final int SUPPRESSED = HEADER.offset("suppressed");

    /** The kinds by their numbers. */
    private static final Map<Integer, EventKind> KINDS =
            words(EventKind.values(), EventKind::number, Function.identity());

    private static final Map<EventKind, Integer> SIZES = new EnumMap<>(EventKind.class);

    /** The members of records that can be absent, in the order of the bits of `present`. */
    private static final Map<EventKind, List<Slot>> SLOTS = new EnumMap<>(EventKind.class);

    private static final Map<Integer, String> HOOKS = words(Hook.values(), Hook::attachType, Hook::word);

    static {
        for (EventKind kind : EventKind.values()) {
            SIZES.put(kind, EventLayout.size(kind));
            SLOTS.put(kind, slots(kind));
        }
    }

    /**
     * A member that can be absent.
     *
     * @param field the field's name
     * @param at its offset in a record
     * @param words the words for its numbers, where there are some
     */
    private record Slot(String field, StructLayout.Member member, int at, Map<Integer, String> words) {
        Object value(ByteBuffer bytes) {
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
            if (member.name().equals("access")) {
                return access((int) number);
            }
            String word = words.get((int) number);
            return word == null ? Span.unsigned(number) : word;
        }
    }

    private EventReader() {}

    /** Parses a record; empty if it is too short for its kind, or of an unknown kind. */
    public static Optional<Event> read(byte[] record) {
        if (record.length < HEADER.size()) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(record).order(ByteOrder.nativeOrder());
        EventKind kind = KINDS.get(Byte.toUnsignedInt(bytes.get(KIND)));
        if (kind == null || record.length < SIZES.getOrDefault(kind, Integer.MAX_VALUE)) {
            return Optional.empty();
        }
        int attachType = Byte.toUnsignedInt(bytes.get(HOOK));
        String hook = HOOKS.get(attachType);
        return Optional.of(new Event(
                bytes.getLong(TIME),
                bytes.getInt(GENERATION),
                Short.toUnsignedInt(bytes.getShort(RULE)),
                hook == null ? "attach type " + attachType : hook,
                verdict(bytes.get(VERDICT)),
                bytes.get(MONITORED) != 0,
                Integer.toUnsignedLong(bytes.getInt(SUPPRESSED)),
                fields(SLOTS.getOrDefault(kind, List.of()), bytes)));
    }

    private static String verdict(int number) {
        return switch (number) {
            case EventLayout.ALLOWED -> "allow";
            case EventLayout.DENIED -> "deny";
            case EventLayout.NO_VERDICT -> "none";
            default -> "verdict " + number;
        };
    }

    private static Map<String, Object> fields(List<Slot> slots, ByteBuffer bytes) {
        int present = bytes.getInt(PRESENT);
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int bit = 0; bit < slots.size(); bit++) {
            if ((present >>> bit & 1) != 0) {
                Slot slot = slots.get(bit);
                fields.put(slot.field(), slot.value(bytes));
            }
        }
        return fields;
    }

    private static List<Slot> slots(EventKind kind) {
        List<String> optional = EventLayout.optional(kind);
        // Members of the header come first.
        long own = kind.layout().members().stream()
                .filter(member -> !member.isPad())
                .count();
        List<Slot> slots = new ArrayList<>();
        for (int bit = 0; bit < optional.size(); bit++) {
            String name = optional.get(bit);
            boolean ofHeader = bit < optional.size() - own;
            StructLayout.Member member = (ofHeader ? HEADER : kind.layout()).member(name);
            int at = (ofHeader ? 0 : HEADER.size()) + member.offset();
            slots.add(new Slot(name.replace("_", "."), member, at, words(kind, name)));
        }
        return List.copyOf(slots);
    }

    private static Map<Integer, String> words(EventKind kind, String member) {
        return switch (member) {
            case "errno" -> words(Errno.values(), Errno::number, Errno::name);
            case "proto" -> words(IpProtocol.values(), IpProtocol::number, IpProtocol::word);
            case "family" ->
                words(
                        AddressFamily.values(),
                        AddressFamily::number,
                        family -> family.name().toLowerCase(Locale.ROOT));
            case "type" ->
                kind == EventKind.DEVICE
                        ? words(DeviceKind.values(), DeviceKind::number, DeviceKind::word)
                        : words(SocketType.values(), SocketType::number, SocketType::word);
            case "event" -> words(SockOpsEvent.values(), SockOpsEvent::number, SockOpsEvent::word);
            default -> Map.of();
        };
    }

    /** Returns the words by number; the first of several with one number. */
    private static <T, W> Map<Integer, W> words(T[] values, ToIntFunction<T> number, Function<T, W> word) {
        Map<Integer, W> words = new HashMap<>();
        for (T value : values) {
            words.putIfAbsent(number.applyAsInt(value), word.apply(value));
        }
        return words;
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
