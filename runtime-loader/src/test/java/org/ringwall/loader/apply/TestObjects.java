// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.loader.object.PolicyObject;

/** Hand-written objects that conform to docs/abi.md. */
public final class TestObjects {
    private TestObjects() {}

    /** A builder of `.rodata`, with variables in sequence, aligned to 8. */
    public static final class Rodata {
        private final ByteBuffer content = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
        private final List<DataVariable> variables = new ArrayList<>();

        public Rodata u32(String name, int value) {
            variables.add(new DataVariable(name, content.position(), 4, 0));
            content.putInt(value).putInt(0);
            return this;
        }

        public Rodata u64(String name, long value) {
            variables.add(new DataVariable(name, content.position(), 8, 0));
            content.putLong(value);
            return this;
        }

        public Rodata text(String name, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            variables.add(new DataVariable(name, content.position(), bytes.length + 1, 0));
            content.put(bytes);
            do {
                content.put((byte) 0);
            } while (content.position() % 8 != 0);
            return this;
        }

        public DataSection section() {
            byte[] bytes = java.util.Arrays.copyOf(content.array(), content.position());
            return new DataSection(".rodata", true, Bytes.of(bytes), variables);
        }
    }

    public static Rodata rodata(String policy, int port) {
        return new Rodata()
                .u32("ringwall_generation", 0)
                .u64("param_port", port)
                .text("bpf_metadata_policy", policy)
                .text("bpf_metadata_abi", "1")
                .text("bpf_metadata_writes", "")
                .text("bpf_metadata_param_port", "port 1..65535 = " + port);
    }

    public static DataSection control() {
        return new DataSection(
                ".data", false, Bytes.zeros(24), List.of(new DataVariable("ringwall_control", 0, 24, 0)));
    }

    public static BpfObject object(DataSection rodata, List<ProgramSpec> programs) {
        return new BpfObject(
                ByteOrder.nativeOrder(), "GPL", programs, List.of(), List.of(rodata, control()), Btf.EMPTY);
    }

