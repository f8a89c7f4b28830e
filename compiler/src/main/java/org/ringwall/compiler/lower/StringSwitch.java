package org.ringwall.compiler.lower;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.StringSource;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.StringKind;
import org.ringwall.compiler.value.Comparison;

/**
 * Goes from a string straight to what its class leads to: the helper writes it into a buffer, words of it are compared
 * as long as they tell anything apart, and a table is walked for the rest. The buffer is as short as the comparisons
 * allow: of a string that does not fit, what is there decides.
 */
public final class StringSwitch {
    private static final long E2BIG = -Errno.E2BIG.number();

    /** More than any helper returns as a length. */
    private static final long LONGEST = 0xffff;

    private final Emission emission;
    private final Hook hook;
    private final Span span;
    private final LongFunction<BlockId> child;
    private final List<BlockId> targets = new ArrayList<>();
    private final Map<WordTree.Place, BlockId> names = new HashMap<>();
    private Optional<BlockId> walk = Optional.empty();

    /** A switch whose classes lead where `child` says. */
    StringSwitch(Emission emission, Hook hook, Span span, LongFunction<BlockId> child) {
        this.emission = emission;
        this.hook = hook;
        this.span = span;
        this.child = child;
    }

    /** Adds the blocks, the first of which is `id`. */
    void add(BlockId id, Variable variable, Classifier classifier) {
        StringKind kind = classifier.kind();
        Automaton automaton = classifier.automaton().map(number -> target(child.apply(number)));
        WordTree tree = new WordTree(automaton, kind);
        boolean walks = !tree.walks().isEmpty();
        boolean stamped = HookFields.readsStamps(hook);
        boolean whole = walks || variable == Variable.PATH || stamped;
        int size = ((whole ? kind.limit() : tree.lastByte() + 1) / 8 + 1) * 8;
        BlockId start = id;
        if (variable == Variable.NEW_VALUE) {
            Optional<BlockId> written = whenWritten(id, classifier, automaton);
            if (written.isEmpty()) {
                return;
            }
            start = written.get();
        }
        if (stamped && !walks) {
            names.put(new WordTree.Place(0, 0), start);
            word(tree, new WordTree.Place(0, 0), start, emission.body(), Optional.empty());
            words(tree, start, Optional.empty());
            return;
        }
        Emission.Body body = emission.body();
        Value length = body.add(result ->
                new Instruction.CallString(result, source(variable, stamped), size, cleared(variable, tree, size)));
        WordTree.Place first = new WordTree.Place(0, 0);
        boolean atOnce = !kind.mayBeUnknown();
        boolean atOnceWalks = atOnce && ranges(tree, first).size() == 1;
        if (walks) {
            walk = Optional.of(atOnceWalks ? start : emission.name());
        }
        if (atOnce && !atOnceWalks) {
            names.put(first, start);
            word(tree, first, start, body, Optional.of(size));
        } else if (!atOnce) {
            BlockId unknown = child.apply(classifier.unknown());
            Terminator end = variable == Variable.PATH
                    ? named(length, child.apply(classifier.absent()), place(tree, first), unknown)
                    : known(length, place(tree, first), unknown);
            body.end(start, span, end);
        }
        words(tree, start, Optional.of(size));
        if (walks) {
            walk(tree, automaton, kind, length, size, atOnceWalks ? body : emission.body());
        }
    }

    /** Compares the words behind the first. */
    private void words(WordTree tree, BlockId start, Optional<Integer> size) {
        for (int index : tree.words().keySet()) {
            for (int state : tree.words().getOrDefault(index, Map.of()).keySet()) {
                WordTree.Place place = new WordTree.Place(state, index);
                BlockId name = names.get(place);
                if (name != null && !name.equals(start)) {
                    word(tree, place, name, emission.body(), size);
                }
            }
        }
    }

    /**
     * The buffer of bpf_sysctl_get_name must be initialised on 5.10, where it is ARG_PTR_TO_MEM. Of a path nobody writes what lies behind
     * its NUL, so the words that are compared are cleared.
     */
    private static int cleared(Variable variable, WordTree tree, int size) {
        return switch (variable) {
            case NAME -> size;
            case PATH -> (tree.lastByte() + 8) / 8 * 8;
            default -> 0;
        };
    }

