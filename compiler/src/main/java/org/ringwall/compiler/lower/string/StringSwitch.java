package org.ringwall.compiler.lower.string;

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
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.StringSource;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.strings.Automaton;
import org.ringwall.compiler.strings.Backwards;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.StringKind;
import org.ringwall.compiler.value.Comparison;

/**
 * Goes from a string straight to what its class leads to: the helper writes it into a buffer, words of it are compared
 * as long as they tell anything apart, then words before its end, and a table is walked for the rest. The buffer is as short as the comparisons
 * allow: of a string that does not fit, what is there decides.
 */
public final class StringSwitch {
    private static final long E2BIG = -Errno.E2BIG.number();

    /** More than any helper returns as a length. */
    private static final long LONGEST = 0xffff;

    private static final WordTree.Place FIRST = new WordTree.Place(0, 0);

    /** Below a buffer that is longer than this there is less room. */
    private static final int LONG = 128;

    private static final int ROOM_BELOW = 32;

    /** Up to what {@link org.ringwall.compiler.ir.StateFrame} has of a sysctl. */
    private static final int ROOM_BELOW_LONG = 16;

    private final Emission emission;
    private final Hook hook;
    private final Span span;
    private final LongFunction<BlockId> child;
    private final List<BlockId> targets = new ArrayList<>();
    private final Map<WordTree.Place, BlockId> names = new HashMap<>();
    private final Map<Tails.Group, BlockId> ends = new HashMap<>();
    private final Map<BlockId, Emission.Body> opened = new HashMap<>();
    private Optional<BlockId> walk = Optional.empty();

    /** A switch whose classes lead where `child` says. */
    public StringSwitch(Emission emission, Hook hook, Span span, LongFunction<BlockId> child) {
        this.emission = emission;
        this.hook = hook;
        this.span = span;
        this.child = child;
    }

    /** Adds the blocks, the first of which is `id`. */
    public void add(BlockId id, Variable variable, Classifier classifier) {
        StringKind kind = classifier.kind();
        Automaton automaton = classifier.automaton().map(number -> target(child.apply(number)));
        WordTree tree = tree(automaton, kind, variable);
        boolean stamped = HookFields.readsStamps(hook);
        boolean behind = !tree.walks().isEmpty() || !tree.ends().isEmpty();
        boolean whole = behind || variable == Variable.PATH || stamped;
        int size = ((whole ? kind.limit() : tree.lastByte() + 1) / 8 + 1) * 8;
        BlockId start = id;
        if (variable == Variable.NEW_VALUE) {
            Optional<BlockId> written = whenWritten(id, classifier, automaton);
            if (written.isEmpty()) {
                return;
            }
            start = written.get();
        }
        if (stamped && !behind) {
            names.put(FIRST, start);
            words(tree, Optional.empty());
            return;
        }
        Emission.Body body = emission.body();
        Map<Tails.Group, TailTree> tails = tails(tree, automaton, kind, size);
        boolean sought =
                tails.values().stream().anyMatch(tail -> !tail.between().isEmpty());
        int cleared = sought ? size : cleared(variable, tree, size);
        boolean padded = variable == Variable.PATH && !tails.isEmpty();
        Value length = body.add(
                result -> new Instruction.CallString(result, source(variable, stamped), size, cleared, padded));
        if (kind.mayBeUnknown()) {
            BlockId unknown = child.apply(classifier.unknown());
            Terminator end = variable == Variable.PATH
                    ? named(length, child.apply(classifier.absent()), place(tree, FIRST), unknown)
                    : known(length, place(tree, FIRST), unknown);
            body.end(start, span, end);
        } else {
            opened.put(start, body);
            begin(tree, start);
        }
        words(tree, Optional.of(size));
        TailCode.Buffer buffer = new TailCode.Buffer(
                variable == Variable.NAME ? Optional.of(length) : Optional.empty(), size, kind.limit());
        Set<WordTree.Place> walked = new LinkedHashSet<>(tree.walks());
        tails.forEach((group, tail) -> {
            Set<WordTree.Place> places = tree.ends().getOrDefault(group, Set.of());
            Optional.ofNullable(ends.get(group))
                    .ifPresent(name -> walked.addAll(ends(name, group, places, tail, automaton, kind, buffer)));
        });
        if (walk.isPresent()) {
            walk(walk.get(), walked, automaton, kind, length, size);
        }
    }

