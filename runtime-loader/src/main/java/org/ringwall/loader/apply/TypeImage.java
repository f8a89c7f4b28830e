package org.ringwall.loader.apply;

import java.util.HashMap;
import java.util.Map;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.LineInfo;
import org.ringwall.bpf.object.ProgramSpec;

/** An object's types as the kernel takes them, with the strings of its line information among theirs. */
final class TypeImage {
    /** Where an object declares what it takes from the kernel. */
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
     * The kernel takes no extern functions and no section of functions (`btf_func_check_meta`, `btf_datasec_resolve`): the
     * functions count as global, and something harmless stands in the section's place, so that ids stay.
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
