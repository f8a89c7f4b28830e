// SPDX-License-Identifier: Apache-2.0
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
import org.ringwall.compiler.diagram.StringClasses;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.NamedSet;
import org.ringwall.compiler.report.Region.Strings;
import org.ringwall.compiler.report.Region.Values;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.StringClass;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** A printer of the values of variables, as choices and in the words of the language. */
final class ValuePrinter {
    private static final int SHOWN = 8;
    /** The widest interval whose values are named one by one; no field has more names. */
    private static final int MOST_WORDS = 1024;

    private static final StringClass NO_MATCH = new StringClass(false, List.of(), List.of());
    private static final Set<Variable> ADDRESSES =
            EnumSet.of(Variable.IP4, Variable.LOCAL_IP4, Variable.PACKET_REMOTE_IP4, Variable.PACKET_LOCAL_IP4);

    private static final IntervalSet WITH_PORTS = IntervalSet.of(Arrays.stream(IpProtocol.values())
            .filter(IpProtocol::hasPorts)
            .map(protocol -> Interval.of(protocol.number(), protocol.number()))
            .toList());

    private final Map<Variable, Classifier> strings;
    private final List<NamedSet> names;
    private final AddressWords addresses;

    /**
     * Creates a printer that names classes of strings by the patterns that they match, and numbers
     * and addresses by the sets that the policy declares.
     */
    ValuePrinter(Map<Variable, Classifier> strings, List<NamedSet> names) {
        this.strings = Map.copyOf(strings);
        this.names = List.copyOf(names);
        this.addresses = new AddressWords(names);
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
                        : variable.field().map(ValuePrinter::label).orElse("");
        };
    }

    /** Returns the set as `in NAME` or `not in NAME` if it is a declared set of numbers. */
    private Optional<Described> named(IntervalSet set, Variable variable) {
        if (hasWords(variable)) {
            return Optional.empty();
        }
        for (NamedSet name : names) {
            IntervalSet inside = name.numbers().intersect(variable.possible());
            if (!inside.isEmpty() && set.equals(inside)) {
                return Optional.of(
                        new Described(Choices.set(false, name.name(), List.of(), List.of()), "in " + name.name()));
            }
            if (!inside.isEmpty() && set.equals(variable.possible().minus(inside))) {
                return Optional.of(
                        new Described(Choices.set(true, name.name(), List.of(), List.of()), "not in " + name.name()));
            }
        }
        return Optional.empty();
    }

    private static String label(Field field) {
        String word = field.spec().label();
        return word.isEmpty() ? "" : word + " ";
    }

    /** Returns the set, or the exceptions if the set contains the greatest value. */
    Described choice(IntervalSet set, Variable variable) {
        if (variable == Variable.WRITE) {
            boolean reading = set.contains(0);
            return new Described(
                    Choices.numbers(false, List.of(), List.of(reading ? "r" : "w")), reading ? "reading" : "writing");
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
        if (variable == Variable.PROTOCOL && set.equals(WITH_PORTS)) {
            return new Described(numbers(false, set, variable), "any with ports");
        }
        if (variable == Variable.PROTOCOL && set.equals(variable.possible().minus(WITH_PORTS))) {
            return new Described(numbers(true, WITH_PORTS, variable), "any without ports");
        }
        Optional<Described> name = named(set, variable);
        if (name.isPresent()) {
            return name.get();
        }
        boolean unknown = variable == Variable.PACKET_PROTOCOL && set.contains(Variable.UNKNOWN_PROTOCOL);
        boolean open =
                set.contains(variable.max()) && PacketWords.value(variable, 0).isEmpty();
        if (!open && !unknown) {
            return new Described(numbers(false, set, variable), list(set, variable));
        }
        IntervalSet others = variable.possible().minus(set);
        return new Described(numbers(true, others, variable), "any but " + list(others, variable));
    }

    /** Returns the text of 128-bit addresses, and their prefixes. */
    Described addresses(IntervalSet set, boolean packets) {
        return packets ? addresses.ofPackets(set) : addresses.of(set);
    }

    /** Returns the words of values that have one, and the ranges of the others. */
    private static Values numbers(boolean negated, IntervalSet set, Variable variable) {
        List<String> words = new ArrayList<>();
        List<Interval> ranges = new ArrayList<>();
        for (Interval interval : set.intervals()) {
            if (!FieldNames.hasWords(variable)
                    || interval.high().low() - interval.low().low() > MOST_WORDS
                    || interval.high().low() - interval.low().low() < 0) {
                ranges.add(interval);
                continue;
            }
            for (long value = interval.low().low(); value <= interval.high().low(); value++) {
                Optional<String> word = FieldNames.word(variable, value);
                word.ifPresent(words::add);
                if (word.isEmpty()) {
                    ranges.add(Interval.of(value, value));
                }
            }
        }
        return Choices.numbers(negated, IntervalSet.of(ranges).intervals(), words);
    }

    /** Returns the classes, or the exceptions if strings without a match are in the set. */
    private static Described classes(IntervalSet set, Classifier classifier) {
        List<String> in = new ArrayList<>();
        List<String> out = new ArrayList<>();
        List<Strings> inTexts = new ArrayList<>();
        List<Strings> outTexts = new ArrayList<>();
        boolean open = false;
        for (int number = 0; number < classifier.classes().size(); number++) {
            StringClass each = classifier.classes().get(number);
            boolean held = set.contains(number);
            open |= held && each.equals(NO_MATCH);
            if (!each.equals(NO_MATCH)) {
                (held ? in : out).add(StringClasses.words(classifier, number));
                (held ? inTexts : outTexts).add(text(each, classifier));
            }
        }
        List<String> all = open ? out : in;
        String shown = all.stream().limit(SHOWN).collect(Collectors.joining(" or "));
        String more = all.size() > SHOWN ? " or " + (all.size() - SHOWN) + " more" : "";
        return new Described(
                Choices.strings(open, open ? outTexts : inTexts), open ? "any but " + shown + more : shown + more);
    }

    private static Strings text(StringClass each, Classifier classifier) {
        return new Strings(each.absent(), patterns(each.matched(), classifier), patterns(each.unknown(), classifier));
    }

    private static List<String> patterns(List<Integer> places, Classifier classifier) {
        return places.stream()
                .map(place -> classifier.patterns().get(place).toString())
                .toList();
    }

    /** Returns the kernel's return values as errnos, or the exceptions if they are fewer. */
    private static Described errnos(IntervalSet raw) {
        List<String> in = new ArrayList<>();
        List<String> out = new ArrayList<>();
        for (int errno = 0; errno <= Errno.MAX; errno++) {
            boolean held = raw.contains(errno == 0 ? 0 : (1L << 32) - errno);
            (held ? in : out).add(named(Errno.of(errno).map(Enum::name), errno).toUpperCase(Locale.ROOT));
        }
        boolean open = in.size() > out.size();
        List<String> each = open ? out : in;
        String shown = each.stream().limit(SHOWN).collect(Collectors.joining(" or "));
        String more = each.size() > SHOWN ? " or " + (each.size() - SHOWN) + " more" : "";
        return new Described(Choices.numbers(open, List.of(), each), (open ? "any but " : "") + shown + more);
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
}