    /** What is done with the string first, in the block that reads it. */
    private void begin(WordTree tree, BlockId start) {
        List<WordTree.Range> ranges = ranges(tree, FIRST);
        if (ranges.size() > 1) {
            names.put(FIRST, start);
        } else if (ranges.get(0).way() instanceof WordTree.Way.End end) {
            ends.put(end.group(), start);
        } else {
            walk = Optional.of(start);
        }
    }

    private Emission.Body body(BlockId id) {
        Emission.Body open = opened.get(id);
        return open == null ? emission.body() : open;
    }

    /** Compares words, in a buffer of a size, or in the stamp. */
    private void words(WordTree tree, Optional<Integer> size) {
        for (int index : tree.words().keySet()) {
            for (int state : tree.words().getOrDefault(index, Map.of()).keySet()) {
                WordTree.Place place = new WordTree.Place(state, index);
                BlockId name = names.get(place);
                if (name != null) {
                    word(tree, place, name, body(name), size);
                }
            }
        }
    }

    /** What the end of the string tells of each group. */
    private static Map<Tails.Group, TailTree> tails(WordTree tree, Automaton automaton, StringKind kind, int size) {
        int room = size > LONG ? ROOM_BELOW_LONG : ROOM_BELOW;
        Map<Tails.Group, TailTree> tails = new LinkedHashMap<>();
        tree.ends().forEach((group, places) -> {
            Backwards backwards = group.backwards();
            tails.put(
                    group,
                    new TailTree(
                            backwards,
                            from(places) / 8 * 8 + room,
                            state -> Middle.of(automaton, kind, backwards, state)));
        });
        return tails;
    }

    /** So many bytes all strings have that come from these places. */
    private static int from(Set<WordTree.Place> places) {
        return places.stream().mapToInt(WordTree.Place::index).min().orElse(0);
    }

    /** What the end of the string tells; what it does not, the table does. Gives the places from which strings come to it. */
    private Set<WordTree.Place> ends(
            BlockId id,
            Tails.Group group,
            Set<WordTree.Place> places,
            TailTree tree,
            Automaton automaton,
            StringKind kind,
            TailCode.Buffer buffer) {
        boolean[] far = automaton.after(kind.limit());
        int[] cuts = group.states().stream()
                .filter(state -> far[state])
                .map(automaton::cut)
                .distinct()
                .toArray();
        boolean cut = kind.cut() && cuts.length > 0;
        Optional<BlockId> cutOff =
                cut ? Optional.of(cuts.length > 1 ? walking() : targets.get(cuts[0])) : Optional.empty();
        new TailCode(emission, span, buffer, targets::get, this::walking).add(id, body(id), tree, from(places), cutOff);
        return tree.walks() || cut && cuts.length > 1 ? places : Set.of();
    }

    private BlockId walking() {
        BlockId block = walk.orElseGet(emission::name);
        walk = Optional.of(block);
        return block;
    }

    /** Only names are read from the end: what is written to a sysctl or lies in it is told in few bytes, or has bytes behind a NUL. */
    private static WordTree tree(Automaton automaton, StringKind kind, Variable variable) {
        WordTree forwards = new WordTree(automaton, kind, Tails.none(automaton));
        boolean ends = variable == Variable.NAME || variable == Variable.PATH;
        return ends && !forwards.walks().isEmpty() ? new WordTree(automaton, kind, Tails.of(automaton)) : forwards;
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
    private void walk(
            BlockId id, Set<WordTree.Place> places, Automaton automaton, StringKind kind, Value length, int size) {
        WordTree.Place from = places.size() == 1 ? places.iterator().next() : FIRST;
        StringRows rows = new StringRows(automaton, from.state());
        Emission.Body body = body(id);
        Value row = body.add(result ->
                new Instruction.WalkString(result, length, rows.table(), rows.row(from.state()), size, from.index()));
        body.end(id, span, new Terminator.Switch(row, rows.cases(kind.cut(), targets::get)));
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
        } else if (way instanceof WordTree.Way.End end) {
            return ends.computeIfAbsent(end.group(), group -> emission.name());
        }
        return walking();
    }
}