    /** Compares the word at the place, in a buffer of a size, or in the stamp. */
    private void word(WordTree tree, WordTree.Place place, BlockId id, Emission.Body body, Optional<Integer> size) {
        WordTree.Word read = wordAt(tree, place);
        Value word = body.add(result -> size.<Instruction>map(
                        bytes -> new Instruction.ReadString(result, bytes, place.index(), read.width()))
                .orElseGet(() -> new Instruction.ReadStampedName(result, place.index(), read.width())));
        List<Terminator.Case> cases = new ArrayList<>();
        for (WordTree.Range range : read.ranges()) {
            BlockId to = way(tree, range.way());
            int last = cases.size() - 1;
            if (last >= 0 && cases.get(last).target().equals(to)) {
                cases.set(last, new Terminator.Case(range.high(), to));
            } else {
                cases.add(new Terminator.Case(range.high(), to));
            }
        }
        body.end(id, span, new Terminator.Switch(word, cases));
    }

    /** One walk for all places that need it: from the only one, or else from the beginning. */
    private void walk(WordTree tree, Automaton automaton, StringKind kind, Value length, int size, Emission.Body body) {
        WordTree.Place only = tree.walks().iterator().next();
        WordTree.Place from = tree.walks().size() == 1 ? only : new WordTree.Place(0, 0);
        StringRows rows = new StringRows(automaton, from.state());
        Value row = body.add(result ->
                new Instruction.WalkString(result, length, rows.table(), rows.row(from.state()), size, from.index()));
        body.end(
                walk.orElseThrow(() -> new IllegalStateException("a walk without a block")),
                span,
                new Terminator.Switch(row, rows.cases(kind.cut(), targets::get)));
    }

    private int target(BlockId block) {
        int known = targets.indexOf(block);
        if (known < 0) {
            targets.add(block);
            return targets.size() - 1;
        }
        return known;
    }

    private static StringSource source(Variable variable, boolean stamped) {
        return switch (variable) {
            case NAME -> StringSource.SYSCTL_NAME;
            case VALUE -> StringSource.SYSCTL_VALUE;
            case NEW_VALUE -> StringSource.SYSCTL_NEW_VALUE;
            case COMM -> stamped ? StringSource.STAMPED_COMM : StringSource.COMM;
            case PATH -> StringSource.UNIX_PATH;
            default -> throw new IllegalStateException(variable + " is no string");
        };
    }

    /**
     * Nothing is written at a read; what is written behind the start of the file is a part of the value, and the whole is
     * not known. Gives the block that then looks at it, or none if it need not.
     */
    private Optional<BlockId> whenWritten(BlockId id, Classifier classifier, Automaton automaton) {
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
        Value value = body.add(result -> new Instruction.ReadContext(result, field, 0, Width.W, Instruction.Swap.NONE));
        Terminator.Right zero = new Terminator.Right.OfNumber(0);
        body.end(id, span, new Terminator.Branch(comparison, Width.DW, value, zero, yes, no));
    }

    /** A helper that fails for another reason than a short buffer has told nothing. */
    private static Terminator known(Value length, BlockId first, BlockId unknown) {
        return new Terminator.Switch(
                length,
                List.of(
                        new Terminator.Case(LONGEST, first),
                        new Terminator.Case(E2BIG - 1, unknown),
                        new Terminator.Case(E2BIG, first),
                        new Terminator.Case(-1L, unknown)));
    }

    /** No name, or a name, or what cannot be told. */
    private static Terminator named(Value length, BlockId absent, BlockId first, BlockId unknown) {
        return new Terminator.Switch(
                length,
                List.of(
                        new Terminator.Case(0, absent),
                        new Terminator.Case(1, first),
                        new Terminator.Case(-1L, unknown)));
    }

    /** The block that goes on at the place. */
    private BlockId place(WordTree tree, WordTree.Place place) {
        List<WordTree.Range> ranges = ranges(tree, place);
        if (ranges.size() == 1) {
            return way(tree, ranges.get(0).way());
        }
        return names.computeIfAbsent(place, here -> emission.name());
    }

    private static List<WordTree.Range> ranges(WordTree tree, WordTree.Place place) {
        return wordAt(tree, place).ranges();
    }

    private static WordTree.Word wordAt(WordTree tree, WordTree.Place place) {
        Map<Integer, WordTree.Word> here = tree.words().get(place.index());
        WordTree.Word word = here == null ? null : here.get(place.state());
        if (word == null) {
            throw new IllegalStateException("no word at " + place);
        }
        return word;
    }

    private BlockId way(WordTree tree, WordTree.Way way) {
        if (way instanceof WordTree.Way.Out out) {
            return targets.get(out.outcome());
        } else if (way instanceof WordTree.Way.On on) {
            return place(tree, on.place());
        }
        return walk.orElseThrow(() -> new IllegalStateException("a walk without a table"));
    }
}
