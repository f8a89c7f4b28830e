// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.PendingEffects;
import org.ringwall.compiler.diagram.Recording;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.Comparison;

/**
 * The leaves of a diagram whose records occur in many combinations, since each rule without a
 * verdict doubles them. Such a leaf only notes the pending effects. The code of each record exists
 * once, after a test of its bit, and so does everything after the records. The note is hidden from
 * the verifier ({@link StateOp.Note}), which would otherwise walk that code once for each
 * combination. For the same reason no number that guards test and records read again stays in a
 * register: the length of an option's value is read from the frame, an ancestor cgroup and the
 * context are read again. A routine with few such leaves has their code in place, which is faster.
 *
 * <p>If rules without a verdict have effect diagrams ({@link HookDecision#effects}), all leaves are
 * shared. The effects of those rules are noted on the way, and their writes also exist once, after
 * all records.
 */
final class SharedLeaves {
    /** The maximum number of records in place. */
    private static final int IN_PLACE = 8;

    /**
     * The bits of each word of the note that are used for records. The bits above are, in the first
     * word, the number of a tail.
     */
    private static final int RECORD_BITS = 56;

    private static final int MOST_TAILS = 1 << Long.SIZE - RECORD_BITS;

    private static final Comparator<Recording> ORDER = Comparator.comparing(Recording::rule)
            .thenComparing(Recording::index)
            .thenComparing(Recording::toString)
            .thenComparing(record -> record.verdict().map(Verdict::toString).orElse(""));

    private final Flow flow;
    private final List<Recording> records;
    private final EffectWrites writes;
    private final List<Tail> tails = new ArrayList<>();
    private final boolean apart;
    private final boolean worthwhile;
    private final BlockId begin;

    /** The verdict and the writes after the records. */
    record Tail(Verdict verdict, List<Effect> writes) {
        /** Returns the part that every generation performs. */
        Tail ofEveryGeneration() {
            return new Tail(
                    verdict.with(ReturnBit.NONE),
                    writes.stream().filter(Effect.JudgedAs.class::isInstance).toList());
        }
    }

    SharedLeaves(Flow flow, List<Node<MergedDiagram.Ending>> nodes) {
        this.flow = flow;
        this.begin = flow.emission().name();
        Set<Recording> all = new TreeSet<>(ORDER);
        int places = 0;
        for (Node<MergedDiagram.Ending> node : nodes) {
            List<Recording> made = MergedDiagram.records(node);
            all.addAll(made);
            places += made.size();
        }
        this.records = List.copyOf(all);
        this.apart = !flow.decision().effects().isEmpty();
        this.writes = new EffectWrites(flow);
        this.worthwhile = apart
                || places > IN_PLACE
                        && records.size() < places
                        && records.size() <= RECORD_BITS * (1 + StateFrame.MORE_PENDING);
    }

    /**
     * Whether all leaves are shared and the effects of rules without a verdict are noted on the
     * way.
     */
    boolean isApart() {
        return apart;
    }

    /** Whether this leaf is shared. */
    boolean takes(MergedDiagram.Ending ending) {
        boolean known = tails.contains(tail(ending)) || tails.size() < MOST_TAILS;
        return worthwhile && !ending.records().isEmpty() && known;
    }

    static Tail tail(MergedDiagram.Ending ending) {
        return new Tail(ending.verdict(), ending.writes());
    }

    /**
     * Initialises the frame for the shared leaves. If only some paths redirect a request, the
     * verifier still requires that what the redirect reads is written on all of them. The length of
     * an option's value is stored if records read it.
     */
    void begin(Path path) {
        boolean leads = flow.decision().redirects();
        if (worthwhile && leads) {
            new ReadingCode(flow, path)
                    .zero(StateOp.Place.FRAME, StateFrame.FINAL, StateFrame.ORIGINAL - StateFrame.FINAL);
        }
        for (int word = 0; apart && word < words(); word++) {
            path.add(StateOp.Store.number(StateOp.Place.FRAME, place(word), Width.DW, StateOp.Form.HOST, 0));
            path.add(new StateOp.Note(place(word), 0));
        }
        keptLength()
                .ifPresent(length -> path.add(
                        StateOp.Store.of(StateOp.Place.FRAME, StateFrame.LENGTH, Width.W, StateOp.Form.HOST), length));
        if (apart && flow.length().isPresent()) {
            flow.setLengthInFrame();
        }
    }

    /**
     * Returns the length of an option's value if it is kept in the frame. No key of a counter
     * contains it.
     */
    private Optional<Value> keptLength() {
        boolean read = records.stream().anyMatch(record -> record.effect() instanceof Effect.Log);
        return flow.length().filter(length -> worthwhile && (apart || read));
    }

    /** Ends the path with a note of the pending effects. */
    void note(Path path, MergedDiagram.Ending ending) {
        Tail tail = tail(ending);
        if (!tails.contains(tail)) {
            tails.add(tail);
        }
        long[] noted = new long[words()];
        noted[0] = (long) tails.indexOf(tail) << RECORD_BITS;
        ending.records().forEach(record -> set(noted, records.indexOf(record)));
        if (apart) {
            if (tails.size() > MOST_TAILS) {
                throw new IllegalStateException("more outcomes than a program numbers: separated in spite of that");
            }
            note(path, noted);
            path.go(begin);
            return;
        }
        for (int word = 0; word < noted.length; word++) {
            long bits = noted[word];
            Value value = path.add(new Op.Constant(bits));
            path.add(StateOp.Store.of(StateOp.Place.FRAME, place(word), Width.DW, StateOp.Form.HOST), value);
        }
        path.go(begin);
    }

