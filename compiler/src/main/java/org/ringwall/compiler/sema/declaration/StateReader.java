// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.declaration;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.bpf.state.TableLayout;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.ast.SetExpr;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.sema.guard.Declarations;
import org.ringwall.compiler.sema.guard.KeyReader;
import org.ringwall.compiler.sema.guard.SetReader;
import org.ringwall.compiler.sema.text.Endpoints;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.Members;
import org.ringwall.compiler.sema.text.NumberText;
import org.ringwall.compiler.sema.text.PaceText;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/**
 * A reader of declarations of state: live sets, tables, counters and rates. Each result is empty
 * after a report.
 */
public final class StateReader {
    /**
     * The maximum number of entries, keys or tokens, which a kernel map can hold without being too
     * much for any host.
     */
    static final long MOST = 1L << 24;

    private static final long MOST_PORTS = 1L << 16;
    private static final int USUAL_KEYS = 1024;

    private final Declarations declarations;
    private final Findings findings;
    private final KeyReader keys;

    public StateReader(Declarations declarations, Findings findings) {
        this.declarations = declarations;
        this.findings = findings;
        this.keys = new KeyReader(findings);
    }

    /** Converts constants to members of a live set. */
    public static LiveMembers members(LiveType type, Members members) {
        return switch (type) {
            case NET, IP -> new LiveMembers.Nets(members.addresses());
            case DEVICE -> new LiveMembers.Devices(members.devices());
            case PORT, UID, GID, INT, CGROUP, NETNS -> new LiveMembers.Numbers(members.numbers());
        };
    }

    Optional<LiveSet> liveSet(Item.LiveSet item) {
        Optional<LiveType> type = LiveType.named(item.type().text());
        if (type.isEmpty()) {
            List<String> words =
                    List.of(LiveType.values()).stream().map(LiveType::word).toList();
            findings.add(Diagnostic.of(
                            Code.UNKNOWN_LIVE_TYPE,
                            item.type().span(),
                            "there is no live set type `%s`"
                                    .formatted(item.type().text()))
                    .help(DidYouMean.help(item.type().text(), words)
                            .orElse("write one of `%s`".formatted(String.join("`, `", words)))));
            return Optional.empty();
        }
        Optional<Integer> max = number(item.max(), type.get() == LiveType.PORT ? MOST_PORTS : MOST, "entries");
        Optional<Optional<LiveMembers>> within = item.within().isEmpty()
                ? Optional.of(Optional.empty())
                : range(item.within().get(), LiveSet.fieldType(type.get()))
                        .map(members -> Optional.of(members(type.get(), members)));
        return max.flatMap(room -> within.map(range -> new LiveSet(
                item.name().text(), type.get(), range, room, item.name().span())));
    }

    Optional<Table> table(Item.Table item) {
        Optional<Key> key = keys.read(item.name().text(), item.key());
        Optional<AddressSet> within = range(item.within(), FieldType.ADDRESS)
                .map(Members::addresses)
                .filter(set -> ofOneFamily(set, item.within().span()));
        Optional<IntervalSet> ports = range(item.ports(), FieldType.PORT).map(Members::numbers);
        Optional<Integer> max = number(item.max(), MOST, "keys");
        Optional<Integer> choices = item.choices().isEmpty()
                ? Optional.of(1)
                : number(item.choices().get(), TableLayout.MOST_CHOICES, "destinations");
        boolean whole =
                key.isPresent() && within.isPresent() && ports.isPresent() && max.isPresent() && choices.isPresent();
        Optional<Optional<Endpoint>> otherwise = whole ? otherwise(item, within.get(), ports.get()) : Optional.empty();
        return otherwise.map(end -> new Table(
                item.name().text(),
                key.orElseThrow(),
                within.orElseThrow(),
                ports.orElseThrow(),
                max.orElseThrow(),
                choices.orElseThrow(),
                end,
                item.name().span()));
    }

