// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.tables.DataTable;

/** A read-only section under construction. Each variable follows the previous one, aligned. */
final class ReadOnlySection {
    private final String name;
    private final BtfBuilder types;
    private final ByteOrder order;
    private final List<DataVariable> variables = new ArrayList<>();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    ReadOnlySection(String name, BtfBuilder types, ByteOrder order) {
        this.name = name;
        this.types = types;
        this.order = order;
    }

    /** Returns the section with everything that was added. */
    DataSection made() {
        return new DataSection(name, true, Bytes.of(content.toByteArray()), variables);
    }

    /**
     * Returns whether every kernel accepts the section with this piece. An empty section takes any
     * piece, because no section is smaller.
     */
    boolean hasRoom(DataTable.Piece piece) {
        long begin = ((long) content.size() + piece.alignment() - 1) / piece.alignment() * piece.alignment();
        return content.size() == 0 || begin + piece.content().length <= DataTable.MOST_BYTES;
    }

    void add(DataTable.Piece piece) {
        align(piece.alignment());
        int element = types.integer("unsigned char", BtfType.Encoding.UNSIGNED, 1);
        add(piece.symbol(), types.array(element, piece.content().length), piece.content());
    }

    /** Adds a u32. */
    void word(String variable, int value) {
        align(Integer.BYTES);
        add(
                variable,
                types.integer("unsigned int", BtfType.Encoding.UNSIGNED, Integer.BYTES),
                ByteBuffer.allocate(Integer.BYTES).order(order).putInt(value).array());
    }

    /** Adds the u32 from 0 on. */
    void numbers(String variable, int count) {
        align(Integer.BYTES);
        ByteBuffer numbers = ByteBuffer.allocate(count * Integer.BYTES).order(order);
        for (int number = 0; number < count; number++) {
            numbers.putInt(number);
        }
        int element = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, Integer.BYTES);
        add(variable, types.array(element, count), numbers.array());
    }

    /** Adds a u64. */
    void longWord(String variable, long value) {
        align(Long.BYTES);
        add(
                variable,
                types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, Long.BYTES),
                ByteBuffer.allocate(Long.BYTES).order(order).putLong(value).array());
    }

    /** Adds the variable `bpf_metadata_KEY`. */
    void string(String key, String value) {
        text(StateNames.metadata(key), value);
    }

    /** Adds the text in UTF-8 with a NUL. */
    void text(String variable, String value) {
        byte[] bytes = (value + "\0").getBytes(StandardCharsets.UTF_8);
        int element = types.integer("char", BtfType.Encoding.SIGNED, 1);
        add(variable, types.array(element, bytes.length), bytes);
    }

    private void align(int bytes) {
        while (content.size() % bytes != 0) {
            content.write(0);
        }
    }

    private void add(String variable, int type, byte[] bytes) {
        variables.add(new DataVariable(variable, content.size(), bytes.length, type));
        content.write(bytes, 0, bytes.length);
    }
}
