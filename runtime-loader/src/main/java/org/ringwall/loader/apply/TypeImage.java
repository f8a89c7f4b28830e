// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.HashMap;
import java.util.Map;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.LineInfo;
import org.ringwall.bpf.object.ProgramSpec;

/**
 * The encoded types of an object as the kernel accepts them, including the strings of its line
 * information.
 */
final class TypeImage {
    /** The section in which an object declares the kernel functions that it uses. */
    private static final String KSYMS = ".ksyms";

    private final boolean empty;
    private final byte[] bytes;
    private final Map<String, Integer> strings;

    private TypeImage(boolean empty, byte[] bytes, Map<String, Integer> strings) {
        this.empty = empty;
        this.bytes = bytes;
        this.strings = strings;
    }

    static TypeImage of(BpfObject object) {
        BtfWriter writer = new BtfWriter(object.order());
        Map<String, Integer> strings = new HashMap<>();
        for (ProgramSpec program : object.programs()) {
            for (LineInfo line : program.lines()) {
                strings.computeIfAbsent(line.file(), writer::string);
                strings.computeIfAbsent(line.text(), writer::string);
            }
        }
        return new TypeImage(
                object.btf().types().isEmpty(), writer.section(withoutExterns(DataSecs.laidOut(object))), strings);
    }

    /**
     * Replaces what the kernel rejects: extern functions and data sections of functions
     * (`btf_func_check_meta`, `btf_datasec_resolve`). Extern functions become global, and the
     * section becomes a `const void`, so that type ids do not change.
     */
    private static Btf withoutExterns(Btf types) {
        return new Btf(types.types().stream().map(TypeImage::taken).toList());
    }

    private static BtfType taken(BtfType type) {
        if (type instanceof BtfType.Func func && func.linkage() == BtfType.Linkage.EXTERN) {
            return new BtfType.Func(func.name(), func.proto(), BtfType.Linkage.GLOBAL);
        }
        return type instanceof BtfType.DataSec section && section.name().equals(KSYMS)
                ? new BtfType.Reference(BtfType.Ref.CONST, 0)
                : type;
    }

    /** Returns whether the object has no types. */
    boolean isEmpty() {
        return empty;
    }

    /** Returns the encoded section. */
    byte[] bytes() {
        return bytes.clone();
    }

    /** Returns the offset of a string of the line information. */
    int string(String text) {
        Integer offset = strings.get(text);
        if (offset == null) {
            throw new IllegalStateException("a string that no line has");
        }
        return offset;
    }
}
