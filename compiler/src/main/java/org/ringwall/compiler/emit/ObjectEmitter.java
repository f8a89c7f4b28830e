// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bpf.asm.FieldRef;
import org.ringwall.bpf.asm.LineMark;
import org.ringwall.bpf.asm.SourceLine;
import org.ringwall.bpf.asm.SymbolRef;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.UsedMaps;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.CoreRelocation;
import org.ringwall.bpf.object.KfuncCall;
import org.ringwall.bpf.object.LineInfo;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.bpf.verifier.Verifier;
import org.ringwall.bpf.verifier.Violation;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.tables.DataTable;

/** The assembly of an object from the code of all hooks, the globals and the types of a policy. */
public final class ObjectEmitter {
    /**
     * The license in the object. It leaves the policy's author free, and it permits the helpers
     * that are restricted to GPL programs, such as `bpf_probe_read_kernel`
     * (license_is_gpl_compatible in include/linux/license.h).
     */
    public static final String LICENSE = "Dual MIT/GPL";

    /**
     * The length of a program's name in the kernel (BPF_OBJ_NAME_LEN in include/uapi/linux/bpf.h,
     * without the final NUL).
     */
    private static final int NAME_LENGTH = 15;

    private static final int LEAST_OF_HASH = 2;

    private final SourceFile source;
    private final String hash;
    private final BtfBuilder types = new BtfBuilder();
    private final Globals globals;
    private final Maps maps;
    private final String fileName;

    private ObjectEmitter(
            Policy policy,
            List<SourceFile> files,
            List<HookCode> code,
            MapIndexes indexes,
            String tool,
            ByteOrder order) {
        this.source = policy.source();
        this.hash = SourceHash.of(source, files);
        List<MapDeclaration> declared = Maps.declared(policy, code, indexes);
        this.globals = new Globals(
                policy,
                hash,
                StateTexts.of(policy, declared),
                Maps.symbols(code),
                indexes,
                tables(code),
                tool,
                order,
                types);
        this.maps = Maps.of(declared, indexes, code, types);
        this.fileName = baseName(source.name());
    }

    /** Returns an object for the debug section: no kernel runs it, so it is not verified. */
    public static BpfObject unverified(Policy policy, List<HookCode> code, String tool, ByteOrder order) {
        return new ObjectEmitter(policy, List.of(), code, MapIndexes.NONE, tool, order).object(code, order);
    }

    /**
     * Returns the object. A program that names more maps than the kernel permits is not verified.
     *
     * @param files the files that were read besides the policy's text
     * @param code one element for each hook, in the order of {@link Hook}
     * @param indexes the indexes in which the code finds maps
     * @param tool the tool in the metadata: `ringwallc` and its version
     * @param oldest the oldest kernel that must accept the programs
     * @throws RefusedCodeException if that kernel would refuse a program
     */
    public static BpfObject emit(
            Policy policy,
            List<SourceFile> files,
            List<HookCode> code,
            MapIndexes indexes,
            String tool,
            ByteOrder order,
            KernelVersion oldest) {
        BpfObject object = new ObjectEmitter(policy, files, code, indexes, tool, order).object(code, order);
        object.programs().stream()
                .filter(program -> MapIndexes.named(program).size() <= UsedMaps.MOST)
                .forEach(program -> verify(object, program, oldest));
        return object;
    }

    private BpfObject object(List<HookCode> code, ByteOrder order) {
        List<ProgramSpec> programs = code.stream().map(this::program).toList();
        return new BpfObject(order, LICENSE, programs, maps.specs(), globals.sections(), types.build());
    }

    private static void verify(BpfObject object, ProgramSpec program, KernelVersion oldest) {
        List<Violation> violations = Verifier.check(object, program, oldest);
        if (!violations.isEmpty()) {
            throw new RefusedCodeException(program.section(), violations);
        }
    }