    private boolean ofOneFamily(AddressSet set, Span at) {
        if (set.v4().isEmpty() || set.v6().isEmpty()) {
            return true;
        }
        findings.add(Diagnostic.of(Code.BAD_RANGE, at, "all destinations of a table must have the same family")
                .help("declare a table for v4 and another for v6"));
        return false;
    }

    private Optional<Optional<Endpoint>> otherwise(Item.Table item, AddressSet within, IntervalSet ports) {
        if (item.otherwise().isEmpty()) {
            return Optional.of(Optional.empty());
        }
        Probe.Endpoint written = item.otherwise().get();
        return endpoint(written, within, ports, item.name().text()).map(Optional::of);
    }

    /** Reads a destination within the ranges of a table. */
    public Optional<Endpoint> endpoint(Probe.Endpoint written, AddressSet within, IntervalSet ports, String table) {
        Optional<Endpoint> endpoint = Endpoints.read(written, findings)
                .filter(one ->
                        Endpoints.isDestination(one.address(), written.address().span(), findings));
        boolean inside = endpoint.filter(one -> within.contains(one.address()) && ports.contains(U128.of(one.port())))
                .isPresent();
        if (endpoint.isPresent() && !inside) {
            findings.add(Diagnostic.of(
                            Code.OUTSIDE_RANGE,
                            written.span(),
                            "`%s` is outside the ranges of `%s`"
                                    .formatted(written.span().text(), table))
                    .help("write an address and a port inside its `within`, or widen the `within`"));
            return Optional.empty();
        }
        return endpoint;
    }

    Optional<Counter> counter(Item.Counter item) {
        Optional<Key> key = keys.read(item.name().text(), item.key());
        Optional<List<CounterLayout.Column>> columns = columns(item);
        Optional<Integer> max = Optional.of(1);
        if (item.max().isPresent()) {
            max = number(item.max().get(), MOST, "keys");
        }
        boolean whole = true;
        if (item.key().isEmpty() && (item.max().isPresent() || item.evicts())) {
            Span at = item.max().map(Value.Literal::span).orElse(item.name().span());
            keyless(at, "counter", item.name().text(), "[FIELD, …]");
            whole = false;
        } else if (!item.key().isEmpty() && item.max().isEmpty()) {
            findings.add(Diagnostic.of(
                            Code.MISSING_ROOM,
                            item.name().span(),
                            "`%s` has a key but no `max`".formatted(item.name().text()))
                    .help("write the maximum number of keys after the columns: `{ … } max 1024`"));
            whole = false;
        }
        if (!whole || key.isEmpty() || columns.isEmpty() || max.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Counter(
                item.name().text(),
                key.get(),
                columns.get(),
                max.get(),
                item.evicts(),
                item.name().span()));
    }

    private void keyless(Span at, String kind, String name, String key) {
        findings.add(Diagnostic.of(
                        Code.KEYLESS_ROOM, at, "the %s `%s` has no key, so it has a single value".formatted(kind, name))
                .help("remove `max` and `lru`, or write a key: `%s %s %s …`".formatted(kind, name, key)));
    }

    private Optional<List<CounterLayout.Column>> columns(Item.Counter item) {
        if (item.columns().isEmpty() || item.columns().size() > CounterLayout.MOST_COLUMNS) {
            String message = item.columns().isEmpty()
                    ? "`%s` has no columns".formatted(item.name().text())
                    : "`%s` has %d columns; the limit is %d"
                            .formatted(item.name().text(), item.columns().size(), CounterLayout.MOST_COLUMNS);
            findings.add(Diagnostic.of(Code.COUNTER_COLUMNS, item.name().span(), message)
                    .help("write 1 to %d columns: `{ tries: attempts, last: time }`"
                            .formatted(CounterLayout.MOST_COLUMNS)));
            return Optional.empty();
        }
        List<CounterLayout.Column> columns = new ArrayList<>();
        Map<String, Span> seen = new HashMap<>();
        for (Item.Counter.Column column : item.columns()) {
            Optional<Span> first = Optional.ofNullable(
                    seen.putIfAbsent(column.name().text(), column.name().span()));
            first.ifPresent(span -> findings.add(Diagnostic.of(
                            Code.COUNTER_COLUMNS,
                            column.name().span(),
                            "two columns have the name `%s`"
                                    .formatted(column.name().text()))
                    .help("rename one of them")
                    .note(span, "the first one is here")));
            Optional<CounterUnit> unit = unit(column);
            if (first.isEmpty() && unit.isPresent()) {
                columns.add(new CounterLayout.Column(column.name().text(), unit.get()));
            }
        }
        return columns.size() == item.columns().size() ? Optional.of(columns) : Optional.empty();
    }

