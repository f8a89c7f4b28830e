// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.KfuncCall;
import org.ringwall.bpf.object.LineInfo;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;

/**
 * A printer of objects as text: each program with its section and its instructions in the notation
 * of the kernel's log, under the policy lines from which they come, then the maps and the data.
 */
public final class ObjectPrinter {
    /** The prefixes of the names of variables that contain text. */
    private static final List<String> TEXTS = List.of("bpf_metadata_", "ringwall_log_");

    private final InsnPrinter insns = new InsnPrinter(id -> Helper.of(id).map(Helper::kernelName));
    private final StringBuilder text = new StringBuilder();

    private ObjectPrinter() {}

    /** Returns the whole object as text. */
    public static String print(BpfObject object) {
        ObjectPrinter printer = new ObjectPrinter();
        object.programs().forEach(printer::program);
        object.maps().forEach(printer::map);
        object.data().forEach(printer::data);
        return printer.text.toString();
    }

    private void program(ProgramSpec program) {
        text.append("program ").append(program.name()).append(" in ").append(program.section());
        text.append(", ").append(program.slots()).append(" slots\n");
        Map<Integer, LineInfo> lines = new HashMap<>();
        program.lines().forEach(line -> lines.put(line.slot(), line));
        Map<Integer, Relocation> symbols =
                program.relocations().stream().collect(Collectors.toMap(Relocation::slot, symbol -> symbol));
        Map<Integer, KfuncCall> calls =
                program.kfuncCalls().stream().collect(Collectors.toMap(KfuncCall::slot, call -> call));
        int slot = 0;
        for (Insn insn : program.insns()) {
            if (lines.containsKey(slot)) {
                line(lines.get(slot));
            }
            text.append("%5d: ".formatted(slot));
            KfuncCall call = calls.get(slot);
            if (call != null) {
                text.append("call ").append(call.function());
            } else {
                text.append(symbols.containsKey(slot) ? symbol(insn, symbols.get(slot)) : insns.print(insn));
            }
            text.append('\n');
            slot += insn.slots();
        }
    }

    private void line(LineInfo line) {
        text.append("; ").append(line.text().strip()).append(" @ ").append(line.file());
        text.append(':').append(line.line()).append(':').append(line.column()).append('\n');
    }

    private static String symbol(Insn insn, Relocation symbol) {
        String dst = insn instanceof Insn.LoadImm64 load ? load.dst().toString() : "?";
        return dst + " = " + symbol.symbol() + (symbol.addend() == 0 ? "" : " +" + symbol.addend()) + " ll";
    }

    private void map(MapSpec map) {
        text.append("map ").append(map.name()).append(' ').append(sizes(map));
        map.inner().ifPresent(inner -> text.append(" of ").append(sizes(inner)));
        text.append('\n');
    }

    private static String sizes(MapSpec map) {
        return "%s key %d value %d max %d".formatted(map.type(), map.keySize(), map.valueSize(), map.maxEntries());
    }

    private void data(DataSection section) {
        text.append("data ")
                .append(section.name())
                .append(", ")
                .append(section.content().size());
        text.append(section.readOnly() ? " bytes, read-only\n" : " bytes\n");
        for (DataVariable variable : section.variables()) {
            text.append("  %4d  %-32s ".formatted(variable.offset(), variable.name()));
            text.append(value(section, variable)).append('\n');
        }
    }

    private static String value(DataSection section, DataVariable variable) {
        byte[] bytes =
                section.content().slice(variable.offset(), variable.size()).toArray();
        if (TEXTS.stream().anyMatch(variable.name()::startsWith)) {
            String whole = new String(bytes, StandardCharsets.UTF_8);
            int end = whole.indexOf(0);
            return "\"" + (end < 0 ? whole : whole.substring(0, end)) + "\"";
        }
        return hex(bytes);
    }

    private static String hex(byte[] bytes) {
        List<String> shown = new java.util.ArrayList<>();
        for (int i = 0; i < Math.min(bytes.length, 32); i++) {
            shown.add("%02x".formatted(bytes[i]));
        }
        return String.join(" ", shown) + (bytes.length > 32 ? " …" : "");
    }
}
