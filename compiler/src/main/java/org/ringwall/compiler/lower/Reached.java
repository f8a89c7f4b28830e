package org.ringwall.compiler.lower;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.DeviceNumber;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * Which numbers a request can bring at a hook, and the shortest test that is right for those: what a program answers for a
 * protocol that no kernel asks about there, or for a device number that does not fit a dev_t, is nobody's. So "a protocol
 * with ports" is "not ICMP" where someone begins to talk, and a list of devices ends where their numbers do. Accesses are
 * not among them: bits that no kernel knows today are denied (docs/semantics.md section 5).
 */
public final class Reached {
    private Reached() {}

    /** The numbers that the variable can have at the hook; empty where it can have each. */
    public static Optional<IntervalSet> numbers(Hook hook, Variable variable) {
        return switch (variable) {
            case PROTOCOL ->
                Optional.of(IntervalSet.of(IpProtocol.talking(hook).stream()
                                .map(protocol -> Interval.of(protocol.number(), protocol.number()))
                                .toList()))
                        .filter(set -> !set.isEmpty());
            case DEV_TYPE ->
                Optional.of(IntervalSet.of(Arrays.stream(DeviceKind.values())
                        .map(kind -> Interval.of(kind.number(), kind.number()))
                        .toList()));
            case MAJOR -> Optional.of(IntervalSet.range(0, DeviceNumber.MOST_MAJOR));
            case MINOR -> Optional.of(IntervalSet.range(0, DeviceNumber.MOST_MINOR));
            default -> Optional.empty();
        };
    }

    /** The ways of a switch on the variable, as far as its numbers go. */
    static <T> List<Terminator.Case> cases(Node.Split<T> split, Function<Node<T>, BlockId> name) {
        long most = most(split.variable());
        return split.edges().stream()
                .map(edge -> new Terminator.Case(
                        edge.high() == split.variable().max() ? most : edge.high(), name.apply(edge.child())))
                .toList();
    }

    /** The greatest number that a program finds there, unsigned; the variable's own where it can have each. */
    private static long most(Variable variable) {
        return switch (variable) {
            case DEV_TYPE -> (1 << DeviceKind.BITS) - 1;
            case MAJOR -> DeviceNumber.MOST_MAJOR;
            case MINOR -> DeviceNumber.MOST_MINOR;
            default -> variable.max();
        };
    }

    /**
     * Edges that lead every number that can be reached where these lead it, and all others wherever that is shortest; they
     * cover the variable as these do.
     */
    static <T> List<Node.Edge<T>> fit(Hook hook, Variable variable, List<Node.Edge<T>> edges) {
        Optional<IntervalSet> reached = numbers(hook, variable);
        if (reached.isEmpty()) {
            return edges;
        }
        List<Piece<T>> pieces = pieces(edges, reached.get());
        return pieces.isEmpty() ? edges : shortest(pieces, variable.max());
    }

    /** Numbers from `low` to `high` that can be reached, and where they lead; between them may be some that cannot. */
    private record Piece<T>(long low, long high, Node<T> child) {}

    private static <T> List<Piece<T>> pieces(List<Node.Edge<T>> edges, IntervalSet reached) {
        List<Piece<T>> pieces = new ArrayList<>();
        long low = 0;
        for (Node.Edge<T> edge : edges) {
            for (Interval part :
                    reached.intersect(IntervalSet.range(low, edge.high())).intervals()) {
                int last = pieces.size() - 1;
                boolean more = last >= 0 && pieces.get(last).child() == edge.child();
                long from = more ? pieces.get(last).low() : part.low().toLongExact();
                Piece<T> piece = new Piece<>(from, part.high().toLongExact(), edge.child());
                if (more) {
                    pieces.set(last, piece);
                } else {
                    pieces.add(piece);
                }
            }
            low = edge.high() + 1;
        }
        return pieces;
    }

    /** Single numbers before all the rest, where one place is left for the rest and that takes no more comparisons. */
    private static <T> List<Node.Edge<T>> shortest(List<Piece<T>> pieces, long max) {
        for (Piece<T> rest : pieces) {
            List<Piece<T>> points = pieces.stream()
                    .filter(piece -> piece.child() != rest.child())
                    .toList();
            if (points.size() < pieces.size() && points.stream().allMatch(point -> point.low() == point.high())) {
                return points(points, rest.child(), max);
            }
        }
        List<Node.Edge<T>> edges = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            long high = i + 1 == pieces.size() ? max : pieces.get(i + 1).low() - 1;
            edges.add(new Node.Edge<>(high, pieces.get(i).child()));
        }
        return edges;
    }

    private static <T> List<Node.Edge<T>> points(List<Piece<T>> points, Node<T> rest, long max) {
        List<Node.Edge<T>> edges = new ArrayList<>();
        long next = 0;
        for (Piece<T> point : points) {
            if (point.low() > next) {
                edges.add(new Node.Edge<>(point.low() - 1, rest));
            }
            edges.add(new Node.Edge<>(point.high(), point.child()));
            next = point.high() + 1;
        }
        if (next <= max) {
            edges.add(new Node.Edge<>(max, rest));
        }
        return edges;
    }
}
