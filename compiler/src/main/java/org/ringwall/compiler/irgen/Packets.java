// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.compiler.diagram.DiagramTraversal;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Restrict;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.PacketDepth;
import org.ringwall.compiler.ir.Terminator;

/**
 * A diagram over packets, specialised for plain IPv4 packets, plain IPv6 packets, other packets,
 * and packets without a header. For plain packets, many variables have known values. Common parts
 * of the specialisations are shared nodes.
 */
final class Packets {
    private static final Set<Variable> FILLED = EnumSet.of(
            Variable.PACKET_FAMILY,
            Variable.PACKET_PROTOCOL,
            Variable.PACKET_FRAGMENT,
            Variable.PACKET_TRANSPORT,
            Variable.PACKET_FLAGS_CUT);
    private static final int UNKNOWN = 2;
    private static final Restrict.Range FAMILIES =
            new Restrict.Range(AddressFamily.INET.number(), AddressFamily.INET6.number());

    private final Map<Variable, Restrict.Range> known;
    private final PacketDepth depth;
    private final boolean fragments;
    private final boolean filled;
    private final Node<MergedDiagram.Ending> four;
    private final Node<MergedDiagram.Ending> six;
    private final Node<MergedDiagram.Ending> other;
    private final Node<MergedDiagram.Ending> none;
    private final boolean skipsFour;
    private final boolean skipsSix;

    private Packets(
            MergedDiagram diagram,
            Map<Variable, Restrict.Range> known,
            PacketDepth depth,
            Set<Variable> read,
            boolean filled) {
        this.known = known;
        this.depth = depth;
        this.fragments = read.contains(Variable.PACKET_FRAGMENT);
        this.filled = filled;
        this.four = where(diagram, plain(AddressFamily.INET));
        this.six = where(diagram, plain(AddressFamily.INET6));
        this.none = where(diagram, none());
        this.other =
                diagram.notPlain(known(filled ? Map.of() : Map.of(Variable.PACKET_FAMILY, FAMILIES)), plainRanges());
        this.skipsFour = !filled && isLost(diagram, four, AddressFamily.INET);
        this.skipsSix = !filled && isLost(diagram, six, AddressFamily.INET6);
    }

    /**
     * Returns the specialisations; empty if no byte of the packet is tested.
     *
     * @param known facts before the packet is opened
     * @param read all variables that are read
     * @param tested the variables that are not only read by splits
     */
    static Optional<Packets> of(
            MergedDiagram diagram, Map<Variable, Restrict.Range> known, Set<Variable> read, Set<Variable> tested) {
        return read.stream()
                .flatMap(variable -> PacketReads.depth(variable).stream())
                .max(PacketDepth::compareTo)
                .map(depth ->
                        new Packets(diagram, known, depth, read, tested.stream().anyMatch(FILLED::contains)));
    }

    private Node<MergedDiagram.Ending> where(MergedDiagram diagram, Map<Variable, Restrict.Range> brought) {
        Map<Variable, Restrict.Range> all = known(brought);
        return all.isEmpty() ? diagram.root() : diagram.where(all);
    }

    /** Returns the facts before the packet is opened, and these. */
    private Map<Variable, Restrict.Range> known(Map<Variable, Restrict.Range> brought) {
        Map<Variable, Restrict.Range> all = new EnumMap<>(Variable.class);
        all.putAll(known);
        all.putAll(brought);
        return all;
    }

    /**
     * Whether packets of this family have the same decision as those without a header, whatever
     * they contain.
     */
    private boolean isLost(MergedDiagram diagram, Node<MergedDiagram.Ending> plain, AddressFamily family) {
        return plain == none
                && where(diagram, Map.of(Variable.PACKET_FAMILY, Restrict.Range.of(family.number()))) == none
                && DiagramTraversal.topological(none).stream().noneMatch(Packets::asksPacket);
    }

