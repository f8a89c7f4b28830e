// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldSources;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Address;

/** A generator of a policy's state, and of what its rules do with it. */
final class StateGenerator {
    private static final Span NOWHERE = new SourceFile("generated.wall", "").span(0, 0);
    private static final long SECOND = 1_000_000_000L;
    private static final int USUAL_KEYS = 1024;
    private static final List<List<Field>> KEYS = List.of(
            List.of(),
            List.of(),
            List.of(Field.UID),
            List.of(Field.REMOTE_IP),
            List.of(Field.REMOTE_PORT, Field.REMOTE_IP, Field.PROTO),
            List.of(Field.LOCAL_IP, Field.LOCAL_PORT, Field.FAMILY),
            List.of(Field.CGROUP, Field.TYPE),
            List.of(Field.DEV_TYPE, Field.DEV_MAJOR, Field.DEV_MINOR),
            List.of(Field.LEVEL, Field.OPTNAME),
            List.of(Field.GID, Field.COOKIE),
            List.of(Field.COMM),
            List.of(Field.COMM, Field.UID),
            List.of(Field.NETNS, Field.ANCESTOR_1, Field.PID),
            List.of(Field.REMOTE_IP, Field.COMM, Field.CGROUP, Field.NETNS, Field.UID, Field.REMOTE_PORT));

    private final RandomChoices choices;
    private final SetGenerator sets;
    private final LiveSetGenerator live;
    private final KernelVersion kernel;
    private final List<Param> ports;
    private final List<String> lines = new ArrayList<>();
    private final List<LiveSet> liveSets = new ArrayList<>();
    private final List<Table> tables = new ArrayList<>();
    private final List<Counter> counters = new ArrayList<>();
    private final List<Rate> rates = new ArrayList<>();

    /**
     * Generates declarations. The language permits unused ones.
     *
     * @param params the params that may be ports of redirect destinations
     */
    StateGenerator(RandomChoices choices, KernelVersion kernel, List<Param> params) {
        this.choices = choices;
        this.sets = new SetGenerator(choices);
        this.live = new LiveSetGenerator(choices);
        this.kernel = kernel;
        this.ports =
                params.stream().filter(param -> param.type() == FieldType.PORT).toList();
        for (LiveType type : LiveType.values()) {
            if (type != LiveType.IP) {
                live(type);
            }
        }
        TableGenerator table = new TableGenerator(choices);
        choices.several(0, 2, () -> tables.add(declared(table.table("table" + tables.size()))));
        choices.several(1, 4, () -> counters.add(declared(counter())));
        choices.several(1, 3, () -> rates.add(declared(rate())));
        // Generated last, so that the earlier choices for a seed stay the same.
        live(LiveType.IP);
    }

    private void live(LiveType type) {
        if (choices.chance(60)) {
            liveSets.add(declared(live.set(type)));
        }
    }

