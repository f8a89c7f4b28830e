// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.diagram.BitVectorClassifier;
import org.ringwall.compiler.diagram.FieldClasses;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.TermGroups;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.CaseList;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.RuleRows;
import org.ringwall.compiler.tables.SearchShape;
import org.ringwall.compiler.tables.SearchTree;
import org.ringwall.compiler.value.Comparison;

/**
 * A bit-vector classifier that finds the first of many terms that holds. The class of each variable
 * is looked up and selects a row with one bit for each term. The AND of all rows is the set of
 * terms that hold; the lowest bit of its first non-zero word is the first one. If only two classes
 * of one variable are distinguished, a switch is used instead.
 */
final class BitVectorLookup {
    private final Flow flow;
    private final Path path;

    BitVectorLookup(Flow flow, Path path) {
        this.flow = flow;
        this.path = path;
    }

    /** The rows of one group of variables, and the address of the selected row. */
    private record Fetched(long[][] rows, Value row) {
        /** Whether some row excludes any of these terms. */
        boolean tells(int word, long terms) {
            for (long[] row : rows) {
                if (row != null && (row[word] & terms) != terms) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Returns the terminator of the open path: `yes` if the predicate holds. */
    Terminator first(Predicate.FirstIn predicate, BlockId yes, BlockId no) {
        BitVectorClassifier terms = predicate.terms();
        List<List<FieldClasses>> groups =
                TermGroups.of(terms).orElseThrow(() -> new IllegalStateException(terms + " have no groups"));
        Optional<Terminator> either = either(groups, predicate.members(), yes, no);
        if (either.isPresent()) {
            return either.get();
        }
        List<Fetched> fetched = all(groups);
        int count = terms.list().size();
        BitSet members = predicate.members();
        for (int word = 0; word * Long.SIZE < count; word++) {
            int from = word * Long.SIZE;
            int to = Math.min(count, from + Long.SIZE);
            long all = to - from == Long.SIZE ? -1L : (1L << (to - from)) - 1;
            word(held(fetched, word, all), bits(members, from, to), all, yes, no);
        }
        return new Terminator.Goto(no);
    }

    /**
     * Returns a switch if there is one variable with two classes that have different targets; empty
     * otherwise.
     */
    private Optional<Terminator> either(List<List<FieldClasses>> groups, BitSet members, BlockId yes, BlockId no) {
        if (groups.size() != 1
                || groups.get(0).size() != 1
                || groups.get(0).get(0).size() != 2) {
            return Optional.empty();
        }
        FieldClasses classes = groups.get(0).get(0);
        CaseList cases = new CaseList();
        Set<BlockId> ends = new HashSet<>();
        classes.intervals((row, high) -> {
            int first = BitSet.valueOf(row).nextSetBit(0);
            BlockId end = first >= 0 && members.get(first) ? yes : no;
            ends.add(end);
            cases.add(high, end);
        });
        return ends.size() == 2 ? Optional.of(cases.on(path.read(classes.variable()))) : Optional.empty();
    }

    private static long bits(BitSet members, int from, int to) {
        long[] words = members.get(from, to).toLongArray();
        return words.length == 0 ? 0 : words[0];
    }

    /** Returns the terms of this word that hold. */
    private Value held(List<Fetched> fetched, int word, long all) {
        List<Value> parts = new ArrayList<>();
        for (Fetched each : fetched) {
            if (each.tells(word, all)) {
                parts.add(path.add(Op.Load.global(word * Long.BYTES, Width.DW), each.row()));
                if (parts.size() == 2) {
                    Value left = parts.get(0);
                    Value right = parts.get(1);
                    parts.clear();
                    parts.add(path.add(NumberOp.Alu.and(), left, right));
                }
            }
        }
        return parts.isEmpty() ? path.add(new Op.Constant(all)) : parts.get(0);
    }

    /** Leaves the path if a term of this word holds. */
    private void word(Value held, long members, long all, BlockId yes, BlockId no) {
        if (members == 0 || members == all) {
            path.leaveIf(held, Comparison.NE, 0, members == 0 ? no : yes);
            return;
        }
        BlockId found = path.name();
        BlockId next = path.name();
        Terminator.Right zero = new Terminator.Right.OfNumber(0);
        path.end(new Terminator.Branch(Comparison.NE, Width.DW, held, zero, found, next));
        Path at = flow.path(found, path.span());
        Value lowest = at.add(new NumberOp.Lowest(), held);
        Value mask = at.add(new Op.Constant(members));
        Value member = at.add(NumberOp.Alu.and(), lowest, mask);
        at.end(new Terminator.Branch(Comparison.NE, Width.DW, member, zero, yes, no));
        path.open(next);
    }

    /**
     * If there are more than two rows, their addresses are spilled to the frame, because the
     * searches need most registers.
     */
    private List<Fetched> all(List<List<FieldClasses>> groups) {
        List<Fetched> all = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            Fetched fetched = fetched(groups.get(i));
            all.add(fetched);
            if (groups.size() > 2 && i + 1 < groups.size()) {
                StateOp keep = StateOp.Store.of(StateOp.Place.FRAME, kept(i), Width.DW, StateOp.Form.HOST);
                path.add(keep, fetched.row());
            }
        }
        for (int i = 0; groups.size() > 2 && i + 1 < groups.size(); i++) {
            all.set(i, new Fetched(all.get(i).rows(), path.add(Op.Load.frame(kept(i), Width.DW))));
        }
        return all;
    }

    /** The area of a map key, which is only built later. */
    private static int kept(int group) {
        return StateFrame.KEY + group * Long.BYTES;
    }

    private Fetched fetched(List<FieldClasses> group) {
        long[][] rows = group.get(0).byNumber();
        Value index = number(Optional.empty(), group.get(0));
        for (FieldClasses classes : group.subList(1, group.size())) {
            index = number(Optional.of(index), classes);
            rows = times(rows, classes.byNumber());
        }
        Value found = index;
        RuleRows table = new RuleRows(without(rows, group.get(0).words()));
        return new Fetched(rows, path.add(new NumberOp.RowOf(table), found));
    }

    /** Returns the AND of every pair of rows; null where either is null. */
    private static long[][] times(long[][] one, long[][] other) {
        long[][] all = new long[one.length * other.length][];
        for (int i = 0; i < all.length; i++) {
            long[] left = one[i / other.length];
            long[] right = other[i % other.length];
            if (left != null && right != null) {
                all[i] = left.clone();
                for (int word = 0; word < left.length; word++) {
                    all[i][word] &= right[word];
                }
            }
        }
        return all;
    }

    /** Replaces missing rows by zeros. */
    private static long[][] without(long[][] rows, int words) {
        long[][] all = rows.clone();
        for (int i = 0; i < all.length; i++) {
            all[i] = all[i] == null ? new long[words] : all[i];
        }
        return all;
    }

    /** Returns the index so far, extended by the class number of a variable's value. */
    private Value number(Optional<Value> index, FieldClasses classes) {
        Value value = path.read(classes.variable());
        FieldClasses.Search search = classes.search();
        if (!classes.isHalved()) {
            return behind(index, lookUp(value, Integer.BYTES, search), classes.bits());
        }
        Value bit = path.add(NumberOp.Alu.shr(Long.SIZE - 1), value);
        Value top = behind(index, bit, 1);
        if (search.classes() == 1) {
            return top;
        }
        Value left = path.add(NumberOp.Alu.shl(1), value);
        Value rest = path.add(NumberOp.Alu.shr(1), left);
        return behind(Optional.of(top), lookUp(rest, Long.BYTES, search), classes.bits() - 1);
    }

    private Value behind(Optional<Value> index, Value number, int bits) {
        return index.map(before -> path.add(new NumberOp.Join(bits), before, number))
                .orElse(number);
    }

    private Value lookUp(Value number, int keyBytes, FieldClasses.Search search) {
        SearchShape shape = SearchShape.cheapest(
                search.classOfInterval().length, keyBytes, SearchTree.classBytes(search.classes()));
        SearchTree tree = SearchTree.of(shape, search.boundaries(), search.classOfInterval());
        return path.add(new NumberOp.LookUp(tree), number);
    }
}
