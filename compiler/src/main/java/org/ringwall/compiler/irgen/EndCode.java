// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.PendingEffects;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.Recording;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.CallerUse;
import org.ringwall.compiler.policy.Destination;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Comparison;

/**
 * Code for the leaves of a diagram. Only the newest generation makes records, writes and modifiers,
 * and in monitor mode only records (docs/abi.md section 2). A routine without records need not test
 * for monitor mode here, because it is inert in that mode from its first instruction.
 */
final class EndCode {
    /** Bit 1 of {@link Intrinsic#GENERATION_STATE}. */
    static final int MONITORED_BITS = 2;

    /**
     * The maximum number of distinct denials for which the control word is tested last; each one
     * tests it separately.
     */
    private static final int MOST_DENIALS = 2;

    private final Flow flow;
    private final GenerationCheck check;
    private final SharedLeaves shared;
    private final SharedRecords sharedRecords;
    private final boolean records;
    private final ControlCheck controlCheck;
    private final Map<SharedLeaves.Tail, CheckedEnd> checkedEnds = new LinkedHashMap<>();

    EndCode(Flow flow, List<Node<MergedDiagram.Ending>> nodes) {
        this.flow = flow;
        this.check = new GenerationCheck(flow);
        this.shared = new SharedLeaves(flow, nodes);
        this.sharedRecords = new SharedRecords(flow, nodes);
        this.records = flow.decision().records();
        this.controlCheck = controlCheck(nodes);
    }

    /** Where a program tests the control word. */
    enum ControlCheck {
        /** At the start: whether the generation decides. */
        FIRST,
        /** At the start: whether the generation is the newest. Only the newest one has effects. */
        NEWEST_FIRST,
        /** At those ends where it makes a difference. */
        LAST
    }

    /**
     * An end that tests whether the generation decides, with the span of the first rule that leads
     * to it.
     */
    private record CheckedEnd(BlockId block, Span span) {}

    /**
     * Chooses where to test the control word. A generation that does not decide may evaluate the
     * diagram if this has no side effects, and if every end does what an inert program does,
     * denies, writes the address that the destination was judged as, or counts; the last three test
     * the control word themselves. If there are writes but no denials or counts, only the newest
     * generation matters: the end that writes tests for it, or the start if several do.
     */
    private ControlCheck controlCheck(List<Node<MergedDiagram.Ending>> nodes) {
        boolean acts = flow.decision().stamps()
                || flow.decision().stampsMptcp()
                || CallerUse.at(flow.hook(), flow.policy()).isPresent()
                || flow.decision().handsOver()
                || flow.decision().follows()
                || nodes.stream()
                        .anyMatch(node -> node instanceof Node.PredicateTest<MergedDiagram.Ending> test
                                && test.predicate() instanceof Predicate.Token);
        List<MergedDiagram.Ending> endings = nodes.stream()
                .filter(Node.Leaf.class::isInstance)
                .map(node -> ((Node.Leaf<MergedDiagram.Ending>) node).value())
                .toList();
        if (acts || shared.isApart() || endings.stream().anyMatch(shared::takes)) {
            return ControlCheck.FIRST;
        }
        long denying = endings.stream()
                .map(MergedDiagram.Ending::verdict)
                .filter(verdict -> !verdict.allows())
                .distinct()
                .count();
        long writing = endings.stream().filter(this::isWrittenAlone).count();
        boolean judged = endings.stream().anyMatch(this::isJudgedOrCounted);
        boolean others = !endings.stream()
                .allMatch(ending -> isDecidedAlone(ending)
                        || isJudgedOrCounted(ending)
                        || isCountedAlone(ending)
                        || isWrittenAlone(ending));
        if (others || denying > MOST_DENIALS || (denying > 0 || judged) && writing > 0) {
            return ControlCheck.FIRST;
        }
        return writing > 1 ? ControlCheck.NEWEST_FIRST : ControlCheck.LAST;
    }