    /** Whether the node reads bytes of the packet. */
    static boolean asksPacket(Node<MergedDiagram.Ending> node) {
        if (node instanceof Node.Split<MergedDiagram.Ending> split) {
            return PacketReads.depth(split.variable()).isPresent();
        }
        return node instanceof Node.PredicateTest<MergedDiagram.Ending> test
                && test.predicate().reads().stream()
                        .anyMatch(variable -> PacketReads.depth(variable).isPresent());
    }

    private static Map<Variable, Restrict.Range> plain(AddressFamily family) {
        Map<Variable, Restrict.Range> known = new EnumMap<>(Variable.class);
        known.put(Variable.PACKET_FAMILY, Restrict.Range.of(family.number()));
        known.put(Variable.PACKET_PROTOCOL, new Restrict.Range(0, Variable.UNKNOWN_PROTOCOL - 1L));
        known.put(Variable.PACKET_FRAGMENT, Restrict.Range.of(0));
        known.put(Variable.PACKET_TRANSPORT, Restrict.Range.of(0));
        known.put(Variable.PACKET_FLAGS_CUT, Restrict.Range.of(0));
        return known;
    }

    /** Returns the values by which programs distinguish plain packets from others. */
    private Map<Variable, Restrict.Range> plainRanges() {
        Map<Variable, Restrict.Range> ranges = plain(AddressFamily.INET);
        ranges.put(Variable.PACKET_FAMILY, FAMILIES);
        ranges.keySet().removeIf(variable -> switch (variable) {
            case PACKET_FAMILY -> !filled;
            case PACKET_FRAGMENT -> !fragments;
            default ->
                PacketReads.depth(variable)
                        .filter(least -> depth.compareTo(least) >= 0)
                        .isEmpty();
        });
        return ranges;
    }

    private static Map<Variable, Restrict.Range> none() {
        Map<Variable, Restrict.Range> known = new EnumMap<>(Variable.class);
        known.put(Variable.PACKET_FAMILY, Restrict.Range.of(0));
        known.put(Variable.PACKET_PROTOCOL, Restrict.Range.of(Variable.UNKNOWN_PROTOCOL));
        known.put(Variable.PACKET_FRAGMENT, Restrict.Range.of(UNKNOWN));
        known.put(Variable.PACKET_TRANSPORT, Restrict.Range.of(UNKNOWN));
        known.put(Variable.PACKET_FLAGS_CUT, Restrict.Range.of(0));
        return known;
    }

    private boolean isOneDecision() {
        return skipsFour && skipsSix;
    }

    private boolean hasOther() {
        return filled
                || fragments
                || depth.compareTo(PacketDepth.PROTOCOL) > 0
                || depth == PacketDepth.PROTOCOL && !skipsSix;
    }

    /** Returns the possible successors of the opening. */
    List<Node<MergedDiagram.Ending>> roots() {
        List<Node<MergedDiagram.Ending>> roots = new ArrayList<>();
        if (!skipsFour) {
            roots.add(four);
        }
        if (!skipsSix) {
            roots.add(six);
        }
        if (hasOther() && !isOneDecision()) {
            roots.add(other);
        }
        if (!filled) {
            roots.add(none);
        }
        return roots;
    }

    /**
     * Returns the terminator that opens the packet; a goto if its bytes do not affect the decision.
     */
    Terminator opening(Function<Node<MergedDiagram.Ending>, BlockId> names) {
        if (isOneDecision()) {
            return new Terminator.Goto(names.apply(none));
        }
        return new Terminator.OpenPacket(
                depth,
                fragments,
                filled,
                skipsFour ? Optional.empty() : Optional.of(names.apply(four)),
                skipsSix ? Optional.empty() : Optional.of(names.apply(six)),
                hasOther() ? Optional.of(names.apply(other)) : Optional.empty(),
                filled ? Optional.empty() : Optional.of(names.apply(none)));
    }
}
