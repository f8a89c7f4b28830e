// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.compiler.diagram.DiagramTraversal;
import org.ringwall.compiler.diagram.FieldReadings;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.Restrict;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.irgen.string.GlobCode;
import org.ringwall.compiler.policy.CallerUse;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.Comparison;

/**
 * Lowers the decision diagram of one hook to a routine: the generation check of docs/abi.md section
 * 2, then one block for each node of the diagram in topological order. A shared node is a block
 * with several predecessors.
 */
public final class Lowering {
    private final Flow flow;
    private final HookDecision decision;
    private final MergedDiagram diagram;
    private final Map<Node<MergedDiagram.Ending>, BlockId> names = new HashMap<>();
    private final List<Node<MergedDiagram.Ending>> nodes;
    private final NodeCode code;
    private final boolean routed;
    private final Optional<Packets> packet;
    private final Optional<StampSearch> stamp;
    private final Node<MergedDiagram.Ending> root;

    private Lowering(Policy policy, HookDecision decision, KernelVersion oldest) {
        this.decision = decision;
        this.diagram = new MergedDiagram(decision);
        this.flow = new Flow(
                policy,
                decision,
                oldest,
                policy.blocks().get(firstBlock(decision)).span());
        Set<Variable> read = read(DiagramTraversal.topological(diagram.root()));
        this.routed = read.contains(Variable.PACKET_ROUTED);
        this.stamp = HookFields.readsStamps(decision.hook()) ? Optional.of(new StampSearch(diagram)) : Optional.empty();
        Map<Variable, Restrict.Range> known = stamp.map(StampSearch::known).orElseGet(Map::of);
        this.root = known.isEmpty() ? diagram.root() : diagram.where(known);
        this.packet = Packets.of(diagram, known, read, readByPredicates(DiagramTraversal.topological(diagram.root())));
        this.nodes = DiagramTraversal.topological(roots());
        nodes.forEach(node -> names.put(node, flow.emission().name()));
        this.code = new NodeCode(flow, diagram, names);
    }

    /**
     * Lowers the decision of one hook to a routine that every kernel from the oldest one on
     * accepts.
     */
    public static Routine lower(Policy policy, HookDecision decision, KernelVersion oldest) {
        return new Lowering(policy, decision, oldest).routine();
    }

    private static int firstBlock(HookDecision decision) {
        List<Integer> blocks = new ArrayList<>();
        DiagramTraversal.leaves(
                decision.root(), (Outcome outcome) -> outcome.rules().forEach(rule -> blocks.add(rule.block())));
        decision.effects()
                .forEach(aside -> DiagramTraversal.leaves(
                        aside, noted -> noted.first().ifPresent(rule -> blocks.add(rule.block()))));
        return blocks.stream().min(Integer::compare).orElse(0);
    }

    private Routine routine() {
        prologue();
        if (!onlyStamps()) {
            nodes.forEach(node -> node.accept(code));
            code.finish();
        }
        if (flow.emission().blocks().stream()
                .anyMatch(block -> block.end().targets().contains(flow.inert()))) {
            flow.emission().body().end(flow.inert(), flow.header(), new Terminator.Return(Verdict.ALLOW));
        }
        return new Routine(decision.hook(), flow.emission().blocks());
    }

    /**
     * Adds the code that the kernel requires of every program at this hook, then the test of the
     * control word, unless the test is done at the ends and nothing has side effects before them.
     */
    private void prologue() {
        Path path = flow.path(flow.emission().name(), flow.header());
        if (decision.hook().context() == ContextStruct.SOCKOPT) {
            flow.setLength(path.add(Intrinsic.LEAVE_TO_KERNEL));
        }
        if (decision.hook() == Hook.SENDMSG4) {
            leaveConnections(path);
        }
        if (code.controlCheck() != EndCode.ControlCheck.LAST) {
            BlockId begin = path.name();
            GenerationCheck check = new GenerationCheck(flow);
            if (code.controlCheck() == EndCode.ControlCheck.FIRST) {
                check.end(path, begin);
            } else {
                check.newestAlone(path, begin);
            }
            path.open(begin);
        }
        begin(path);
    }

