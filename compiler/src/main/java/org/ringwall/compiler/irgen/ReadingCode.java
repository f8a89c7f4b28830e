// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.state.KeyLayout;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.compiler.diagram.DiagramTraversal;
import org.ringwall.compiler.diagram.FieldReadings;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Reading;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Key;

/** Code that writes fields of the request into keys and records. */
final class ReadingCode {
    private static final long MAPPED = 0xffff;

    /** The size of an address of either family. */
    private static final int ADDRESS_BYTES = 16;

    /** The size of an address in a key that has only IPv4 addresses. */
    private static final int V4_BYTES = 4;

    private final Flow flow;
    private final Path path;
    private final Map<Variable, Value> read = new EnumMap<>(Variable.class);

    ReadingCode(Flow flow, Path path) {
        this.flow = flow;
        this.path = path;
    }

    /** The consumer of the reading at the end of one path. */
    interface Sink {
        void accept(Reading reading);
    }

    /**
     * Writes the key of a map into the frame, with the fields as a rule reads them; nothing for an
     * empty key.
     */
    void key(Key key, KeyLayout layout, FieldReadings seen) {
        if (key.isEmpty()) {
            return;
        }
        StructLayout struct = layout.struct();
        Map<StructLayout.Member, Node<Reading>> sources = new LinkedHashMap<>();
        for (int i = 0; i < key.fields().size(); i++) {
            sources.put(
                    struct.member(layout.parts().get(i).member()),
                    seen.of(key.fields().get(i)));
        }
        BitSet zeros = new BitSet();
        for (int at = 0; at < struct.size(); at += Width.DW.bytes()) {
            int word = at;
            if (sources.entrySet().stream().noneMatch(each -> isWhole(each.getKey(), each.getValue(), word))) {
                zero(StateOp.Place.FRAME, StateFrame.KEY + word, Width.DW.bytes());
                zeros.set(word, word + Width.DW.bytes());
            }
        }
        sources.forEach((member, source) -> {
            int at = StateFrame.KEY + member.offset();
            follow(source, reading -> {
                if (reading.equals(Reading.ABSENT)) {
                    if (zeros.nextClearBit(member.offset()) < member.offset() + member.size()) {
                        zero(StateOp.Place.FRAME, at, member.size());
                    }
                } else {
                    put(StateOp.Place.FRAME, at, member.size(), reading);
                }
            });
        });
    }

    /** Whether one store writes the whole 8-byte word on every path. */
    private static boolean isWhole(StructLayout.Member member, Node<Reading> source, int word) {
        int at = word - member.offset();
        if (member.type() == StructLayout.Scalar.U64) {
            return at == 0;
        }
        boolean half = member.type() == StructLayout.Scalar.U8
                && member.size() == ADDRESS_BYTES
                && (at == 0 || at == Width.DW.bytes());
        return half
                && DiagramTraversal.topological(source).stream()
                        .allMatch(node -> !(node instanceof Node.Leaf<Reading> leaf)
                                || leaf.value().equals(Reading.ABSENT)
                                || leaf.value() instanceof Reading.V6
                                || leaf.value() instanceof Reading.V4
                                || leaf.value() instanceof Reading.Address);
    }

    /** Adds the tests of the reading; all paths join afterwards. */
    void follow(Node<Reading> root, Sink sink) {
        ends(root, leaf -> sink.accept(leaf.value()));
    }

    /**
     * Adds the tests that several readings share; the leaf that ends a path identifies the reading.
     */
    void ends(Node<Reading> root, Consumer<Node.Leaf<Reading>> sink) {
        if (root instanceof Node.Leaf<Reading> leaf) {
            sink.accept(leaf);
            return;
        }
        Map<Node<Reading>, BlockId> names = new HashMap<>();
        List<Node<Reading>> nodes = DiagramTraversal.topological(root);
        nodes.forEach(node -> names.put(node, path.name()));
        BlockId join = path.name();
        read.clear();
        for (Node<Reading> node : nodes) {
            if (node != root) {
                path.open(names.getOrDefault(node, join));
            }
            if (node instanceof Node.Split<Reading> split) {
                Value value = read(split.variable());
                if (node == root) {
                    // INVARIANT: this block dominates the leaves.
                    read.put(split.variable(), value);
                }
                path.split(split, value, child -> names.getOrDefault(child, join));
            } else if (node instanceof Node.Leaf<Reading> leaf) {
                sink.accept(leaf);
                path.go(join);
            } else {
                throw new IllegalStateException("a reading tests only variables");
            }
        }
        read.clear();
        path.open(join);
    }

