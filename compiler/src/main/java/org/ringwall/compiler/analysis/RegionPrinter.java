// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.kernel.SocketLevel;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.StringClasses;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.NamedSet;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.StringClass;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** A printer of regions in the words of the language, one line each. */
public final class RegionPrinter {
    private static final int SHOWN = 8;
    /** Fields that a program can replace: an address, a path, a value. */
    private static final Set<Field> NAMED = EnumSet.of(
            Field.REMOTE_IP,
            Field.REMOTE_PORT,
            Field.LOCAL_IP,
            Field.LOCAL_PORT,
            Field.PATH,
            Field.NEW_VALUE,
            Field.OPTVAL);

    private static final StringClass NO_MATCH = new StringClass(false, List.of(), List.of());
    private static final Set<Variable> HALVES = EnumSet.of(
            Variable.IP6_HIGH,
            Variable.IP6_LOW,
            Variable.PACKET_REMOTE_IP6_HIGH,
            Variable.PACKET_REMOTE_IP6_LOW,
            Variable.PACKET_LOCAL_IP6_HIGH,
            Variable.PACKET_LOCAL_IP6_LOW);

    private static final Set<Variable> ADDRESSES =
            EnumSet.of(Variable.IP4, Variable.LOCAL_IP4, Variable.PACKET_REMOTE_IP4, Variable.PACKET_LOCAL_IP4);

    private static final IntervalSet WITH_PORTS = IntervalSet.of(Arrays.stream(IpProtocol.values())
            .filter(IpProtocol::hasPorts)
            .map(protocol -> Interval.of(protocol.number(), protocol.number()))
            .toList());

    /** The halves of the 128-bit addresses of a request, and what they are called. */
    private enum Halves {
        PEER("address ", Variable.IP6_HIGH, Variable.IP6_LOW),
        PACKET_REMOTE("remote address ", Variable.PACKET_REMOTE_IP6_HIGH, Variable.PACKET_REMOTE_IP6_LOW),
        LOCAL("local address ", Variable.LOCAL_IP6_HIGH, Variable.LOCAL_IP6_LOW),
        PACKET_LOCAL("local address ", Variable.PACKET_LOCAL_IP6_HIGH, Variable.PACKET_LOCAL_IP6_LOW);

        private final String label;
        private final Variable high;
        private final Variable low;

        Halves(String label, Variable high, Variable low) {
            this.label = label;
            this.high = high;
            this.low = low;
        }

        boolean in(Region region) {
            return !region.sets().getOrDefault(high, IntervalSet.EMPTY).isEmpty();
        }
    }

    private final Map<Variable, Classifier> strings;
    private final List<NamedSet> names;
    private final AddressWords addresses;

    /**
     * Creates a printer that names classes of strings by the patterns that they match, and numbers
     * and addresses by the sets that the policy declares.
     */
    public RegionPrinter(Map<Variable, Classifier> strings, List<NamedSet> names) {
        this.strings = Map.copyOf(strings);
        this.names = List.copyOf(names);
        this.addresses = new AddressWords(names);
    }

    /** What a line says besides the addresses of one kind, and the rules that allow it. */
    private record Rest(
            List<String> before,
            Optional<Halves> halves,
            List<String> after,
            String destination,
            List<RuleRef> rules) {}

    /** The addresses of a line, and the text of those that cannot be listed. */
    private static final class Addresses {
        private final List<Interval> listed = new ArrayList<>();
        private final List<String> texts = new ArrayList<>();
    }

    /**
     * Returns each region as `anything` or a list, with its redirect: `port 80 => redirect …`.
     * Regions of the same rules that differ in their addresses alone share a line.
     */
    public List<String> print(List<Region> regions) {
        Map<Rest, Addresses> lines = new LinkedHashMap<>();
        for (Region region : regions) {
            List<Halves> present = Arrays.stream(Halves.values())
                    .filter(each -> each.in(region))
                    .toList();
            List<String> before = new ArrayList<>();
            region.sets().forEach((variable, set) -> {
                if (!HALVES.contains(variable) && !equalsParam(region, variable, set)) {
                    before.add(label(variable) + choice(set, variable));
                }
            });
            List<String> after = new ArrayList<>();
            present.stream().skip(1).forEach(more -> {
                Addresses second = new Addresses();
                collect(region, more, second);
                after.add(more.label + text(more, second));
            });
            region.conditions().forEach(condition -> after.add(condition(condition)));
            Rest rest = new Rest(
                    before,
                    present.stream().findFirst(),
                    after,
                    destination(region),
                    region.outcome().rules());
            Addresses joined = lines.computeIfAbsent(rest, any -> new Addresses());
            rest.halves().ifPresent(halves -> collect(region, halves, joined));
        }
        return lines.entrySet().stream()
                .map(line -> line(line.getKey(), line.getValue()))
                .toList();
    }