    /** Notes the effects of rules without a verdict. */
    void note(Path path, PendingEffects noted) {
        long[] bits = new long[words()];
        noted.records().forEach(record -> set(bits, records.indexOf(record)));
        writes.inOrder().stream()
                .filter(written -> noted.rules().contains(written.rule()))
                .forEach(written -> set(bits, records.size() + written.bit()));
        note(path, bits);
    }

    private void note(Path path, long[] bits) {
        for (int word = 0; word < bits.length; word++) {
            if (bits[word] != 0) {
                path.add(new StateOp.Note(place(word), bits[word]));
            }
        }
    }

    private static void set(long[] words, int bit) {
        words[bit / RECORD_BITS] |= 1L << bit % RECORD_BITS;
    }

    private int words() {
        return (records.size() + writes.inOrder().size() + RECORD_BITS - 1) / RECORD_BITS;
    }

    private int place(int word) {
        return StateFrame.pending(flow.hook(), word);
    }

    /** Adds the code to which all notes lead; nothing if there are none. */
    void finish(EndCode ends) {
        if (tails.isEmpty()) {
            return;
        }
        keptLength().ifPresent(length -> flow.setLengthInFrame());
        Path path = flow.path(begin, flow.header());
        BlockId older = path.name();
        BlockId recording = path.name();
        for (int word = 0; !apart && word < words(); word++) {
            path.add(new StateOp.Note(place(word), 0));
        }
        Value generation = path.add(Intrinsic.GENERATION_STATE);
        path.end(new Terminator.Switch(
                generation,
                List.of(
                        new Terminator.Case(0, older),
                        new Terminator.Case(Intrinsic.ACTS, recording),
                        new Terminator.Case(EndCode.MONITORED_BITS, flow.inert()),
                        new Terminator.Case(EndCode.MONITORED_BITS | Intrinsic.ACTS, recording))));
        path.open(older);
        dispatch(path, tail -> ends.plain(path, tail));
        path.open(recording);
        for (int i = 0; i < records.size(); i++) {
            Recording record = records.get(i);
            where(path, i, i, () -> new RecordCode(flow, path).add(record));
        }
        if (!writes.inOrder().isEmpty() || tails.stream().anyMatch(ends::comesOf)) {
            Value now = path.add(Op.Load.frame(StateFrame.GENERATION_STATE, Width.W));
            path.leaveIf(now, Comparison.GE, EndCode.MONITORED_BITS, flow.inert());
        }
        for (EffectWrites.Written written : writes.inOrder()) {
            where(
                    path,
                    records.size() + written.bit(),
                    records.size() + written.last(),
                    () -> writes.write(path, written.effect()));
        }
        dispatch(path, tail -> ends.act(path, tail));
    }

    /**
     * Runs `then` if the bit is set and no higher bit up to `last`. Two shifts isolate the bits
     * from `bit` to `last`, of which only the lowest may be set.
     */
    private void where(Path path, int bit, int last, Runnable then) {
        BlockId next = path.name();
        int word = bit / RECORD_BITS;
        int end = Math.min(last, (word + 1) * RECORD_BITS - 1);
        Value below = below(path, end);
        int down = Long.SIZE - 1 - end % RECORD_BITS + bit % RECORD_BITS;
        Value left = path.add(NumberOp.Alu.shr(down), below);
        if (bit == end) {
            path.leaveIf(left, Comparison.EQ, 0, next);
        } else {
            path.leaveIf(left, Comparison.NE, 1, next);
        }
        for (int first = (word + 1) * RECORD_BITS; first <= last; first += RECORD_BITS) {
            path.leaveIf(below(path, Math.min(last, first + RECORD_BITS - 1)), Comparison.NE, 0, next);
        }
        then.run();
        path.go(next);
        path.open(next);
    }

    /** Returns the word of a bit, shifted left so that the bit is the top bit. */
    private Value below(Path path, int bit) {
        Value pending = pending(path, bit / RECORD_BITS);
        return path.add(NumberOp.Alu.shl(Long.SIZE - 1 - bit % RECORD_BITS), pending);
    }

    private Value pending(Path path, int word) {
        return path.add(Op.Load.frame(place(word), Width.DW));
    }

    /** The code for each tail at the end of a path. */
    private interface Tails {
        void end(Tail tail);
    }

    private void dispatch(Path path, Tails each) {
        if (tails.size() > 1) {
            Value pending = pending(path, 0);
            Value number = path.add(NumberOp.Alu.shr(RECORD_BITS), pending);
            List<BlockId> names = tails.stream().map(tail -> path.name()).toList();
            List<Terminator.Case> cases = new ArrayList<>();
            for (int i = 0; i < tails.size(); i++) {
                cases.add(new Terminator.Case(i + 1 == tails.size() ? MOST_TAILS - 1 : i, names.get(i)));
            }
            path.end(new Terminator.Switch(number, cases));
            for (int i = 0; i < tails.size(); i++) {
                path.open(names.get(i));
                each.end(tails.get(i));
            }
        } else {
            each.end(tails.get(0));
        }
    }
}