    private <T> T declared(Written<T> written) {
        lines.add(written.text());
        return written.value();
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    State state() {
        return new State(liveSets, tables, counters, rates);
    }

    private static String words(Key key, String before) {
        return key.isEmpty()
                ? ""
                : key.fields().stream().map(Field::text).collect(Collectors.joining(", ", before, ""));
    }

    private Written<Counter> counter() {
        String name = "counter" + counters.size();
        Key key = new Key(choices.oneOf(KEYS));
        List<CounterLayout.Column> columns = new ArrayList<>();
        boolean closed = choices.chance(20);
        for (CounterUnit unit : CounterUnit.values()) {
            if (unit.isOfClosed() ? closed && choices.chance(70) : choices.chance(50) || unit == CounterUnit.ATTEMPTS) {
                columns.add(new CounterLayout.Column("f_" + unit.word(), unit));
            }
        }
        int max = key.isEmpty() ? 1 : choices.oneOf(2, 5, 10_000);
        boolean evicts = !key.isEmpty() && choices.chance(25);
        return new Written<>(
                "counter " + name + words(key, " [") + (key.isEmpty() ? "" : "]")
                        + columns.stream()
                                .map(column ->
                                        column.name() + ": " + column.unit().word())
                                .collect(Collectors.joining(", ", " { ", " }"))
                        + (key.isEmpty() ? "" : " max " + max) + (evicts ? " lru" : ""),
                new Counter(name, key, columns, max, evicts, NOWHERE));
    }

    private Written<Rate> rate() {
        String name = "rate" + rates.size();
        Key key = new Key(choices.oneOf(KEYS));
        boolean usual = choices.chance(20);
        int max = key.isEmpty() ? 1 : usual ? USUAL_KEYS : choices.oneOf(1, 3, 1000);
        long tokens = choices.oneOf(1L, 3L, 7L, 1000L);
        long burst = choices.chance(20) ? tokens : choices.oneOf(1L, 2L, 20L);
        Written<Rate.Pace> pace = pace(tokens, burst);
        return new Written<>(
                "rate " + name + words(key, " per ") + " " + pace.text() + (burst == tokens ? "" : " burst " + burst)
                        + (key.isEmpty() || usual ? "" : " max " + max),
                new Rate(name, key, pace.value(), max, NOWHERE));
    }

    /** Generates a number of tokens per second, minute or hour. */
    private Written<Rate.Pace> pace(long tokens, long burst) {
        int unit = choices.below(4);
        long period = unit < 2 ? SECOND : unit == 2 ? 60 * SECOND : 3600 * SECOND;
        return new Written<>(tokens + (unit < 2 ? "/s" : unit == 2 ? "/m" : "/h"), Rate.Pace.of(tokens, period, burst));
    }

    /**
     * Returns whether all requests of a block have the fields of the key, on every target kernel.
     */
    private boolean fits(Key key, Block.Target target) {
        return fields(target).containsAll(key.fields());
    }

    /** Returns the fields that all requests of a block have on every target kernel. */
    private List<Field> fields(Block.Target target) {
        return HookFields.in(target).stream()
                .filter(field ->
                        hooks(target).stream().allMatch(hook -> kernel.atLeast(FieldSources.since(hook, field))))
                .toList();
    }

    private static List<Hook> hooks(Block.Target target) {
        return target instanceof Block.Target.OfHook one
                ? List.of(one.hook())
                : ((Block.Target.OfIntent) target).intent().hooks();
    }

    /** Generates an atom that tests a live set, if one fits the block. */
    Optional<Written<Guard>> atom(Block.Target target) {
        return live.atom(liveSets, fields(target));
    }

    /**
     * Generates the records of a rule. It has at most one `log`, and at most one `count` for each
     * counter.
     */
    List<Written<Effect>> records(Block.Target target) {
        return records(target, false);
    }

    /**
     * Generates the records of a rule.
     *
     * @param closed whether its guard requires that a connection is closed
     */
    List<Written<Effect>> records(Block.Target target, boolean closed) {
        List<Written<Effect>> effects = new ArrayList<>();
        List<Counter> fitting = counters.stream()
                .filter(counter -> fits(counter.key(), target))
                .filter(counter -> closed
                        || counter.columns().stream()
                                .noneMatch(column -> column.unit().isOfClosed()))
                .toList();
        if (!fitting.isEmpty() && choices.chance(50)) {
            choices.several(1, 2, () -> choices.oneOf(fitting)).stream()
                    .distinct()
                    .forEach(counter ->
                            effects.add(new Written<>("count " + counter.name(), new Effect.Count(counter))));
        }
        if (choices.chance(40)) {
            boolean limited = choices.chance(40);
            long most = choices.oneOf(1L, 3L, 100L);
            Written<Rate.Pace> pace = pace(most, most);
            effects.add(
                    limited
                            ? new Written<>("log at most " + pace.text(), new Effect.Log(Optional.of(pace.value())))
                            : new Written<>("log", new Effect.Log(Optional.empty())));
        }
        return effects;
    }

    /** Returns a rate that a rule of the block can use, if there is one. */
    Optional<Rate> rate(Block.Target target) {
        List<Rate> fitting =
                rates.stream().filter(rate -> fits(rate.key(), target)).toList();
        return fitting.isEmpty() ? Optional.empty() : Optional.of(choices.oneOf(fitting));
    }

    /** Generates a destination if the block can redirect. */
    Optional<Written<Destination>> destination(Block.Target target) {
        boolean leads = target.equals(new Block.Target.OfIntent(Intent.EGRESS))
                || target instanceof Block.Target.OfHook of && of.hook().hasDestination();
        if (!leads) {
            return Optional.empty();
        }
        List<Table> fitting =
                tables.stream().filter(table -> fits(table.key(), target)).toList();
        if (!fitting.isEmpty() && choices.chance(60)) {
            Table table = choices.oneOf(fitting);
            String key = choices.chance(20) ? words(table.key(), "[") + "]" : "";
            return Optional.of(new Written<>(table.name() + key, new Destination.Looked(table)));
        }
        Address address = sets.address().value();
        while (address.isAny()) {
            address = sets.address().value();
        }
        if (!ports.isEmpty() && choices.chance(50)) {
            Param port = choices.oneOf(ports);
            String host = address.isV4() ? address.toString() : "[" + address + "]";
            return Optional.of(new Written<>(
                    host + ":" + port.name(), new Destination.Fixed(address, new Effect.Operand.OfParam(port))));
        }
        Destination.Fixed to = new Destination.Fixed(address, new Effect.Operand.OfNumber(choices.below(65_536)));
        return Optional.of(new Written<>(to.toString(), to));
    }

    /**
     * Generates the entries of the live sets and tables.
     *
     * @param caller an actor whose ids the sets often contain
     */
    static StateContent content(RandomChoices choices, State state, Optional<Actor> caller) {
        LiveSetGenerator live = new LiveSetGenerator(choices);
        Map<LiveSet, LiveMembers> members = new HashMap<>();
        state.liveSets().forEach(set -> members.put(set, live.content(set, caller)));
        TableGenerator table = new TableGenerator(choices);
        Map<Table, List<StateContent.Entry>> entries = new HashMap<>();
        state.tables().forEach(each -> entries.put(each, table.content(each)));
        return new StateContent(members, entries);
    }
}