    private String line(Rest rest, Addresses joined) {
        List<String> parts = new ArrayList<>(rest.before());
        rest.halves().ifPresent(halves -> parts.add(halves.label + text(halves, joined)));
        parts.addAll(rest.after());
        return (parts.isEmpty() ? "anything" : String.join(", ", parts)) + rest.destination();
    }

    /** Returns whether a condition that a field equals a param says all that its set does. */
    private static boolean equalsParam(Region region, Variable variable, IntervalSet set) {
        return region.conditions().stream()
                .anyMatch(condition -> condition.holds()
                        && condition.predicate() instanceof Predicate.CompareParam compare
                        && compare.variable() == variable
                        && compare.comparison() == Comparison.EQ
                        && IntervalSet.range(
                                        compare.param().min(), compare.param().max())
                                .minus(set)
                                .isEmpty());
    }

    /** Returns the destinations and values that replace those of the request. */
    private static String destination(Region region) {
        String changed = region.outcome().writes().stream()
                .filter(effect -> effect instanceof Effect.Redirect
                        || effect instanceof Effect.Assign assign && isTakenInPlace(assign.field(), region))
                .map(Effect::toString)
                .collect(Collectors.joining("; "));
        return changed.isEmpty() ? "" : " => " + changed;
    }

    /** Returns whether an assigned field takes effect; a read of a sysctl writes nothing. */
    private static boolean isTakenInPlace(Field field, Region region) {
        boolean reading = IntervalSet.of(0).equals(region.sets().getOrDefault(Variable.WRITE, IntervalSet.EMPTY));
        return NAMED.contains(field) && !(field == Field.NEW_VALUE && reading);
    }

    /** Returns the name of a variable, with a space after it. */
    static String label(Variable variable) {
        return switch (variable) {
            case OP -> "event ";
            case FULLSOCK -> "full socket ";
            case FAMILY -> "family ";
            case TYPE -> "type ";
            case PROTOCOL -> "proto ";
            case PORT -> "port ";
            case IP4 -> "address ";
            case IP6_HIGH, IP6_LOW -> "address half ";
            case LOCAL_PORT -> "local port ";
            case LOCAL_IP4 -> "local address ";
            case LOCAL_IP6_HIGH, LOCAL_IP6_LOW -> "local address half ";
            case DEV_TYPE -> "";
            case ACCESS -> "access ";
            case MAJOR -> "major ";
            case MINOR -> "minor ";
            case WRITE -> "";
            case NAME -> "name ";
            case VALUE -> "value ";
            case NEW_VALUE -> "new_value ";
            case COMM -> "comm ";
            case PATH -> "path ";
            case LEVEL -> "level ";
            case OPTNAME -> "optname ";
            case RETVAL -> "retval ";
            case OPTLEN -> "optlen ";
            case OPTVAL -> "optval ";
            case SHORT_OPTVAL -> "optval of one byte ";
            case UID -> "uid ";
            case GID -> "gid ";
            case PID -> "pid ";
            case CGROUP -> "cgroup ";
            case NETNS -> "network namespace ";
            case COOKIE -> "socket cookie ";
            default ->
                variable.level() > 0
                        ? "ancestor(" + variable.level() + ") "
                        : variable.field().map(RegionPrinter::label).orElseGet(() -> PacketWords.label(variable));
        };
    }

    /** Returns the set as `in NAME` or `not in NAME` if it is a declared set of numbers. */
    private Optional<String> named(IntervalSet set, Variable variable) {
        if (hasWords(variable)) {
            return Optional.empty();
        }
        for (NamedSet name : names) {
            IntervalSet inside = name.numbers().intersect(variable.possible());
            if (!inside.isEmpty() && set.equals(inside)) {
                return Optional.of("in " + name.name());
            }
            if (!inside.isEmpty() && set.equals(variable.possible().minus(inside))) {
                return Optional.of("not in " + name.name());
            }
        }
        return Optional.empty();
    }

    private static String label(Field field) {
        String word = field.spec().label();
        return word.isEmpty() ? "" : word + " ";
    }

