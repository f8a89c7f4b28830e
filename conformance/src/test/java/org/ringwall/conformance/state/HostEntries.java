// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.Prefix;
import org.ringwall.compiler.value.U128;

/** Members of live sets and entries of tables in the syntax of the host's commands. */
final class HostEntries {
    private static final Interval ANY_MINOR = Interval.of(0, 0xffff_ffffL);

    private HostEntries() {}

    /** Returns the entries of a live set; only ports have ranges. */
    static List<String> of(LiveSet set, LiveMembers members) {
        if (members instanceof LiveMembers.Nets nets) {
            return set.type() == LiveType.IP ? addresses(nets.set()) : nets(nets.set());
        } else if (members instanceof LiveMembers.Devices devices) {
            return devices.ranges().stream().map(HostEntries::device).toList();
        }
        List<Interval> intervals = ((LiveMembers.Numbers) members).set().intervals();
        return set.type() == LiveType.PORT
                ? intervals.stream().map(HostEntries::numbers).toList()
                : intervals.stream().flatMap(HostEntries::each).toList();
    }

    /** Returns the words `KEY… = DESTINATION…`. */
    static String[] of(StateContent.Entry entry) {
        List<String> words = new ArrayList<>();
        entry.key().forEach(value -> words.add(word(value)));
        words.add("=");
        entry.destinations().forEach(to -> words.add(to.toString()));
        return words.toArray(String[]::new);
    }

    /** Returns a key's value in the syntax of a command. */
    static String word(KeyValue value) {
        return value instanceof KeyValue.OfText of
                ? new String(of.text().toArray(), StandardCharsets.UTF_8)
                : value.toString();
    }

    /**
     * Returns a key as the host prints it, in brackets: with the policy language's words for
     * protocols, families and types.
     */
    static String of(Key key, List<KeyValue> values) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            words.add(word(key.fields().get(i), values.get(i)));
        }
        return words.toString();
    }

    private static String word(Field field, KeyValue value) {
        if (value instanceof KeyValue.OfText of) {
            return shown(of.text());
        }
        if (!(value instanceof KeyValue.OfNumber of)) {
            return value.toString();
        }
        int number = (int) of.number();
        Optional<String> word = switch (field) {
            case PROTO -> IpProtocol.of(number).map(IpProtocol::word);
            case FAMILY -> AddressFamily.of(number).map(family -> family.name().toLowerCase(Locale.ROOT));
            case TYPE -> SocketType.of(number).map(SocketType::word);
            case DEV_TYPE -> DeviceKind.of(number).map(DeviceKind::word);
            default -> Optional.empty();
        };
        return word.orElse(value.toString());
    }

    /**
     * Returns a task's name with each byte that is not printable ASCII escaped; generated names
     * contain no UTF-8 sequences.
     */
    private static String shown(ByteString name) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < name.size(); i++) {
            int letter = name.at(i);
            boolean plain = letter >= ' ' && letter <= '~' && letter != '\\';
            shown.append(plain ? String.valueOf((char) letter) : letter == '\\' ? "\\\\" : "\\x%02x".formatted(letter));
        }
        return shown.toString();
    }

    /**
     * Returns each address as an entry of its own: adjacent addresses are one interval in the set,
     * but separate entries on the host.
     */
    private static List<String> addresses(AddressSet set) {
        List<String> entries = new ArrayList<>();
        set.v4().intervals().forEach(interval -> addresses(interval, bits -> new Address(true, bits), entries));
        set.v6().intervals().forEach(interval -> addresses(interval, Address::ofV6, entries));
        return entries;
    }

    private static void addresses(Interval interval, Function<U128, Address> address, List<String> to) {
        boolean last = false;
        for (U128 next = interval.low(); !last; next = next.next()) {
            to.add(address.apply(next).toString());
            last = next.equals(interval.high());
        }
    }

    private static List<String> nets(AddressSet set) {
        List<String> entries = new ArrayList<>();
        for (Interval interval : set.v4().intervals()) {
            Prefix.of(interval, Integer.SIZE)
                    .forEach(prefix -> entries.add(Address.v4(prefix.low()) + "/" + prefix.length()));
        }
        for (Interval interval : set.v6().intervals()) {
            Prefix.of(interval, Long.SIZE * 2)
                    .forEach(prefix ->
                            entries.add(Address.ofV6(new U128(prefix.high(), prefix.low())) + "/" + prefix.length()));
        }
        return entries;
    }

    private static Stream<String> each(Interval interval) {
        return LongStream.rangeClosed(interval.low().low(), interval.high().low())
                .mapToObj(Long::toUnsignedString);
    }

    private static String numbers(Interval interval) {
        String low = Long.toUnsignedString(interval.low().low());
        return interval.low().equals(interval.high())
                ? low
                : low + ".." + Long.toUnsignedString(interval.high().low());
    }

    private static String device(DeviceRange range) {
        String minor = range.minors().equals(ANY_MINOR) ? "*" : numbers(range.minors());
        return (range.type() == 1 ? "block " : "char ") + numbers(range.majors()) + ":" + minor;
    }
}
