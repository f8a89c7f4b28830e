package org.ringwall.compiler.analysis;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
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
import org.ringwall.compiler.diagram.StringClasses;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.StringClass;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** A region in the words of the language, one line. */
public final class RegionPrinter {
    private static final int SHOWN = 8;
    /** What the caller named and gets another one of: an address, a path, a value. */
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

    private final Map<Variable, Classifier> strings;

    /** A printer that calls classes of strings by what they match. */
    public RegionPrinter(Map<Variable, Classifier> strings) {
        this.strings = Map.copyOf(strings);
    }

    /** The region as `what is, what is`, or `anything`, and where it is led if that is elsewhere: `port 80 => redirect 127.0.0.1:3128`. */
    public String print(Region region) {
        List<String> parts = new ArrayList<>();
        region.sets().forEach((variable, set) -> {
            if (!HALVES.contains(variable)) {
                parts.add(label(variable) + choice(set, variable));
            }
        });
        address(region, "address ", Variable.IP6_HIGH, Variable.IP6_LOW).ifPresent(parts::add);
        address(region, "remote address ", Variable.PACKET_REMOTE_IP6_HIGH, Variable.PACKET_REMOTE_IP6_LOW)
                .ifPresent(parts::add);
        address(region, "local address ", Variable.LOCAL_IP6_HIGH, Variable.LOCAL_IP6_LOW)
                .ifPresent(parts::add);
        address(region, "local address ", Variable.PACKET_LOCAL_IP6_HIGH, Variable.PACKET_LOCAL_IP6_LOW)
                .ifPresent(parts::add);
        region.conditions().forEach(condition -> parts.add(condition(condition)));
        return (parts.isEmpty() ? "anything" : String.join(", ", parts)) + destination(region);
    }

    /** Where such requests end instead of where they were going, and what they do instead of what they asked for. */
    private static String destination(Region region) {
        String led = region.outcome().writes().stream()
                .filter(effect -> effect instanceof Effect.Redirect
                        || effect instanceof Effect.Assign assign && isTakenInPlace(assign.field(), region))
                .map(Effect::toString)
                .collect(Collectors.joining("; "));
        return led.isEmpty() ? "" : " => " + led;
    }

    /** A read of a sysctl writes nothing, whatever is assigned. */
    private static boolean isTakenInPlace(Field field, Region region) {
        boolean reading = IntervalSet.of(0).equals(region.sets().getOrDefault(Variable.WRITE, IntervalSet.EMPTY));
        return NAMED.contains(field) && !(field == Field.NEW_VALUE && reading);
    }

    private static String label(Variable variable) {
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
            case BOUND_IF -> "interface ";
            case MARK -> "mark ";
            case PRIORITY -> "priority ";
            case DEV_TYPE -> "";
            case ACCESS -> "access ";
            case MAJOR -> "major ";
            case MINOR -> "minor ";
            case WRITE -> "";
            case NAME -> "name ";
            case STATE -> "state ";
            case SK_TXHASH -> "sk_txhash ";
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
                        : variable.tcpNumber().map(name -> name + " ").orElseGet(() -> PacketWords.label(variable));
        };
    }

    /** The set, or, when it runs to the end of the range, what it leaves out. */
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
        if (variable == Variable.PACKET_PROTOCOL && set.contains(Variable.UNKNOWN_PROTOCOL)) {
            return "any but " + list(variable.possible().minus(set), variable);
        }
        boolean open =
                set.contains(variable.max()) && PacketWords.value(variable, 0).isEmpty();
        return open ? "any but " + list(variable.possible().minus(set), variable) : list(set, variable);
    }

    /** The classes, or, where strings that match nothing are among them, what they leave out. */
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

    /** What the kernel answered, by its errnos. */
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

    private String interval(Interval interval, Variable variable) {
        boolean named = switch (variable) {
            case OP, FULLSOCK, ACCESS, PROTOCOL, TYPE, FAMILY, DEV_TYPE, NAME, LEVEL, PACKET_PROTOCOL -> true;
            default -> PacketWords.value(variable, 0).isPresent();
        };
        if (named) {
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
            case IP4, LOCAL_IP4, PACKET_REMOTE_IP4, PACKET_LOCAL_IP4 -> new Address(true, U128.of(value)).toString();
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

    private static Optional<String> address(Region region, String label, Variable highHalf, Variable lowHalf) {
        IntervalSet high = region.sets().getOrDefault(highHalf, IntervalSet.EMPTY);
        IntervalSet low = region.sets().getOrDefault(lowHalf, IntervalSet.EMPTY);
        if (high.isEmpty()) {
            return Optional.empty();
        }
        List<String> ranges = new ArrayList<>();
        for (Interval halves : high.intervals()) {
            ranges.addAll(low.isEmpty() ? whole(halves) : parts(halves, low));
        }
        String shown = ranges.stream().limit(SHOWN).collect(Collectors.joining(" or "));
        return Optional.of(
                label + shown + (ranges.size() > SHOWN ? " or " + (ranges.size() - SHOWN) + " more ranges" : ""));
    }

    /** Every address whose high half lies here. */
    private static List<String> whole(Interval high) {
        return ranges(new U128(high.low().low(), 0), new U128(high.high().low(), -1));
    }

    /** The addresses whose halves lie here: a range for each pair, as long as there are few high halves. */
    private static List<String> parts(Interval high, IntervalSet low) {
        List<String> ranges = new ArrayList<>();
        long more = high.high().low() - high.low().low();
        boolean few = Long.compareUnsigned(more, SHOWN) < 0;
        for (Interval rest : low.intervals()) {
            if (few) {
                for (long i = 0; i <= more; i++) {
                    long half = high.low().low() + i;
                    ranges.addAll(ranges(
                            new U128(half, rest.low().low()),
                            new U128(half, rest.high().low())));
                }
            } else {
                ranges.add(Address.ofV6(new U128(high.low().low(), 0)) + ".."
                        + Address.ofV6(new U128(high.high().low(), 0)) + " with the last 64 bits "
                        + Long.toHexString(rest.low().low()) + ".."
                        + Long.toHexString(rest.high().low()));
            }
        }
        return ranges;
    }

    /** The range, cut where v4 begins and ends: the mapped range is no part of v6 (docs/semantics.md section 2). */
    private static List<String> ranges(U128 first, U128 last) {
        IntervalSet all = IntervalSet.of(new Interval(first, last));
        IntervalSet v4 = all.intersect(IntervalSet.of(new Interval(AddressSet.MAPPED_LOW, AddressSet.MAPPED_HIGH)));
        List<String> ranges = new ArrayList<>();
        for (IntervalSet part : List.of(v4, all.minus(v4))) {
            part.intervals().forEach(interval -> ranges.add(range(interval)));
        }
        return ranges;
    }

    private static String range(Interval interval) {
        String text = Address.ofV6(interval.low()).toString();
        return interval.low().equals(interval.high()) ? text : text + ".." + Address.ofV6(interval.high());
    }

    private static String condition(Region.Condition condition) {
        return condition.predicate().accept(new ConditionPrinter(condition.holds()));
    }

    /** What is known when the policy is in force, or not. */
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
            // Of an address in two words, and of a device, the set is asked about all that makes it.
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