    /** Returns the set, or the exceptions if the set contains the greatest value. */
    private String choice(IntervalSet set, Variable variable) {
        if (variable == Variable.WRITE) {
            return set.contains(0) ? "reading" : "writing";
        }
        Classifier classifier = strings.get(variable);
        if (classifier != null) {
            return classes(set, classifier);
        }
        if (variable == Variable.RETVAL) {
            return errnos(set);
        }
        if (ADDRESSES.contains(variable)) {
            return addresses.v4(set);
        }
        if (variable == Variable.PACKET_PROTOCOL && set.contains(Variable.UNKNOWN_PROTOCOL)) {
            return "any but " + list(variable.possible().minus(set), variable);
        }
        if (variable == Variable.PROTOCOL && set.equals(WITH_PORTS)) {
            return "any with ports";
        }
        if (variable == Variable.PROTOCOL && set.equals(variable.possible().minus(WITH_PORTS))) {
            return "any without ports";
        }
        Optional<String> name = named(set, variable);
        if (name.isPresent()) {
            return name.get();
        }
        boolean open =
                set.contains(variable.max()) && PacketWords.value(variable, 0).isEmpty();
        return open ? "any but " + list(variable.possible().minus(set), variable) : list(set, variable);
    }

    /** Returns the classes, or the exceptions if strings without a match are in the set. */
    private static String classes(IntervalSet set, Classifier classifier) {
        List<String> in = new ArrayList<>();
        List<String> out = new ArrayList<>();
        boolean open = false;
        for (int number = 0; number < classifier.classes().size(); number++) {
            StringClass each = classifier.classes().get(number);
            boolean held = set.contains(number);
            open |= held && each.equals(NO_MATCH);
            if (!each.equals(NO_MATCH)) {
                (held ? in : out).add(StringClasses.words(classifier, number));
            }
        }
        List<String> all = open ? out : in;
        String shown = all.stream().limit(SHOWN).collect(Collectors.joining(" or "));
        String more = all.size() > SHOWN ? " or " + (all.size() - SHOWN) + " more" : "";
        return open ? "any but " + shown + more : shown + more;
    }

    /** Returns the kernel's return values, as names of errnos. */
    private static String errnos(IntervalSet raw) {
        List<String> each = new ArrayList<>();
        if (raw.contains(0)) {
            each.add("0");
        }
        for (int errno = 1; errno <= Errno.MAX; errno++) {
            if (raw.contains((1L << 32) - errno)) {
                each.add(named(Errno.of(errno).map(Enum::name), errno).toUpperCase(Locale.ROOT));
            }
        }
        String shown = each.stream().limit(SHOWN).collect(Collectors.joining(" or "));
        return each.size() > SHOWN ? shown + " or " + (each.size() - SHOWN) + " more" : shown;
    }

    private String list(IntervalSet set, Variable variable) {
        List<Interval> intervals = set.intervals();
        Function<Interval, String> printer = interval -> interval(interval, variable);
        String shown = intervals.stream().limit(SHOWN).map(printer).collect(Collectors.joining(" or "));
        int more = intervals.size() - SHOWN;
        return more > 0 ? shown + " or " + more + " more ranges" : shown;
    }

    /** Returns whether values of the variable have words, such as `tcp`. */
    static boolean hasWords(Variable variable) {
        return switch (variable) {
            case OP, FULLSOCK, ACCESS, PROTOCOL, TYPE, FAMILY, DEV_TYPE, NAME, LEVEL, PACKET_PROTOCOL -> true;
            default -> PacketWords.value(variable, 0).isPresent();
        };
    }

    /** Returns values of a variable that is neither a string nor an address. */
    String interval(Interval interval, Variable variable) {
        if (hasWords(variable)) {
            return small(interval, variable);
        }
        String low = value(interval.low().toLongExact(), variable);
        return interval.low().equals(interval.high())
                ? low
                : low + ".." + value(interval.high().toLongExact(), variable);
    }

    private String small(Interval interval, Variable variable) {
        long low = interval.low().toLongExact();
        long high = interval.high().toLongExact();
        if (high - low > SHOWN) {
            return low + ".." + Long.toUnsignedString(high);
        }
        List<String> each = new ArrayList<>();
        for (long value = low; value <= high; value++) {
            each.add(value(value, variable));
        }
        return String.join(" or ", each);
    }

    private String value(long value, Variable variable) {
        return switch (variable) {
            case OP -> event(value);
            case PROTOCOL, PACKET_PROTOCOL -> named(IpProtocol.of((int) value).map(Enum::name), value);
            case TYPE -> named(SocketType.of((int) value).map(Enum::name), value);
            case FAMILY -> value == 2 ? "inet" : value == 10 ? "inet6" : Long.toString(value);
            case DEV_TYPE -> value == 1 ? "block" : value == 2 ? "char" : "type " + value;
            case ACCESS -> access(value);
            case LEVEL ->
                SocketLevel.of((int) value).map(level -> level.names().get(0)).orElse(Long.toString(value));
            default -> PacketWords.value(variable, value).orElse(Long.toUnsignedString(value));
        };
    }