    /** Whether the only effects are writes and modifiers of the newest generation. */
    private boolean isWrittenAlone(MergedDiagram.Ending ending) {
        return !records
                && ending.verdict().allows()
                && !ending.isPlain()
                && !ending.isJudgedAs()
                && !hasDuty(ending.verdict());
    }

    /** Whether the only effect is to write the address that the destination was judged as. */
    private boolean isJudgedAlone(MergedDiagram.Ending ending) {
        return !records && isJudgedOrCounted(ending);
    }

    /** Whether the only effects are that write and counts. */
    private boolean isJudgedOrCounted(MergedDiagram.Ending ending) {
        SharedLeaves.Tail tail = SharedLeaves.tail(ending);
        return ending.isJudgedAs()
                && tail.equals(tail.ofEveryGeneration())
                && !hasDuty(ending.verdict())
                && ending.records().stream().allMatch(record -> record.effect() instanceof Effect.Count);
    }

    /** Whether there is no effect. */
    private boolean isDecidedAlone(MergedDiagram.Ending ending) {
        return ending.isPlain()
                && !hasDuty(ending.verdict())
                && (!records || ending.verdict().allows());
    }

    /**
     * Returns where the control word is tested: for all but {@link ControlCheck#LAST} before the
     * first test of the diagram.
     */
    ControlCheck controlCheck() {
        return controlCheck;
    }

    /** Notes effects that are performed at the end, independently of the verdict. */
    void note(Path path, PendingEffects noted) {
        shared.note(path, noted);
    }

    /** Adds the code before the first test that the ends rely on. */
    void begin(Path path) {
        shared.begin(path);
    }

    /** Adds the code that several ends share. */
    void finish() {
        shared.finish(this);
        sharedRecords.finish((path, ending) -> recording(path, ending, RecordCode::addNoted));
        checkedEnds.forEach((tail, end) -> {
            Path path = flow.path(end.block(), end.span());
            BlockId decides = path.name();
            check.end(path, decides);
            path.open(decides);
            plain(path, tail);
        });
    }

    void add(BlockId id, Span span, MergedDiagram.Ending ending) {
        Path path = flow.path(id, span);
        if (shared.isApart()) {
            shared.note(path, ending);
        } else if (isDecidedAlone(ending) || isJudgedAlone(ending)) {
            SharedLeaves.Tail tail = SharedLeaves.tail(ending);
            boolean asInert = ending.verdict().allows() && !ending.isJudgedAs();
            if (controlCheck == ControlCheck.LAST && !asInert) {
                path.go(checkedEnds
                        .computeIfAbsent(tail, end -> new CheckedEnd(path.name(), span))
                        .block());
            } else {
                plain(path, tail);
            }
        } else if (shared.takes(ending)) {
            shared.note(path, ending);
        } else if (controlCheck != ControlCheck.NEWEST_FIRST && isCountedOnce(ending)) {
            new RecordCode(flow, path).countChecked(ending.records().get(0));
            path.end(new Terminator.Return(ending.verdict()));
        } else if (sharedRecords.takes(ending)) {
            sharedRecords.note(path, ending);
        } else if (records && !isCountedAlone(ending)) {
            recording(path, ending, RecordCode::add);
        } else {
            newest(path, ending);
        }
    }

    /** Makes a record. */
    private interface Maker {
        void make(RecordCode code, Recording record);
    }

    private void recording(Path path, MergedDiagram.Ending ending, Maker maker) {
        if (controlCheck == ControlCheck.LAST) {
            BlockId decides = path.name();
            check.end(path, decides);
            path.open(decides);
        }
        byGenerationState(path, ending, maker);
    }

    /** Whether the hook does something that the policy does not state. */
    private boolean hasDuty(Verdict verdict) {
        return flow.decision().recalls() || flow.decision().answers() && verdict.allows();
    }

