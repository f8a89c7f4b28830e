package org.ringwall.loader.apply;

import java.util.HashMap;
import java.util.Map;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.LineInfo;
import org.ringwall.bpf.object.ProgramSpec;

/** An object's types as the kernel takes them, with the strings of its line information among theirs. */
final class TypeImage {
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
        return new TypeImage(object.btf().types().isEmpty(), writer.section(DataSecs.laidOut(object)), strings);
    }

    /** Whether the object has no types. */
    boolean isEmpty() {
        return empty;
    }

    /** The section. */
    byte[] bytes() {
        return bytes.clone();
    }

    /** Where a string of the line information is. */
    int string(String text) {
        Integer offset = strings.get(text);
        if (offset == null) {
            throw new IllegalStateException("a string that no line has");
        }
        return offset;
    }
}
