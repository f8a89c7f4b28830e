// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

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
 * The values that a variable can have at a hook, and the shortest test that is correct for these.
 * The outcome for other values does not matter: a protocol for which no kernel runs the program
 * there, or a device number that does not fit a dev_t. "A protocol with ports" becomes "not ICMP"
 * where a socket begins to communicate, and a list of devices ends at the greatest number. Device
 * access bits are not restricted: bits that no kernel defines today are denied (docs/semantics.md
 * section 5).
 */
public final class PossibleValues {
    private PossibleValues() {}

    /** Returns the values that the variable can have at the hook; empty if it can have any. */
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

    /** Returns the cases of a switch on the variable, up to its greatest possible value. */
    static <T> List<Terminator.Case> cases(Node.Split<T> split, Function<Node<T>, BlockId> name) {
        long most = most(split.variable());
        List<Terminator.Case> cases = new ArrayList<>();
        for (Node.Edge<T> edge : split.edges()) {
            long high = edge.high() == split.variable().max() ? most : edge.high();
            cases.add(new Terminator.Case(high, name.apply(edge.child())));
            if (high == most) {
                break;
            }
        }
        return cases;
    }

    /**
     * Returns the greatest unsigned value that a program can read there; the variable's own maximum
     * if it can have any.
     */
    private static long most(Variable variable) {
        return switch (variable) {
            case DEV_TYPE -> (1 << DeviceKind.BITS) - 1;
            case MAJOR -> DeviceNumber.MOST_MAJOR;
            case MINOR -> DeviceNumber.MOST_MINOR;
            default -> variable.max();
        };
    }

    /**
     * Returns edges that are equivalent for the possible values and send all others wherever that
     * is shortest. They cover the variable's domain.
     */
    static <T> List<Node.Edge<T>> fit(Hook hook, Variable variable, List<Node.Edge<T>> edges) {
        Optional<IntervalSet> reached = numbers(hook, variable);
        if (reached.isEmpty()) {
            return edges;
        }
        List<Piece<T>> pieces = pieces(edges, reached.get());
        return pieces.isEmpty() ? edges : shortest(pieces, variable.max());
    }

    /** An interval whose possible values lead to one child. It may contain impossible values. */
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

    /**
     * Tests single values before the rest if only one child remains for the rest and if this needs
     * no more comparisons.
     */
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