    private Optional<CounterUnit> unit(Item.Counter.Column column) {
        Optional<CounterUnit> unit = CounterUnit.named(column.unit().text());
        if (unit.isEmpty()) {
            List<String> words = List.of(CounterUnit.values()).stream()
                    .map(CounterUnit::word)
                    .toList();
            findings.add(Diagnostic.of(
                            Code.UNKNOWN_UNIT,
                            column.unit().span(),
                            "there is no counter unit `%s`"
                                    .formatted(column.unit().text()))
                    .help(DidYouMean.help(column.unit().text(), words)
                            .orElse("write one of `%s`".formatted(String.join("`, `", words)))));
        }
        return unit;
    }

    Optional<Rate> rate(Item.Rate item) {
        Optional<Key> key = keys.read(item.name().text(), item.key());
        Optional<Long> burst =
                item.burst().flatMap(text -> number(text, MOST, "tokens")).map(Long::valueOf);
        Optional<Integer> max = Optional.of(item.key().isEmpty() ? 1 : USUAL_KEYS);
        if (item.max().isPresent()) {
            max = number(item.max().get(), MOST, "keys");
        }
        Optional<Rate.Pace> pace =
                PaceText.read(item.pace(), burst).orReport(findings, item.pace().span());
        if (item.key().isEmpty() && item.max().isPresent()) {
            keyless(item.max().get().span(), "rate", item.name().text(), "per FIELD");
            return Optional.empty();
        }
        boolean whole = burst.isPresent() == item.burst().isPresent();
        if (!whole || key.isEmpty() || max.isEmpty() || pace.isEmpty()) {
            return Optional.empty();
        }
        keys.warnOfChosen(item.name().text(), item.key());
        return Optional.of(new Rate(
                item.name().text(),
                key.get(),
                pace.get(),
                max.get(),
                item.name().span()));
    }

    /** Reads a number in 1..most. */
    private Optional<Integer> number(Value.Literal text, long most, String what) {
        return NumberText.positive(text.text(), most, "a number of " + what)
                .orReport(findings, text.span())
                .map(Math::toIntExact);
    }

    /** Reads the range of entries that are added later: a non-empty set of constants. */
    private Optional<Members> range(SetExpr set, FieldType type) {
        Optional<SetReader.Result> result =
                new SetReader(declarations, findings, Optional.of(new Expected("within", type))).read(set);
        if (result.isEmpty() || !isConstant(set, result.get())) {
            return Optional.empty();
        }
        Members members = result.get().base().members();
        if (members.isEmpty()) {
            findings.add(Diagnostic.of(Code.BAD_RANGE, set.span(), "the range is empty")
                    .help("write the permitted values, or remove `within` to permit all"));
            return Optional.empty();
        }
        return Optional.of(members);
    }

    private boolean isConstant(SetExpr set, SetReader.Result result) {
        if (!result.base().isConstant() || !result.removed().isConstant()) {
            findings.add(Diagnostic.of(
                            Code.LIVE_IN_CONSTANT,
                            set.span(),
                            "a range must be constant, but this is known only on the host")
                    .help("write numbers and addresses, or declared sets of them"));
            return false;
        }
        return true;
    }
}