    /** Reads a variable once for the first test and the leaves that it dominates. */
    private Value read(Variable variable) {
        Value known = read.get(variable);
        return known == null ? path.read(variable) : known;
    }

    /**
     * Writes the reading: a task name with 16 bytes, an address with 16, or 4 for IPv4 only, a
     * number with `size`.
     */
    void put(StateOp.Place place, int at, int size, Reading reading) {
        if (reading instanceof Reading.Number number) {
            path.add(StateOp.Store.of(place, at, Width.ofBytes(size), StateOp.Form.HOST), read(number.variable()));
        } else if (reading instanceof Reading.Negated negated) {
            path.add(StateOp.Store.of(place, at, Width.ofBytes(size), StateOp.Form.NEGATED), read(negated.variable()));
        } else if (reading instanceof Reading.Constant constant) {
            path.add(StateOp.Store.number(place, at, Width.ofBytes(size), StateOp.Form.HOST, constant.value()));
        } else if (reading instanceof Reading.V4 v4 && size == V4_BYTES) {
            path.add(StateOp.Store.of(place, at, Width.W, StateOp.Form.NETWORK), read(v4.variable()));
        } else if (reading instanceof Reading.V4 v4) {
            zero(place, at, 8);
            mapped(place, at + 8, v4.variable());
        } else if (reading instanceof Reading.V6 v6) {
            half(place, at, v6.high());
            half(place, at + 8, v6.low());
        } else if (reading instanceof Reading.Address address) {
            ByteBuffer bytes = ByteBuffer.allocate(16)
                    .putLong(address.bits().high())
                    .putLong(address.bits().low());
            int from = bytes.capacity() - size;
            Width width = isAtOnce(place, at) && size == ADDRESS_BYTES ? Width.DW : Width.W;
            for (int word = 0; word < size; word += width.bytes()) {
                long number = width == Width.DW
                        ? bytes.getLong(from + word)
                        : Integer.toUnsignedLong(bytes.getInt(from + word));
                path.add(StateOp.Store.number(place, at + word, width, StateOp.Form.NETWORK, number));
            }
        } else if (reading instanceof Reading.Comm) {
            path.add(new StateOp.PutComm(place, at, HookFields.readsStamps(flow.hook())));
        } else {
            throw new IllegalStateException("nothing is there");
        }
    }

    /**
     * Whether 8 bytes must be written by one store even if that takes more instructions: keys on
     * the stack are read back in 8-byte words.
     */
    private static boolean isAtOnce(StateOp.Place place, int at) {
        return place == StateOp.Place.FRAME && at % Width.DW.bytes() == 0;
    }

    /** Writes the last 8 bytes of an IPv4-mapped address. */
    private void mapped(StateOp.Place place, int at, Variable variable) {
        if (isAtOnce(place, at)) {
            path.add(StateOp.Store.of(place, at, Width.DW, StateOp.Form.MAPPED), read(variable));
            return;
        }
        path.add(StateOp.Store.number(place, at, Width.W, StateOp.Form.NETWORK, MAPPED));
        path.add(StateOp.Store.of(place, at + 4, Width.W, StateOp.Form.NETWORK), read(variable));
    }

    /** Writes 8 bytes of an address, in two halves if they are not aligned. */
    private void half(StateOp.Place place, int at, Variable variable) {
        if (at % 8 == 0) {
            path.add(StateOp.Store.of(place, at, Width.DW, StateOp.Form.NETWORK), read(variable));
            return;
        }
        Value whole = read(variable);
        Value high = path.add(NumberOp.Alu.shr(Integer.SIZE), whole);
        path.add(StateOp.Store.of(place, at, Width.W, StateOp.Form.NETWORK), high);
        path.add(StateOp.Store.of(place, at + 4, Width.W, StateOp.Form.NETWORK), whole);
    }

    /** Writes zeros, in the widest aligned stores. */
    void zero(StateOp.Place place, int at, int size) {
        int done = 0;
        while (done < size) {
            int off = at + done;
            int width = 8;
            while (off % width != 0 || width > size - done) {
                width /= 2;
            }
            path.add(StateOp.Store.number(place, off, Width.ofBytes(width), StateOp.Form.HOST, 0));
            done += width;
        }
    }
}