    /**
     * Returns a name such as `connect4_0a1b2c`: the hook, and as much of the source's hash as the
     * kernel shows. A hook whose name leaves room for fewer than two digits is written without its
     * `_unix`.
     */
    private String functionName(Hook hook) {
        String word = hook.word();
        boolean fits = word.length() + 1 + LEAST_OF_HASH <= NAME_LENGTH;
        String prefix = (fits ? word : word.replace("_unix", "")) + "_";
        return prefix + hash.substring(0, NAME_LENGTH - prefix.length());
    }

    private static Collection<DataTable> tables(List<HookCode> code) {
        SortedMap<String, DataTable> tables = new TreeMap<>();
        code.forEach(each -> each.tables().forEach(table -> tables.put(table.symbol(), table)));
        return tables.values();
    }

    private ProgramSpec program(HookCode code) {
        String name = functionName(code.hook());
        int context = types.add(new BtfType.Forward(
                BtfType.Aggregate.STRUCT, code.hook().context().kernelName()));
        int function = types.program(name, context);
        List<Relocation> relocations =
                code.assembly().symbols().stream().map(this::relocation).toList();
        List<LineInfo> lines = new ArrayList<>();
        code.assembly().lines().forEach(mark -> addLine(lines, mark));
        List<Insn> insns = withAddends(code.assembly().insns(), relocations);
        List<CoreRelocation> offsets =
                code.assembly().fields().stream().map(this::offset).toList();
        List<KfuncCall> kernel = code.assembly().kfuncs().stream()
                .map(ref -> KernelStructs.call(types, ref))
                .toList();
        return new ProgramSpec(
                name, code.hook().section(), insns, relocations, lines, function, List.of(), offsets, kernel);
    }

    private CoreRelocation offset(FieldRef ref) {
        return KernelStructs.relocation(types, ref);
    }

    /**
     * Adds the addend of each relocation to its instruction, because the object model has it in
     * both places.
     */
    private static List<Insn> withAddends(List<Insn> insns, List<Relocation> relocations) {
        Map<Integer, Relocation> bySlot = new HashMap<>();
        relocations.forEach(relocation -> bySlot.put(relocation.slot(), relocation));
        List<Insn> complete = new ArrayList<>();
        int slot = 0;
        for (Insn insn : insns) {
            Relocation relocation = bySlot.get(slot);
            complete.add(
                    relocation != null && insn instanceof Insn.LoadImm64 load ? placeholder(load, relocation) : insn);
            slot += insn.slots();
        }
        return complete;
    }

    private static Insn placeholder(Insn.LoadImm64 load, Relocation relocation) {
        return new Insn.LoadImm64(Insn.Pseudo.VALUE, load.dst(), relocation.addend());
    }

    private Relocation relocation(SymbolRef symbol) {
        if (maps.has(symbol.name())) {
            return new Relocation(symbol.slot(), symbol.name(), symbol.addend());
        }
        Globals.Place place = globals.place(symbol.name());
        return new Relocation(symbol.slot(), place.section(), Math.addExact(place.offset(), symbol.addend()));
    }

    /** Adds a line, unless it is the same as the previous one. */
    private void addLine(List<LineInfo> lines, LineMark mark) {
        SourceLine at = mark.mark();
        int line = at.line() <= LineInfo.MAX_LINE ? at.line() : 0;
        int column = at.column() <= LineInfo.MAX_COLUMN ? at.column() : 0;
        LineInfo info = new LineInfo(mark.slot(), fileName, line, column, source.line(at.line()));
        boolean goesOn = !lines.isEmpty() && samePlace(lines.get(lines.size() - 1), info);
        if (!goesOn) {
            lines.add(info);
        }
    }

    private static boolean samePlace(LineInfo one, LineInfo other) {
        return one.line() == other.line() && one.column() == other.column();
    }

    /**
     * Returns the name without folders. The path on the build host must not leak into the object,
     * and would change its bytes.
     */
    static String baseName(String path) {
        return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    }
}
