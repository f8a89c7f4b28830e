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
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldSources;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** Draws what a policy keeps, and what its rules do with it. */
final class StateDraw {
    private static final Span NOWHERE = new SourceFile("generated.wall", "").span(0, 0);
    private static final List<Hook> LEADING = List.of(Hook.CONNECT4, Hook.CONNECT6, Hook.SENDMSG4, Hook.SENDMSG6);
    private static final long SECOND = 1_000_000_000L;
    private static final IntervalSet UIDS = IntervalSet.range(0, 0xffff_fffeL);
    private static final IntervalSet DOCUMENTED =
            IntervalSet.of(new Interval(new U128(0x2001_0db8_0000_0000L, 0), new U128(0x2001_0db8_ffff_ffffL, -1)));
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
            List.of(Field.GID, Field.COOKIE));
    private static final Map<LiveType, FieldType> TYPES = Map.of(
            LiveType.NET, FieldType.ADDRESS,
            LiveType.PORT, FieldType.PORT,
            LiveType.DEVICE, FieldType.DEVICE,
            LiveType.INT, FieldType.INT);

    private final Draw draw;
    private final SetDraw sets;
    private final KernelVersion kernel;
    private final List<String> lines = new ArrayList<>();
    private final List<LiveSet> liveSets = new ArrayList<>();
    private final List<Table> tables = new ArrayList<>();
    private final List<Counter> counters = new ArrayList<>();
    private final List<Rate> rates = new ArrayList<>();

    /** Draws declarations; those that no rule uses are legal. */
    StateDraw(Draw draw, KernelVersion kernel) {
        this.draw = draw;
        this.sets = new SetDraw(draw);
        this.kernel = kernel;
        for (LiveType type : List.of(LiveType.NET, LiveType.PORT, LiveType.DEVICE, LiveType.UID, LiveType.INT)) {
            if (draw.chance(60)) {
                liveSets.add(live(type));
            }
        }
        draw.several(0, 2, () -> tables.add(table()));
        draw.several(1, 4, () -> counters.add(counter()));
        draw.several(1, 3, () -> rates.add(rate()));
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    State state() {
        return new State(liveSets, tables, counters, rates);
    }

    private LiveSet live(LiveType type) {
        String name = "live_" + type.word() + "s";
        Optional<Written<? extends LiveMembers>> within =
                type == LiveType.DEVICE || draw.chance(60) ? Optional.empty() : Optional.of(within(type));
        lines.add("live set " + name + " : " + type.word()
                + within.map(set -> " within " + set.text()).orElse("") + " max 10000");
        return new LiveSet(name, type, within.map(Written::value), 10_000, NOWHERE);
    }

    private Written<? extends LiveMembers> within(LiveType type) {
        if (type == LiveType.NET) {
            return new Written<>(
                    "{ 10.0.0.0/8, 127.0.0.0/8, 2001:db8::/32 }",
                    new LiveMembers.Nets(new AddressSet(
                            IntervalSet.of(
                                    Interval.of(0x0a00_0000L, 0x0aff_ffffL), Interval.of(0x7f00_0000L, 0x7fff_ffffL)),
                            DOCUMENTED)));
        }
        long high = type == LiveType.PORT ? 8080 : 70_000;
        return new Written<>("{ 1.." + high + " }", new LiveMembers.Numbers(IntervalSet.range(1, high)));
    }

    private Key key() {
        return new Key(draw.oneOf(KEYS));
    }

    private static String words(Key key, String before) {
        return key.isEmpty()
                ? ""
                : key.fields().stream().map(Field::text).collect(Collectors.joining(", ", before, ""));
    }

    private Table table() {
        String name = "table" + tables.size();
        boolean v4 = draw.chance(70);
        List<Field> fields = draw.oneOf(
                List.of(Field.REMOTE_PORT), List.of(Field.PROTO), List.of(Field.UID), List.of(Field.REMOTE_IP));
        int choices = draw.oneOf(1, 1, 3, 64);
        Address to = v4
                ? new Address(true, U128.of(0x7f00_0000L | draw.below(1 << 24)))
                : Address.ofV6(new U128(0x2001_0db8_0000_0000L, draw.below(1000)));
        Optional<Endpoint> otherwise =
                draw.chance(50) ? Optional.of(new Endpoint(to, 1 + draw.below(65_535))) : Optional.empty();
        lines.add("table %s [%s] within %s : 1..65535 max 100 choices %d default %s"
                .formatted(
                        name,
                        fields.get(0).text(),
                        v4 ? "127.0.0.0/8" : "2001:db8::/32",
                        choices,
                        otherwise.map(Endpoint::toString).orElse("deny")));
        AddressSet within = v4
                ? new AddressSet(IntervalSet.range(0x7f00_0000L, 0x7fff_ffffL), IntervalSet.EMPTY)
                : new AddressSet(IntervalSet.EMPTY, DOCUMENTED);
        return new Table(name, new Key(fields), within, IntervalSet.range(1, 65_535), 100, choices, otherwise, NOWHERE);
    }

    private Counter counter() {
        String name = "counter" + counters.size();
        Key key = key();
        List<CounterLayout.Column> columns = new ArrayList<>();
        for (CounterUnit unit : CounterUnit.values()) {
            if (draw.chance(50) || unit == CounterUnit.ATTEMPTS) {
                columns.add(new CounterLayout.Column("f_" + unit.word(), unit));
            }
        }
        int max = key.isEmpty() ? 1 : draw.oneOf(2, 5, 10_000);
        lines.add("counter " + name + words(key, " [") + (key.isEmpty() ? "" : "]")
                + columns.stream()
                        .map(column -> column.name() + ": " + column.unit().word())
                        .collect(Collectors.joining(", ", " { ", " }"))
                + (key.isEmpty() ? "" : " max " + max));
        return new Counter(name, key, columns, max, false, NOWHERE);
    }

    private Rate rate() {
        String name = "rate" + rates.size();
        Key key = key();
        int max = key.isEmpty() ? 1 : draw.oneOf(1, 3, 1000);
        long tokens = draw.oneOf(1L, 3L, 7L, 1000L);
        long burst = draw.oneOf(1L, 2L, 20L);
        lines.add("rate " + name + words(key, " per ") + " " + tokens + "/s burst " + burst
                + (key.isEmpty() ? "" : " max " + max));
        return new Rate(name, key, Rate.Pace.of(tokens, SECOND, burst), max, NOWHERE);
    }

    /** Whether all requests that a block is asked about have the fields of the key, on every kernel that is meant. */
    private boolean fits(Key key, Block.Target target) {
        List<Field> there = HookFields.in(target);
        return key.fields().stream()
                .allMatch(field -> there.contains(field)
                        && hooks(target).stream().allMatch(hook -> kernel.atLeast(FieldSources.since(hook, field))));
    }

    private static List<Hook> hooks(Block.Target target) {
        return target instanceof Block.Target.OfHook one
                ? List.of(one.hook())
                : ((Block.Target.OfIntent) target).intent().hooks();
    }

    /** `F in L` or `F not in L` for a field of these. */
    Optional<Written<Guard>> atom(List<Field> fields) {
        List<LiveSet> fitting =
                liveSets.stream().filter(set -> field(set, fields).isPresent()).toList();
        if (fitting.isEmpty()) {
            return Optional.empty();
        }
        LiveSet set = draw.oneOf(fitting);
        Field field = field(set, fields).orElseThrow();
        Guard in = new Guard.InLive(field, set);
        return Optional.of(
                draw.chance(80)
                        ? new Written<>(field.text() + " in " + set.name(), in)
                        : new Written<>(field.text() + " not in " + set.name(), new Guard.Not(in)));
    }

    private static Optional<Field> field(LiveSet set, List<Field> fields) {
        return fields.stream()
                .filter(field ->
                        set.type() == LiveType.UID ? field == Field.UID : field.type() == TYPES.get(set.type()))
                .findFirst();
    }

    /** Records of a rule, none, one or several; a rule logs once at most. */
    List<Written<Effect>> records(Block.Target target) {
        List<Written<Effect>> effects = new ArrayList<>();
        List<Counter> fitting =
                counters.stream().filter(counter -> fits(counter.key(), target)).toList();
        if (!fitting.isEmpty() && draw.chance(50)) {
            draw.several(1, 2, () -> draw.oneOf(fitting))
                    .forEach(counter ->
                            effects.add(new Written<>("count " + counter.name(), new Effect.Count(counter))));
        }
        if (draw.chance(40)) {
            boolean limited = draw.chance(40);
            long most = draw.oneOf(1L, 3L, 100L);
            effects.add(
                    limited
                            ? new Written<>(
                                    "log at most " + most + "/s",
                                    new Effect.Log(Optional.of(Rate.Pace.of(most, SECOND, most))))
                            : new Written<>("log", new Effect.Log(Optional.empty())));
        }
        return effects;
    }

    /** A rate that a rule of the block can have. */
    Optional<Rate> rate(Block.Target target) {
        List<Rate> fitting =
                rates.stream().filter(rate -> fits(rate.key(), target)).toList();
        return fitting.isEmpty() ? Optional.empty() : Optional.of(draw.oneOf(fitting));
    }

    /** A destination for blocks that can redirect. */
    Optional<Written<Destination>> destination(Block.Target target) {
        boolean leads = target.equals(new Block.Target.OfIntent(Intent.EGRESS))
                || target instanceof Block.Target.OfHook of && LEADING.contains(of.hook());
        if (!leads) {
            return Optional.empty();
        }
        List<Table> fitting =
                tables.stream().filter(table -> fits(table.key(), target)).toList();
        if (!fitting.isEmpty() && draw.chance(60)) {
            Table table = draw.oneOf(fitting);
            return Optional.of(new Written<>(table.name(), new Destination.Looked(table)));
        }
        Written<Address> address = sets.address();
        int port = draw.below(65_536);
        Destination.Fixed to = new Destination.Fixed(address.value(), new Effect.Operand.OfNumber(port));
        return Optional.of(new Written<>(to.toString(), to));
    }

    /** What live sets and tables of the state hold at some moment. */
    static StateContent content(Draw draw, State state) {
        SetDraw sets = new SetDraw(draw);
        Map<LiveSet, LiveMembers> members = new HashMap<>();
        state.liveSets().forEach(set -> members.put(set, members(sets, set)));
        Map<Table, List<StateContent.Entry>> entries = new HashMap<>();
        state.tables().forEach(table -> entries.put(table, entries(draw, sets, table)));
        return new StateContent(members, entries);
    }

    private static LiveMembers members(SetDraw sets, LiveSet set) {
        return switch (set.type()) {
            case NET -> {
                AddressSet drawn = sets.addresses().value();
                yield new LiveMembers.Nets(set.within()
                        .map(within -> both(drawn, ((LiveMembers.Nets) within).set()))
                        .orElse(drawn));
            }
            case DEVICE -> new LiveMembers.Devices(few(sets.devices().value()));
            default -> {
                IntervalSet drawn = few(
                        sets.numbers(TYPES.getOrDefault(set.type(), FieldType.ID))
                                .value(),
                        set);
                yield new LiveMembers.Numbers(set.within()
                        .map(within -> drawn.intersect(((LiveMembers.Numbers) within).set()))
                        .orElse(drawn));
            }
        };
    }

    private static AddressSet both(AddressSet one, AddressSet other) {
        return new AddressSet(one.v4().intersect(other.v4()), one.v6().intersect(other.v6()));
    }

    /** Devices that a live set can hold: one minor, or all. */
    private static List<DeviceRange> few(List<DeviceRange> ranges) {
        List<DeviceRange> single = new ArrayList<>();
        for (DeviceRange range : ranges) {
            Interval major = Interval.of(
                    range.majors().low().toLongExact(), range.majors().low().toLongExact());
            Interval minor = Interval.of(
                    range.minors().low().toLongExact(), range.minors().low().toLongExact());
            single.add(new DeviceRange(range.type(), major, minor));
        }
        return single.stream().distinct().toList();
    }

    /** Only ports have ranges; of other numbers the ends. The last number is no uid. */
    private static IntervalSet few(IntervalSet all, LiveSet set) {
        if (set.type() == LiveType.PORT) {
            return all;
        }
        IntervalSet drawn = set.type() == LiveType.UID ? all.intersect(UIDS) : all;
        List<Interval> ends = new ArrayList<>();
        drawn.intervals().forEach(interval -> {
            ends.add(new Interval(interval.low(), interval.low()));
            ends.add(new Interval(interval.high(), interval.high()));
        });
        return IntervalSet.of(ends);
    }

    private static List<StateContent.Entry> entries(Draw draw, SetDraw sets, Table table) {
        Map<List<KeyValue>, StateContent.Entry> entries = new HashMap<>();
        for (int i = draw.below(20); i > 0; i--) {
            Field field = table.key().fields().get(0);
            KeyValue value = field.type() == FieldType.ADDRESS
                    ? new KeyValue.OfAddress(sets.address().value())
                    : new KeyValue.OfNumber(sets.number(field.type()));
            List<Endpoint> to = draw.several(
                    1,
                    Math.min(5, table.choices()),
                    () -> new Endpoint(
                            table.isV4()
                                    ? new Address(true, U128.of(0x7f00_0000L | draw.below(1 << 24)))
                                    : Address.ofV6(new U128(0x2001_0db8_0000_0000L, draw.below(1 << 20))),
                            1 + draw.below(65_535)));
            entries.put(List.of(value), new StateContent.Entry(List.of(value), to));
        }
        return List.copyOf(entries.values());
    }
}
