// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** A generator of tables with one or several key fields, and of their entries. */
final class TableGenerator {
    private static final Span NOWHERE = new SourceFile("generated.wall", "").span(0, 0);
    private static final int MOST_ENTRIES = 20;

    private static final List<List<Field>> KEYS = List.of(
            List.of(Field.REMOTE_PORT),
            List.of(Field.PROTO),
            List.of(Field.UID),
            List.of(Field.REMOTE_IP),
            List.of(Field.REMOTE_IP, Field.REMOTE_PORT),
            List.of(Field.PROTO, Field.REMOTE_PORT, Field.TYPE),
            List.of(Field.COMM, Field.FAMILY),
            List.of(Field.UID, Field.REMOTE_IP, Field.COMM));

    private static final Written<AddressSet> V4 = new Written<>(
            "127.0.0.0/8", new AddressSet(IntervalSet.range(0x7f00_0000L, 0x7fff_ffffL), IntervalSet.EMPTY));
    private static final Written<AddressSet> V6 = new Written<>(
            "2001:db8::/32",
            new AddressSet(
                    IntervalSet.EMPTY,
                    IntervalSet.of(
                            new Interval(new U128(0x2001_0db8_0000_0000L, 0), new U128(0x2001_0db8_ffff_ffffL, -1)))));
    private static final Written<IntervalSet> PORTS = new Written<>("1..65535", IntervalSet.range(1, 65_535));
    private static final Written<IntervalSet> FEW_PORTS = new Written<>(
            "{ 80, 8000..9000 } except 8443",
            IntervalSet.of(Interval.of(80, 80), Interval.of(8000, 8442), Interval.of(8444, 9000)));

    private final RandomChoices choices;
    private final SetGenerator sets;

    TableGenerator(RandomChoices choices) {
        this.choices = choices;
        this.sets = new SetGenerator(choices);
    }

    /** Generates a declaration with this name. */
    Written<Table> table(String name) {
        boolean v4 = choices.chance(70);
        Key key = new Key(choices.oneOf(KEYS));
        Written<IntervalSet> ports = choices.chance(70) ? PORTS : FEW_PORTS;
        int destinations = choices.oneOf(1, 1, 3, 64);
        boolean said = destinations > 1 || choices.chance(50);
        Optional<Endpoint> otherwise = choices.chance(50) ? Optional.of(endpoint(v4, ports.value())) : Optional.empty();
        String text = "table %s [%s] within %s : %s max 100%s default %s"
                .formatted(
                        name,
                        key.fields().stream().map(Field::text).collect(Collectors.joining(", ")),
                        (v4 ? V4 : V6).text(),
                        ports.text(),
                        said ? " choices " + destinations : "",
                        otherwise.map(Endpoint::toString).orElse("deny"));
        return new Written<>(
                text,
                new Table(name, key, (v4 ? V4 : V6).value(), ports.value(), 100, destinations, otherwise, NOWHERE));
    }

    /** Generates an endpoint inside the table's ranges. */
    private Endpoint endpoint(boolean v4, IntervalSet ports) {
        Address address = v4
                ? new Address(true, U128.of(0x7f00_0000L | choices.below(1 << 24)))
                : Address.ofV6(new U128(0x2001_0db8_0000_0000L, choices.below(1 << 20)));
        Interval span = choices.oneOf(ports.intervals());
        long low = span.low().toLongExact();
        return new Endpoint(address, (int) (low + choices.upTo(span.high().toLongExact() - low)));
    }

    /** Generates the entries of a table. */
    List<StateContent.Entry> content(Table table) {
        Map<List<KeyValue>, StateContent.Entry> entries = new LinkedHashMap<>();
        for (int i = choices.below(MOST_ENTRIES); i > 0; i--) {
            List<KeyValue> key = table.key().fields().stream().map(this::value).toList();
            List<Endpoint> to =
                    choices.several(1, Math.min(5, table.choices()), () -> endpoint(table.isV4(), table.ports()));
            entries.put(key, new StateContent.Entry(key, to));
        }
        return List.copyOf(entries.values());
    }

    /** Generates a value that requests often have. */
    private KeyValue value(Field field) {
        return switch (field.type()) {
            case ADDRESS -> new KeyValue.OfAddress(sets.address().value());
            case STRING -> new KeyValue.OfText(new StringGenerator(choices).comm(List.of()));
            case PROTOCOL -> new KeyValue.OfNumber(choices.oneOf(6, 6, 17, 17, 1, 58, 136));
            case SOCKET_TYPE -> new KeyValue.OfNumber(choices.oneOf(1, 2, 3));
            case FAMILY -> new KeyValue.OfNumber(choices.oneOf(2, 10));
            default ->
                new KeyValue.OfNumber(field == Field.UID && choices.chance(30) ? 1000 : sets.number(field.type()));
        };
    }
}