    /**
     * Skips sends of an AF_INET6 UDP socket to the IPv4 address to which it is connected, which are
     * not requests (docs/semantics.md section 4). A socket of AF_INET is recognised by its family
     * alone; it runs no program when it is connected.
     */
    private void leaveConnections(Path path) {
        ContextField family = ContextStruct.SOCK_ADDR.require("family");
        Value found = path.add(Op.Load.context(family, 0, Width.W, Swap.NONE));
        BlockId evaluated = path.name();
        path.leaveIf(found, Comparison.NE, AddressFamily.INET6.number(), evaluated);
        Value connected = path.add(Intrinsic.CONNECTED);
        path.leaveIf(connected, Comparison.NE, 0, flow.inert());
        path.go(evaluated);
        path.open(evaluated);
    }

    /** Adds the code before the first test of the diagram. */
    private void begin(Path path) {
        if (onlyStamps()) {
            if (decision.stampsMptcp()) {
                path.leaveIf(protocol(path), Comparison.NE, IpProtocol.MPTCP.number(), flow.inert());
            }
            path.end(new Terminator.Decide(path.add(Intrinsic.STAMP_SOCKET), 1));
            return;
        } else if (decision.stamps()) {
            stamp(path);
        } else if (decision.stampsMptcp()) {
            BlockId others = path.name();
            path.leaveIf(protocol(path), Comparison.NE, IpProtocol.MPTCP.number(), others);
            stamp(path);
            path.go(others);
            path.open(others);
        }
        if (CallerUse.at(flow.hook(), flow.policy()).isPresent()) {
            knowCaller(path);
        }
        if (decision.handsOver()) {
            path.add(Intrinsic.HAND_OVER);
        }
        if (decision.hook() == Hook.SOCK_OPS) {
            leaveOtherEvents(path);
        }
        if (decision.dropsOriginals()) {
            dropOriginal(path);
        }
        if (routed) {
            path.add(Intrinsic.FIND_ROUTE);
        }
        if (decision.weighsPackets()) {
            path.add(Intrinsic.SEGMENTS);
        }
        decision.strings().forEach((variable, classifier) -> GlobCode.add(path.body(), variable, classifier));
        code.begin(path);
        stamp.filter(StampSearch::comesFirst).ifPresent(search -> find(path, search));
        path.end(packet.<Terminator>map(opened -> opened.opening(code::name))
                .orElseGet(() -> new Terminator.Goto(code.name(root))));
    }

    /**
     * Ignores events other than those of {@link SockOpsEvent}, and changes of a socket's state
     * other than the end of a connection that is followed. The kernel runs a program for other
     * events too, once any program has enabled them for the socket.
     */
    private void leaveOtherEvents(Path path) {
        if (decision.follows()) {
            Value counts = path.add(Intrinsic.FOLLOW);
            path.leaveIf(counts, Comparison.EQ, 0, flow.inert());
        }
        Value event = path.read(Variable.OP);
        BlockId evaluated = path.name();
        path.leaveIf(event, Comparison.LE, SockOpsEvent.BASE_RTT.number(), evaluated);
        if (decision.follows()) {
            path.leaveIf(event, Comparison.EQ, SockOpsEvent.TCP_CLOSED.number(), evaluated);
        }
        path.leaveIf(event, Comparison.NE, SockOpsEvent.LISTEN.number(), flow.inert());
        path.go(evaluated);
        path.open(evaluated);
    }

    /**
     * Drops the original destination, in the newest generation and unless the instance is
     * monitored.
     */
    private void dropOriginal(Path path) {
        Value generation = path.add(Intrinsic.GENERATION_STATE);
        BlockId rest = path.name();
        path.leaveIf(generation, Comparison.NE, Intrinsic.ACTS, rest);
        new RedirectCode(flow, path).dropOriginal();
        path.go(rest);
        path.open(rest);
    }

    private static Value protocol(Path path) {
        return path.read(Variable.PROTOCOL);
    }