    private static String named(Optional<String> name, long value) {
        return name.map(text -> text.toLowerCase(Locale.ROOT)).orElse(Long.toUnsignedString(value));
    }

    private static String event(long op) {
        return Arrays.stream(SockOpsEvent.values())
                .filter(event -> event.number() == op)
                .findFirst()
                .map(SockOpsEvent::word)
                .orElse(Long.toUnsignedString(op));
    }

    private static String access(long bits) {
        if (bits == 0) {
            return "none";
        }
        return ((bits & 2) != 0 ? "r" : "") + ((bits & 4) != 0 ? "w" : "") + ((bits & 1) != 0 ? "m" : "");
    }

    private static void collect(Region region, Halves halves, Addresses to) {
        IntervalSet low = region.sets().getOrDefault(halves.low, IntervalSet.EMPTY);
        for (Interval high :
                region.sets().getOrDefault(halves.high, IntervalSet.EMPTY).intervals()) {
            long more = high.high().low() - high.low().low();
            if (low.isEmpty()) {
                to.listed.add(new Interval(
                        new U128(high.low().low(), 0), new U128(high.high().low(), -1)));
            } else if (Long.compareUnsigned(more, SHOWN) < 0) {
                for (long i = 0; i <= more; i++) {
                    long half = high.low().low() + i;
                    low.intervals()
                            .forEach(rest -> to.listed.add(new Interval(
                                    new U128(half, rest.low().low()),
                                    new U128(half, rest.high().low()))));
                }
            } else {
                low.intervals().forEach(rest -> to.texts.add(halves(high, rest)));
            }
        }
    }

    private String text(Halves halves, Addresses all) {
        List<String> texts = new ArrayList<>(all.texts);
        if (!all.listed.isEmpty()) {
            IntervalSet set = IntervalSet.of(all.listed);
            boolean packets = halves == Halves.PACKET_REMOTE || halves == Halves.PACKET_LOCAL;
            texts.add(0, packets ? addresses.ofPackets(set) : addresses.of(set));
        }
        String shown = texts.stream().limit(SHOWN).collect(Collectors.joining(" or "));
        return shown + (texts.size() > SHOWN ? " or " + (texts.size() - SHOWN) + " more ranges" : "");
    }

    /** Returns the text of many high halves with the same low halves. */
    private static String halves(Interval high, Interval low) {
        return Address.ofV6(new U128(high.low().low(), 0)) + ".."
                + Address.ofV6(new U128(high.high().low(), 0)) + " with the last 64 bits "
                + Long.toHexString(low.low().low()) + ".."
                + Long.toHexString(low.high().low());
    }

    /** Returns a condition with its answer. */
    static String condition(Region.Condition condition) {
        return condition.predicate().accept(new ConditionPrinter(condition.holds()));
    }

    /** Conditions whose operands are known only at run time. */
    private record ConditionPrinter(boolean holds) implements Predicate.Visitor<String> {
        @Override
        public String compareParam(Predicate.CompareParam compare) {
            Comparison comparison = holds
                    ? compare.comparison()
                    : switch (compare.comparison()) {
                        case EQ -> Comparison.NE;
                        case LT -> Comparison.GE;
                        case LE -> Comparison.GT;
                        case NE, GT, GE -> throw new IllegalStateException("not canonical");
                    };
            return label(compare.variable()).strip() + " " + comparison.text() + " "
                    + compare.param().name();
        }

        @Override
        public String inLive(Predicate.InLive live) {
            // The set of an address in two words, or of a device, is tested with all of its parts.
            String what = live.last() == Variable.MINOR ? "dev" : label(live.last());
            return what.strip().replace(" half", "")
                    + (holds ? " in " : " not in ")
                    + live.set().name();
        }

        @Override
        public String token(Predicate.Token token) {
            return (holds ? "within " : "beyond ") + token.rate().name();
        }

        @Override
        public String hasEntry(Predicate.HasEntry entry) {
            return (holds ? "with an entry in " : "without an entry in ")
                    + entry.table().name();
        }

        @Override
        public String firstIn(Predicate.FirstIn first) {
            return (holds ? "by" : "not by") + " the first that holds of "
                    + first.members().cardinality() + " of "
                    + first.terms().list().size() + " conditions";
        }
    }
}
