// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.bpf.state.StructLayout.Scalar;
import org.ringwall.bpf.text.Printable;

/**
 * A record of `log` (docs/abi.md section 1). Other processes may be able to write to the map, so
 * its numbers are only shown, never trusted.
 *
 * @param time the time as programs read it, CLOCK_BOOTTIME in ns
 * @param generation the generation whose `.rodata` describes the rule
 * @param rule the number of the rule among those that log
 * @param hook the hook's name, or the number of an unknown attach type
 * @param verdict `allow`, `deny`, or `none` for a rule without a verdict
 * @param monitored whether the verdict had no effect
 * @param suppressed records of this rule that were suppressed since the last one
 * @param fields the known fields of the task and the request, by name: numbers as
 *     {@link java.math.BigInteger}, and text that is safe to print
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
    /** The fields whose text the task chose: `comm`, `name`, `path`. */
    private static final Set<String> TEXTS = Stream.concat(
                    EventLayout.HEADER.members().stream(),
                    Arrays.stream(EventKind.values()).flatMap(kind -> kind.layout().members().stream()))
            .filter(member -> member.type() == Scalar.CHAR)
            .map(StructLayout.Member::name)
            .collect(Collectors.toUnmodifiableSet());

    /** Creates a record. */
    public Event {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
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
}
