// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.nio.ByteOrder;
import java.util.List;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.elf.ByteSink;
import org.ringwall.bpf.insn.InsnCodec;

/** A writer of `.BTF.ext`: starts of functions, source lines, and CO-RE relocations. */
final class ExtInfoWriter {
    private final ByteOrder order;
    private final BtfWriter types;
    private final ByteSink functions;
    private final ByteSink lines;
    private final ByteSink core;

    ExtInfoWriter(ByteOrder order, BtfWriter types) {
        this.order = order;
        this.types = types;
        this.functions = new ByteSink(order);
        this.lines = new ByteSink(order);
        this.core = new ByteSink(order);
    }

    /** Adds the information about a section's functions. */
    void section(CodeSection section) {
        List<CodeSection.Function> typed =
                section.functions().stream().filter(f -> f.typeId() != 0).toList();
        if (!typed.isEmpty()) {
            head(functions, ExtInfo.FUNC_BYTES, section.name(), typed.size());
            typed.forEach(f -> functions.u32(bytes(f.slot())).u32(f.typeId()));
        }
        int count = section.functions().stream().mapToInt(f -> f.lines().size()).sum();
        if (count != 0) {
            head(lines, ExtInfo.LINE_BYTES, section.name(), count);
            section.functions().forEach(f -> f.lines().forEach(line -> line(f.slot(), line)));
        }
        int offsets = section.functions().stream()
                .mapToInt(f -> f.coreRelocations().size())
                .sum();
        if (offsets != 0) {
            head(core, ExtInfo.CORE_BYTES, section.name(), offsets);
            section.functions().forEach(f -> f.coreRelocations().forEach(c -> core(f.slot(), c)));
        }
    }

    /** Writes the record size once, before all sections, and the name and count of a section. */
    private void head(ByteSink sink, int recordBytes, String section, int count) {
        if (sink.size() == 0) {
            sink.u32(recordBytes);
        }
        sink.u32(types.string(section)).u32(count);
    }

    private void line(int start, LineInfo line) {
        lines.u32(bytes(start + line.slot()))
                .u32(types.string(line.file()))
                .u32(types.string(line.text()))
                .u32((long) line.line() << ExtInfo.COLUMN_BITS | line.column());
    }

    private void core(int start, CoreRelocation relocation) {
        core.u32(bytes(start + relocation.slot()))
                .u32(relocation.typeId())
                .u32(types.string("0:" + relocation.member()))
                .u32(CoreRelocation.FIELD_BYTE_OFFSET);
    }

    private static long bytes(int slot) {
        return (long) slot * InsnCodec.SLOT_BYTES;
    }

    boolean isEmpty() {
        return functions.size() == 0 && lines.size() == 0 && core.size() == 0;
    }

    /** Returns the section; its CO-RE part may be empty, as clang writes it. */
    byte[] toArray() {
        int lineStart = functions.size();
        int end = lineStart + lines.size();
        ByteSink sink = new ByteSink(order);
        sink.u16(ExtInfo.MAGIC).u8(1).u8(0).u32(ExtInfo.HEADER_BYTES);
        sink.u32(0)
                .u32(functions.size())
                .u32(lineStart)
                .u32(lines.size())
                .u32(end)
                .u32(core.size());
        return sink.bytes(functions.toArray())
                .bytes(lines.toArray())
                .bytes(core.toArray())
                .toArray();
    }
}