    /**
     * Reads the control word again: this keeps no register live, and a policy without effects does
     * not need the word here.
     */
    private void newest(Path path, MergedDiagram.Ending ending) {
        BlockId newest = path.name();
        BlockId other = isInertOtherwise(ending) ? flow.inert() : path.name();
        if (controlCheck == ControlCheck.NEWEST_FIRST) {
            path.go(newest);
        } else if (controlCheck == ControlCheck.LAST && isWrittenAlone(ending)) {
            check.newestAlone(path, newest);
        } else {
            check.newest(path, other, newest);
        }
        path.open(newest);
        ending.records().forEach(new RecordCode(flow, path)::add);
        act(path, SharedLeaves.tail(ending));
        if (!other.equals(flow.inert())) {
            path.open(other);
            plain(path, SharedLeaves.tail(ending));
        }
    }

    /** Whether an older generation that decides does nothing at this end. */
    private static boolean isInertOtherwise(MergedDiagram.Ending ending) {
        return ending.verdict().with(ReturnBit.NONE).equals(Verdict.ALLOW) && !ending.isJudgedAs();
    }

    /** Whether the only effects are counts, so that monitor mode makes no difference. */
    private boolean isCountedAlone(MergedDiagram.Ending ending) {
        return !comesOf(SharedLeaves.tail(ending))
                && ending.records().stream().allMatch(record -> record.effect() instanceof Effect.Count);
    }

    /**
     * Whether the only effect is one count. It tests the control word itself, while its key is
     * looked up.
     */
    private boolean isCountedOnce(MergedDiagram.Ending ending) {
        return isCountedAlone(ending) && ending.records().size() == 1;
    }

    private void byGenerationState(Path path, MergedDiagram.Ending ending, Maker maker) {
        Value generation = path.add(Intrinsic.GENERATION_STATE);
        boolean acts = !ending.isPlain() || hasDuty(ending.verdict());
        BlockId older = isInertOtherwise(ending) ? flow.inert() : path.name();
        BlockId acting = acts ? path.name() : older;
        BlockId monitored = ending.records().isEmpty() ? flow.inert() : acting;
        CaseList cases = new CaseList()
                .add(0, older)
                .add(Intrinsic.ACTS, acting)
                .add(MONITORED_BITS, flow.inert())
                .add(MONITORED_BITS | Intrinsic.ACTS, monitored);
        path.end(cases.on(generation));
        if (acts) {
            path.open(acting);
            RecordCode code = new RecordCode(flow, path);
            ending.records().forEach(record -> maker.make(code, record));
            if (!ending.records().isEmpty()) {
                unlessMonitored(path, ending);
            }
            act(path, SharedLeaves.tail(ending));
        }
        if (!older.equals(flow.inert())) {
            path.open(older);
            plain(path, SharedLeaves.tail(ending));
        }
    }

    /** After the records: leaves in monitor mode, which has no other effects. */
    private void unlessMonitored(Path path, MergedDiagram.Ending ending) {
        if (comesOf(SharedLeaves.tail(ending))) {
            Value generation = path.add(Op.Load.frame(StateFrame.GENERATION_STATE, Width.W));
            path.leaveIf(generation, Comparison.GE, MONITORED_BITS, flow.inert());
        }
    }

    /** Whether the records are followed by something that monitor mode omits. */
    boolean comesOf(SharedLeaves.Tail tail) {
        return !tail.writes().isEmpty() || !tail.verdict().equals(Verdict.ALLOW) || hasDuty(tail.verdict());
    }

