// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen.string;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.StringOp;
import org.ringwall.compiler.ir.StringSource;
import org.ringwall.compiler.ir.Swap;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.ReversedAutomaton;
import org.ringwall.compiler.strings.StringKind;
import org.ringwall.compiler.value.Comparison;

/**
 * A switch on the class of a string. The helper writes the string into a buffer; words from the
 * start are compared as long as they distinguish anything, then words before the end, and a
 * table-driven automaton decides the rest. The buffer is as short as the comparisons allow; a
 * string that does not fit is decided by the part that does.
 */
public final class StringSwitch {
    private static final long E2BIG = -Errno.E2BIG.number();

    /** Greater than any length that a helper returns. */
    private static final long LONGEST = 0xffff;

    /** Buffers longer than this leave less room below them. */
    private static final int LONG = 128;

    private static final int ROOM_BELOW = 32;

    /** The room down to the sysctl's part of {@link org.ringwall.compiler.ir.StateFrame}. */
    private static final int ROOM_BELOW_LONG = 16;

    private final Emission emission;
    private final Hook hook;
    private final Span span;
    private final Variable variable;
    private final Classifier classifier;
    private final LongFunction<BlockId> child;
    private final StringKind kind;
    private final boolean stamped;
    private final List<BlockId> targets = new ArrayList<>();
    private final Automaton automaton;
    private final WordTree tree;
    private final WordBlocks words;
    private final Optional<PrefixTable> beginnings;
    private final int size;
    private final Map<Tails.Group, BlockId> ends = new HashMap<>();
    private final Map<BlockId, Emission.Body> opened = new HashMap<>();
    private Optional<BlockId> walk = Optional.empty();

    /**
     * Creates a switch on a string of a hook, whose classes lead to the blocks that `child`
     * returns.
     */
    public StringSwitch(
            Emission emission,
            Hook hook,
            Span span,
            Variable variable,
            Classifier classifier,
            LongFunction<BlockId> child) {
        this.emission = emission;
        this.hook = hook;
        this.span = span;
        this.variable = variable;
        this.classifier = classifier;
        this.child = child;
        this.kind = classifier.kind();
        this.stamped = HookFields.readsStamps(hook);
        this.automaton = classifier.automaton().map(number -> target(child.apply(number)));
        // The results of globs are in the words below the buffer, which tests of the end overwrite.
        boolean ends = isName() && classifier.globs().isEmpty() && WordTree.leavesSome(automaton, kind);
        this.tree = new WordTree(automaton, kind, ends ? Tails.of(automaton) : Tails.none(automaton));
        this.words = new WordBlocks(emission, span, tree.words(), this::outside);
        this.beginnings = stamped ? Optional.empty() : PrefixTable.of(automaton, kind, tree);
        boolean whole = goesOn() || variable == Variable.PATH || stamped;
        this.size = ((whole ? kind.limit() : tree.lastByte() + 1) / 8 + 1) * 8;
    }

    private int target(BlockId block) {
        int known = targets.indexOf(block);
        if (known < 0) {
            targets.add(block);
            return targets.size() - 1;
        }
        return known;
    }

    /**
     * Whether the string is read from its end. Sysctl values are not: a few bytes suffice, or there
     * are bytes after a NUL.
     */
    private boolean isName() {
        return variable == Variable.NAME || variable == Variable.PATH;
    }

    /** Whether words from the start leave some strings to the end or to the table. */
    private boolean goesOn() {
        return !tree.walks().isEmpty() || !tree.ends().isEmpty();
    }

    /** Adds the blocks, the first of which is `id`. */
    public void add(BlockId id) {
        Optional<BlockId> start = variable == Variable.NEW_VALUE ? whenWritten(id) : Optional.of(id);
        start.ifPresent(stamped && !goesOn() ? this::addStamped : this::addBuffered);
    }

    /** Compares the words in place, in the stamp. */
    private void addStamped(BlockId start) {
        words.begin(start);
        words.add(
                emission.body(),
                (into, place, bytes) -> into.add(Op.Load.stampedName(place.index(), Width.ofBytes(bytes))));
    }