    /**
     * Denies the connect of a kernel worker for an unknown caller, unless the instance is
     * monitored.
     */
    private void knowCaller(Path path) {
        Value known = path.add(Intrinsic.CALLER);
        BlockId begin = path.name();
        path.leaveIf(known, Comparison.NE, 0, begin);
        if (decision.records()) {
            Value generation = path.add(Intrinsic.GENERATION_STATE);
            path.leaveIf(generation, Comparison.GE, EndCode.MONITORED_BITS, flow.inert());
        }
        path.end(new Terminator.Return(Verdict.DENY));
        path.open(begin);
    }

    /** Looks up the socket's stamp before the first test. */
    private void find(Path path, StampSearch search) {
        Value found = path.read(Variable.STAMPED);
        flow.setStampFound();
        search.without().ifPresent(node -> path.leaveIf(found, Comparison.EQ, 0, code.name(node)));
    }

    private List<Node<MergedDiagram.Ending>> roots() {
        List<Node<MergedDiagram.Ending>> roots = new ArrayList<>();
        stamp.flatMap(StampSearch::without).ifPresent(roots::add);
        roots.addAll(packet.map(Packets::roots).orElseGet(() -> List.of(root)));
        return roots;
    }

    /** Whether the routine only stamps sockets and denies those that cannot carry a stamp. */
    private boolean onlyStamps() {
        return (decision.stamps() || decision.stampsMptcp())
                && decision.duties().size() == 1
                && root instanceof Node.Leaf<MergedDiagram.Ending> leaf
                && leaf.value().verdict().equals(Verdict.ALLOW)
                && leaf.value().isPlain();
    }

    /**
     * Stamps the socket. Every generation that decides does so, not only the newest: while two
     * decide, the older one may be the only one that tests stamps; if both stamp, the second one
     * finds the stamp of the first. A socket that cannot carry a stamp is denied, because later
     * hooks could not know its creator.
     */
    private void stamp(Path path) {
        BlockId made = path.name();
        Value done = path.add(Intrinsic.STAMP_SOCKET);
        path.leaveIf(done, Comparison.NE, 0, made);
        path.end(new Terminator.Return(Verdict.DENY));
        path.open(made);
    }

    /** Returns all variables that tests, keys and records read. */
    private Set<Variable> read(List<Node<MergedDiagram.Ending>> tests) {
        Set<Variable> all = EnumSet.noneOf(Variable.class);
        tests.forEach(node -> all.addAll(tested(node)));
        all.addAll(readByPredicates(tests));
        return all;
    }

    /**
     * Returns the variables that predicates, keys and records read, at whatever point they are
     * needed.
     */
    private Set<Variable> readByPredicates(List<Node<MergedDiagram.Ending>> tests) {
        Set<Variable> all = EnumSet.noneOf(Variable.class);
        tests.stream().filter(Node.PredicateTest.class::isInstance).forEach(node -> all.addAll(tested(node)));
        FieldReadings readings = flow.readings();
        decision.keys().forEach(key -> key.fields().forEach(field -> all.addAll(readings.variables(field))));
        if (logs(tests)) {
            RecordCode.identity(flow).forEach(field -> all.addAll(readings.variables(field)));
            EventKind kind = EventKind.at(decision.hook());
            kind.layout().members().stream()
                    .filter(member -> !member.isPad() && member.type() != StructLayout.Scalar.CHAR)
                    .forEach(member -> all.addAll(FieldReadings.variables(readings.ofMember(kind, member.name()))));
        }
        return all;
    }

    private static boolean logs(List<Node<MergedDiagram.Ending>> tests) {
        return tests.stream()
                .flatMap(node -> MergedDiagram.records(node).stream())
                .anyMatch(record -> record.effect() instanceof Effect.Log);
    }

    private static List<Variable> tested(Node<MergedDiagram.Ending> node) {
        if (node instanceof Node.Split<MergedDiagram.Ending> split) {
            return List.of(split.variable());
        }
        return node instanceof Node.PredicateTest<MergedDiagram.Ending> test
                ? test.predicate().reads()
                : List.of();
    }
}