    /** Returns an object with BTF types for its data sections, as compilers write them. */
    static BpfObject typed(DataSection rodata, List<ProgramSpec> programs) {
        BtfBuilder types = new BtfBuilder();
        int character = types.integer("char", BtfType.Encoding.SIGNED, 1);
        int u32 = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
        int u64 = types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, 8);
        List<DataVariable> variables = rodata.variables().stream()
                .map(variable -> new DataVariable(
                        variable.name(),
                        variable.offset(),
                        variable.size(),
                        variable.name().startsWith("bpf_")
                                ? types.array(character, variable.size())
                                : variable.size() == 4 ? u32 : u64))
                .toList();
        int words =
                types.struct("ringwall_control", 24, List.of(new BtfType.Member("words", types.array(u64, 3), 0, 0)));
        DataSection control = new DataSection(
                ".data", false, Bytes.zeros(24), List.of(new DataVariable("ringwall_control", 0, 24, words)));
        DataSection typed = new DataSection(".rodata", true, rodata.content(), variables);
        return new BpfObject(
                ByteOrder.nativeOrder(), "GPL", programs, List.of(), List.of(typed, control), types.build());
    }

    /** Returns a policy that denies IPv4 and IPv6 connects to the port of its param `port`. */
    public static BpfObject denyPort(String policy, int port) {
        return object(
                rodata(policy, port).section(),
                List.of(denyPort("connect4_0123", "cgroup/connect4"), denyPort("connect6_0123", "cgroup/connect6")));
    }

    /**
     * Returns a policy like {@link #denyPort(String, int)}, with types, that denies one more port
     * whatever its parameter is, and denies nothing while it is monitored.
     */
    public static BpfObject denyPorts(String policy, int port, int always) {
        return typed(
                rodata(policy, port).section(),
                List.of(
                        denyPorts("connect4_0123", "cgroup/connect4", always),
                        denyPorts("connect6_0123", "cgroup/connect6", always)));
    }

    private static ProgramSpec denyPorts(String name, String section, int always) {
        int generations = 0x7fffffff;
        List<Insn> code = List.of(
                new Insn.Mov(Width.DW, Width.DW, Reg.R6, Operand.of(Reg.R1)),
                address(Reg.R1),
                load(Width.W, Reg.R2, Reg.R1, 0),
                load(Width.W, Reg.R3, Reg.R1, 4),
                load(Width.DW, Reg.R8, Reg.R1, 16),
                address(Reg.R1),
                load(Width.W, Reg.R4, Reg.R1, 0),
                load(Width.DW, Reg.R7, Reg.R1, 8),
                new Insn.Mov(Width.DW, Width.DW, Reg.R9, Operand.of(Reg.R2)),
                new Insn.Alu(Insn.AluOp.AND, Width.DW, Reg.R2, Operand.of(generations)),
                new Insn.Jump(Insn.JumpOp.GT, Width.DW, Reg.R2, Operand.of(Reg.R4), (short) 10),
                new Insn.Jump(Insn.JumpOp.LT, Width.DW, Reg.R3, Operand.of(Reg.R4), (short) 9),
                load(Width.W, Reg.R5, Reg.R6, 24),
                new Insn.Swap(Insn.SwapOp.BE, Width.H, Reg.R5),
                new Insn.Jump(Insn.JumpOp.EQ, Width.DW, Reg.R5, Operand.of(always), (short) 1),
                new Insn.Jump(Insn.JumpOp.NE, Width.DW, Reg.R5, Operand.of(Reg.R7), (short) 5),
                new Insn.Jump(Insn.JumpOp.LE, Width.DW, Reg.R9, Operand.of(generations), (short) 2),
                new Insn.CallHelper(Helper.KTIME_GET_BOOT_NS.id()),
                new Insn.Jump(Insn.JumpOp.LT, Width.DW, Reg.R0, Operand.of(Reg.R8), (short) 2),
                new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(0)),
                new Insn.Exit(),
                new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)),
                new Insn.Exit());
        return new ProgramSpec(
                name,
                section,
                code,
                List.of(new Relocation(1, ".data", 0), new Relocation(6, ".rodata", 0)),
                List.of(),
                0);
    }

    /** Returns a policy like {@link #denyPort(String, int)} for IPv4 only. */
    public static BpfObject denyPort4(String policy, int port) {
        return object(rodata(policy, port).section(), List.of(denyPort("connect4_0123", "cgroup/connect4")));
    }

    /** Returns a policy that the verifier rejects. */
    public static BpfObject refused(String policy) {
        return object(rodata(policy, 1).section(), List.of(refused("connect4_0123", "cgroup/connect4")));
    }

    /** Returns a policy whose programs refer to these maps. */
    public static PolicyObject withMaps(String policy, int port, MapSpec... maps) {
        List<ProgramSpec> programs = Stream.of("connect4", "connect6")
                .map(hook -> naming(denyPort(hook + "_0123", "cgroup/" + hook), maps))
                .toList();
        return PolicyObject.of(new BpfObject(
                ByteOrder.nativeOrder(),
                "GPL",
                programs,
                List.of(maps),
                List.of(rodata(policy, port).section(), control()),
                Btf.EMPTY));
    }

    /**
     * Returns the program with loads of each map's address into r9, which is not read, after the
     * load of its generation.
     */
    private static ProgramSpec naming(ProgramSpec program, MapSpec... maps) {
        List<Insn> code = new ArrayList<>(program.insns());
        List<Relocation> relocations = new ArrayList<>(program.relocations());
        for (int i = 0; i < maps.length; i++) {
            code.add(7, address(Reg.R9));
            relocations.add(new Relocation(9 + 2 * i, maps[i].name(), 0));
        }
        return new ProgramSpec(program.name(), program.section(), code, relocations, List.of(), 0);
    }

    public static PolicyObject policy(String policy, int port) {
        return PolicyObject.of(denyPort(policy, port));
    }

    /**
     * Returns a program that is inert outside `lo..hi`, and denies if the destination port equals
     * `param_port` at offset 8.
     */
    public static ProgramSpec denyPort(String name, String section) {
        List<Insn> code = new ArrayList<>(List.of(
                new Insn.Mov(Width.DW, Width.DW, Reg.R6, Operand.of(Reg.R1)),
                address(Reg.R1),
                load(Width.W, Reg.R2, Reg.R1, 0),
                load(Width.W, Reg.R3, Reg.R1, 4),
                address(Reg.R1),
                load(Width.W, Reg.R4, Reg.R1, 0),
                load(Width.DW, Reg.R7, Reg.R1, 8),
                new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)),
                new Insn.Jump(Insn.JumpOp.GT, Width.DW, Reg.R2, Operand.of(Reg.R4), (short) 5),
                new Insn.Jump(Insn.JumpOp.LT, Width.DW, Reg.R3, Operand.of(Reg.R4), (short) 4),
                load(Width.W, Reg.R5, Reg.R6, 24),
                new Insn.Swap(Insn.SwapOp.BE, Width.H, Reg.R5),
                new Insn.Jump(Insn.JumpOp.NE, Width.DW, Reg.R5, Operand.of(Reg.R7), (short) 1),
                new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(0)),
                new Insn.Exit()));
        return new ProgramSpec(
                name,
                section,
                code,
                List.of(new Relocation(1, ".data", 0), new Relocation(5, ".rodata", 0)),
                List.of(),
                0);
    }

    /**
     * Returns a program that the verifier rejects, because it reads past the end of the context.
     */
    public static ProgramSpec refused(String name, String section) {
        return new ProgramSpec(
                name, section, List.of(load(Width.W, Reg.R0, Reg.R1, 1024), new Insn.Exit()), List.of(), List.of(), 0);
    }

    private static Insn address(Reg dst) {
        return new Insn.LoadImm64(Insn.Pseudo.VALUE, dst, 0);
    }

    private static Insn load(Width width, Reg dst, Reg src, int off) {
        return new Insn.Load(width, false, dst, src, (short) off);
    }

    static Map<String, String> noParams() {
        return new LinkedHashMap<>();
    }
}