    private void addBuffered(BlockId start) {
        Map<Tails.Group, TailTree> tails = tails();
        boolean sought =
                tails.values().stream().anyMatch(tail -> !tail.between().isEmpty());
        int cleared = sought ? size : cleared();
        Emission.Body body = emission.body();
        Value length = body.add(new StringOp.CallString(source(), size, cleared));
        if (kind.mayBeUnknown()) {
            BlockId unknown = child.apply(classifier.unknown());
            BlockId first = beginnings.isPresent() ? emission.name() : words.start();
            body.end(
                    start,
                    span,
                    variable == Variable.PATH ? named(length, unknown, first) : known(length, unknown, first));
            beginnings.ifPresent(prefixes -> find(first, emission.body(), prefixes));
        } else if (beginnings.isPresent()) {
            find(start, body, beginnings.get());
        } else {
            opened.put(start, body);
            begin(start);
        }
        if (beginnings.isPresent()) {
            return;
        }
        words.add(
                body(start),
                (into, place, bytes) -> into.add(Op.Load.string(size, place.index(), Width.ofBytes(bytes))));
        TailCode.Buffer buffer = new TailCode.Buffer(
                variable == Variable.NAME ? Optional.of(length) : Optional.empty(), size, kind.limit());
        Set<Position> walked = new LinkedHashSet<>(tree.walks());
        tails.forEach((group, tail) ->
                Optional.ofNullable(ends.get(group)).ifPresent(name -> walked.addAll(ends(name, group, tail, buffer))));
        walk.ifPresent(name -> walk(name, walked, length));
    }

    private void find(BlockId id, Emission.Body body, PrefixTable prefixes) {
        Value found = body.add(new StringOp.FindString(prefixes.table(), size));
        CaseList cases = new CaseList();
        for (int i = 0; i < prefixes.outcomes().size(); i++) {
            cases.add(i, targets.get(prefixes.outcomes().get(i)));
        }
        cases.add((1L << prefixes.table().resultBits()) - 1, targets.get(prefixes.rest()));
        body.end(id, span, cases.on(found));
    }

    /** Adds the first test to the block that reads the string. */
    private void begin(BlockId start) {
        if (words.first().tells()) {
            words.begin(start);
        } else if (words.first().only() instanceof Successor.End end) {
            ends.put(end.group(), start);
        } else {
            walk = Optional.of(start);
        }
    }

    private Emission.Body body(BlockId id) {
        Emission.Body open = opened.get(id);
        return open == null ? emission.body() : open;
    }

    /** Returns the tree of words from the end for each group. */
    private Map<Tails.Group, TailTree> tails() {
        int room = size > LONG ? ROOM_BELOW_LONG : ROOM_BELOW;
        Map<Tails.Group, TailTree> tails = new LinkedHashMap<>();
        tree.ends().forEach((group, places) -> {
            ReversedAutomaton backwards = group.backwards();
            tails.put(
                    group,
                    new TailTree(
                            backwards,
                            from(places) / 8 * 8 + room,
                            state -> Middle.of(automaton, kind, backwards, state)));
        });
        return tails;
    }

    /** Returns the minimum length of the strings that arrive from these places. */
    private static int from(Set<Position> places) {
        return places.stream().mapToInt(Position::index).min().orElse(0);
    }

    /**
     * Adds the tests of the string's end. Returns the places whose strings these tests leave to the
     * table.
     */
    private Set<Position> ends(BlockId id, Tails.Group group, TailTree tail, TailCode.Buffer buffer) {
        Set<Position> places = tree.ends().getOrDefault(group, Set.of());
        boolean[] far = automaton.after(kind.limit());
        int[] cuts = group.states().stream()
                .filter(state -> far[state])
                .map(automaton::cut)
                .distinct()
                .toArray();
        boolean cut = kind.cut() && cuts.length > 0;
        Optional<BlockId> cutOff =
                cut ? Optional.of(cuts.length > 1 ? walking() : targets.get(cuts[0])) : Optional.empty();
        new TailCode(emission, span, buffer, tail, targets::get, this::walking).add(id, body(id), from(places), cutOff);
        return tail.walks() || cut && cuts.length > 1 ? places : Set.of();
    }

