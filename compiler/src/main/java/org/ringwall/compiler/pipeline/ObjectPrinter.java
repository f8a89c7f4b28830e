// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.LineInfo;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.PartialObject;
import org.ringwall.bpf.object.ProgramSpec;

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

    /** Returns what could be read of an object as text, and what was skipped. */
    public static String print(PartialObject object) {
        ObjectPrinter printer = new ObjectPrinter();
        for (PartialObject.Function function : object.functions()) {
            int slots = InsnCodec.slots(function.insns());
            printer.head("function", function.name(), function.section(), slots);
            printer.code(function.insns(), function.lines(), function.targets());
        }
        object.maps().forEach(printer::map);
        object.data().forEach(data -> printer.data(data.section(), data.content(), data.variables(), false));
        if (!object.skipped().isEmpty()) {
            printer.text.append("skipped:\n");
            object.skipped()
                    .forEach(part -> printer.text.append("  ").append(part).append('\n'));
        }
        return printer.text.toString();
    }

    private void program(ProgramSpec program) {
        head("program", program.name(), program.section(), program.slots());
        Map<Integer, LineInfo> lines = new HashMap<>();
        program.lines().forEach(line -> lines.put(line.slot(), line));
        Map<Integer, String> targets = new HashMap<>();
        program.relocations()
                .forEach(each ->
                        targets.put(each.slot(), each.symbol() + (each.addend() == 0 ? "" : " +" + each.addend())));
        program.kfuncCalls().forEach(call -> targets.put(call.slot(), call.function()));
        code(program.insns(), lines, targets);
    }

    private void head(String kind, String name, String section, int slots) {
        text.append(kind).append(' ').append(name).append(" in ").append(section);
        text.append(", ").append(slots).append(" slots\n");
    }

    private void code(List<Insn> code, Map<Integer, LineInfo> lines, Map<Integer, String> targets) {
        int slot = 0;
        for (Insn insn : code) {
            if (lines.containsKey(slot)) {
                line(lines.get(slot));
            }
            text.append("%5d: ".formatted(slot));
            text.append(targets.containsKey(slot) ? reference(insn, targets.get(slot)) : insns.print(insn));
            text.append('\n');
            slot += insn.slots();
        }
    }

    private String reference(Insn insn, String target) {
        if (insn instanceof Insn.LoadImm64 load) {
            return load.dst() + " = " + target + " ll";
        }
        boolean call = insn instanceof Insn.CallLocal || insn instanceof Insn.CallKfunc;
        return call || insn.equals(ProgramSpec.UNRESOLVED) ? "call " + target : insns.print(insn) + " (" + target + ")";
    }

    private void line(LineInfo line) {
        text.append("; ").append(line.text().strip()).append(" @ ").append(line.file());
        text.append(':').append(line.line()).append(':').append(line.column()).append('\n');
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
        data(section.name(), section.content(), section.variables(), section.readOnly());
    }

    private void data(String name, Bytes content, List<DataVariable> variables, boolean readOnly) {
        text.append("data ").append(name).append(", ").append(content.size());
        text.append(readOnly ? " bytes, read-only\n" : " bytes\n");
        for (DataVariable variable : variables) {
            text.append("  %4d  %-32s ".formatted(variable.offset(), variable.name()));
            text.append(value(content, variable)).append('\n');
        }
    }

    private static String value(Bytes content, DataVariable variable) {
        Bytes bytes = content.slice(variable.offset(), variable.size());
        if (TEXTS.stream().anyMatch(variable.name()::startsWith)) {
            return '"' + bytes.text() + '"';
        }
        return hex(bytes.toArray());
    }

    private static String hex(byte[] bytes) {
        List<String> shown = new java.util.ArrayList<>();
        for (int i = 0; i < Math.min(bytes.length, 32); i++) {
            shown.add("%02x".formatted(bytes[i]));
        }
        return String.join(" ", shown) + (bytes.length > 32 ? " …" : "");
    }
}