    /** Adds the rest of the end after the tests of the control word. */
    void act(Path path, SharedLeaves.Tail tail) {
        Verdict verdict = tail.verdict();
        List<Effect> writes = ofNewest(tail.writes());
        Optional<Destination> to = writes.stream()
                .filter(Effect.Redirect.class::isInstance)
                .map(effect -> ((Effect.Redirect) effect).to())
                .findFirst();
        if (flow.decision().answers() && verdict.allows()) {
            path.add(Intrinsic.ANSWER_ORIGINAL);
        }
        RedirectCode redirect = new RedirectCode(flow, path);
        Optional<BlockId> refused = to.map(destination -> path.name());
        to.ifPresent(destination -> redirect.storeDestination(destination, refused.orElseThrow()));
        Optional<BlockId> same = flow.decision().recalls() ? Optional.of(path.name()) : Optional.empty();
        same.ifPresent(block -> path.leaveIf(redirect.recall(), Comparison.EQ, 0, block));
        List<Terminator.Write> redirected = to.isPresent() ? redirect.writes(StateFrame.FINAL) : List.of();
        List<Terminator.Write> named = same.isPresent() ? redirect.writes(StateFrame.ORIGINAL) : List.of();
        end(path, verdict, writes, new Places(named, redirected));
        same.ifPresent(block -> {
            path.open(block);
            end(path, verdict, writes, new Places(List.of(), List.of()));
        });
        refused.ifPresent(block -> {
            path.open(block);
            path.end(new Terminator.Return(Verdict.DENY));
        });
    }

    /**
     * Drops the write of the judged address if the newest generation writes another destination.
     */
    private static List<Effect> ofNewest(List<Effect> writes) {
        boolean elsewhere = writes.stream().anyMatch(Effect::writesDestination);
        return writes.stream()
                .filter(effect -> !elsewhere || !(effect instanceof Effect.JudgedAs))
                .toList();
    }

    /** Adds what an older generation does. */
    void plain(Path path, SharedLeaves.Tail tail) {
        SharedLeaves.Tail left = tail.ofEveryGeneration();
        end(path, left.verdict(), left.writes(), new Places(List.of(), List.of()));
    }

    /**
     * Writes of addresses that are stored in the frame.
     *
     * @param named writes of the original destination, before the writes of the policy
     * @param redirected writes of a redirect
     */
    private record Places(List<Terminator.Write> named, List<Terminator.Write> redirected) {}

    private void end(Path path, Verdict verdict, List<Effect> effects, Places places) {
        FieldWrites writes = new FieldWrites(flow.hook(), path.body());
        List<Terminator.Write> all = new ArrayList<>(places.named());
        effects.forEach(
                effect -> all.addAll(effect instanceof Effect.Redirect ? places.redirected() : effect.accept(writes)));
        path.end(new Terminator.Return(verdict, lasting(all)));
    }

    /**
     * Keeps the last of several writes to the same place. Values are written before constants,
     * which need a register.
     */
    private static List<Terminator.Write> lasting(List<Terminator.Write> all) {
        List<Terminator.Write> values = new ArrayList<>();
        List<Terminator.Write> numbers = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Terminator.Write write = all.get(i);
            boolean last = all.subList(i + 1, all.size()).stream().noneMatch(later -> isSamePlace(later, write));
            if (last) {
                boolean value =
                        write instanceof Terminator.WriteContext && write.uses().isPresent();
                (value ? values : numbers).add(write);
            }
        }
        values.addAll(numbers);
        return values;
    }

    private static boolean isSamePlace(Terminator.Write one, Terminator.Write other) {
        if (one instanceof Terminator.WriteOption a && other instanceof Terminator.WriteOption b) {
            return a.option() == b.option();
        }
        if (one instanceof Terminator.WriteOptionName a && other instanceof Terminator.WriteOptionName b) {
            return a.option() == b.option();
        }
        if (one instanceof Terminator.WriteOptval) {
            return other instanceof Terminator.WriteOptval;
        }
        if (one instanceof Terminator.WriteOptlen) {
            return other instanceof Terminator.WriteOptlen;
        }
        if (one instanceof Terminator.WriteSuccess) {
            return other instanceof Terminator.WriteSuccess;
        }
        if (one instanceof Terminator.WriteSysctl) {
            return other instanceof Terminator.WriteSysctl;
        }
        return one instanceof Terminator.WriteContext a
                && other instanceof Terminator.WriteContext b
                && a.field().equals(b.field())
                && a.offset() == b.offset();
    }
}