    /**
     * Returns the number of bytes to zero. The buffer of bpf_sysctl_get_name must be initialised on
     * 5.10, where it is ARG_PTR_TO_MEM. The bytes after the NUL of a path are not written, so the
     * compared words are zeroed.
     */
    private int cleared() {
        return switch (variable) {
            case NAME -> size;
            case PATH -> (tree.lastByte() + 8) / 8 * 8;
            default -> 0;
        };
    }

    private StringSource source() {
        return stamped ? StringSource.STAMPED_COMM : source(variable);
    }

    static StringSource source(Variable variable) {
        return switch (variable) {
            case NAME -> StringSource.SYSCTL_NAME;
            case VALUE -> StringSource.SYSCTL_VALUE;
            case NEW_VALUE -> StringSource.SYSCTL_NEW_VALUE;
            case COMM -> StringSource.COMM;
            case PATH -> StringSource.UNIX_PATH;
            default -> throw new IllegalStateException(variable + " is not a string");
        };
    }

    /**
     * Adds the one walk for all places that need it: from the only place, or else from the start.
     */
    private void walk(BlockId id, Set<Position> places, Value length) {
        Position from = places.size() == 1 ? places.iterator().next() : Position.FIRST;
        StringRows rows = new StringRows(automaton, from.state());
        Emission.Body body = body(id);
        Value row = body.add(new StringOp.WalkString(rows.table(), rows.row(from.state()), size, from.index()), length);
        body.end(id, span, rows.on(row, kind.cut(), targets::get));
    }

    private BlockId walking() {
        BlockId block = walk.orElseGet(emission::name);
        walk = Optional.of(block);
        return block;
    }

    /**
     * Returns the target of strings that words from the start have decided or leave to other tests.
     */
    private BlockId outside(Successor way) {
        if (way instanceof Successor.Out out) {
            return targets.get(out.outcome());
        }
        return way instanceof Successor.End end
                ? ends.computeIfAbsent(end.group(), group -> emission.name())
                : walking();
    }

    /**
     * A read of the sysctl has no new value. A write after the start of the file is only a part of
     * the value, so the whole is not known. Returns the block that then examines the value; empty
     * if none is needed.
     */
    private Optional<BlockId> whenWritten(BlockId id) {
        BlockId absent = child.apply(classifier.absent());
        BlockId unknown = child.apply(classifier.unknown());
        boolean alike = automaton.decided(0) && targets.get(automaton.end(0)).equals(unknown);
        BlockId written = alike ? unknown : emission.name();
        test(id, "write", Comparison.EQ, absent, written);
        if (alike) {
            return Optional.empty();
        }
        BlockId whole = emission.name();
        test(written, "file_pos", Comparison.NE, unknown, whole);
        return Optional.of(whole);
    }

    private void test(BlockId id, String name, Comparison comparison, BlockId yes, BlockId no) {
        ContextField field = hook.context().require(name);
        Emission.Body body = emission.body();
        Value value = body.add(Op.Load.context(field, 0, Width.W, Swap.NONE));
        Terminator.Right zero = new Terminator.Right.OfNumber(0);
        body.end(id, span, new Terminator.Branch(comparison, Width.DW, value, zero, yes, no));
    }

    /** If the helper fails with any other error than E2BIG, the string is unknown. */
    private Terminator known(Value length, BlockId unknown, BlockId first) {
        return new Terminator.Switch(
                length,
                List.of(
                        new Terminator.Case(LONGEST, first),
                        new Terminator.Case(E2BIG - 1, unknown),
                        new Terminator.Case(E2BIG, first),
                        new Terminator.Case(-1L, unknown)));
    }

    /** Branches on the result for a path: no name, a name, or a name that cannot be represented. */
    private Terminator named(Value length, BlockId unknown, BlockId first) {
        return new Terminator.Switch(
                length,
                List.of(
                        new Terminator.Case(0, child.apply(classifier.absent())),
                        new Terminator.Case(1, first),
                        new Terminator.Case(-1L, unknown)));
    }
}
