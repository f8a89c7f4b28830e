// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** Test objects: one written by hand, and seeded random ones. */
final class Samples {
    static final String METADATA = "bpf_metadata_policy";

    private Samples() {}

    /**
     * Returns an object whose `connect4` counts connects to the port in `.rodata` in `.data` and
     * looks the port up in the map; its `connect6` allows.
     */
    static BpfObject handMade(ByteOrder order) {
        BtfBuilder types = new BtfBuilder();
        int u32 = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
        int u64 = types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, 8);
        int character = types.integer("char", BtfType.Encoding.SIGNED, 1);
        int context = types.struct("bpf_sock_addr", 72, List.of());
        int control = types.struct(
                "control", 16, List.of(new BtfType.Member("lo", u32, 0, 0), new BtfType.Member("hits", u64, 64, 0)));
        int key = types.struct("seen_key", 4, List.of(new BtfType.Member("port", u32, 0, 0)));
        ByteBuffer rodata = ByteBuffer.allocate(12).order(order).putInt(0x1111).putInt(9999);
        rodata.put("box\0".getBytes(StandardCharsets.UTF_8));
        DataSection constants = new DataSection(
                ".rodata",
                true,
                Bytes.of(rodata.array()),
                List.of(
                        new DataVariable("generation", 0, 4, u32),
                        new DataVariable("port", 4, 4, u32),
                        new DataVariable(METADATA, 8, 4, types.array(character, 4))));
        DataSection data =
                new DataSection(".data", false, Bytes.zeros(16), List.of(new DataVariable("control", 0, 16, control)));
        MapSpec seen = new MapSpec("seen", MapType.HASH, 4, 8, 16, 1).typed(key, u64);
        ProgramSpec connect4 = new ProgramSpec(
                "connect4_0a1b2c",
                "cgroup/connect4",
                connect4(),
                List.of(new Relocation(0, ".rodata", 4), new Relocation(4, ".data", 8), new Relocation(10, "seen", 0)),
                List.of(
                        new LineInfo(0, "box.wall", 3, 5, "  deny if remote.port == 9999"),
                        new LineInfo(8, "box.wall", 4, 5, "  default allow")),
                types.program("connect4_0a1b2c", context));
        ProgramSpec connect6 = new ProgramSpec(
                "connect6_0a1b2c",
                "cgroup/connect6",
                List.of(move(Reg.R0, 1), new Insn.Exit()),
                List.of(),
                List.of(new LineInfo(0, "box.wall", 4, 5, "  default allow")),
                types.program("connect6_0a1b2c", context));
        return new BpfObject(
                order, "GPL", List.of(connect4, connect6), List.of(seen), List.of(constants, data), types.build());
    }

    private static List<Insn> connect4() {
        return List.of(
                address(Reg.R1, 4),
                new Insn.Load(Width.W, false, Reg.R2, Reg.R1, (short) 0),
                new Insn.Store(Width.W, Reg.R10, (short) -4, Operand.of(Reg.R2)),
                address(Reg.R3, 8),
                move(Reg.R4, 1),
                new Insn.Atomic(Insn.AtomicOp.ADD, false, Width.DW, Reg.R3, (short) 0, Reg.R4),
                new Insn.Mov(Width.DW, Width.DW, Reg.R2, Operand.of(Reg.R10)),
                new Insn.Alu(Insn.AluOp.ADD, Width.DW, Reg.R2, Operand.of(-4)),
                address(Reg.R1, 0),
                new Insn.CallHelper(1),
                move(Reg.R0, 1),
                new Insn.Exit());
    }

    private static Insn address(Reg dst, int addend) {
        return new Insn.LoadImm64(Insn.Pseudo.VALUE, dst, addend);
    }

    private static Insn move(Reg dst, int value) {
        return new Insn.Mov(Width.DW, Width.DW, dst, Operand.of(value));
    }

    /** Returns a random object that is consistent. */
    static BpfObject random(Random random) {
        ByteOrder order = random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        BtfBuilder types = new BtfBuilder();
        int context = types.struct("ctx", 64, List.of());
        List<MapSpec> maps = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            maps.add(map("map" + i, types, random));
        }
        List<DataSection> data = new ArrayList<>();
        for (String name : List.of(".rodata", ".data", ".bss", ".rodata.cst8")) {
            if (random.nextBoolean()) {
                data.add(section(name, types, random));
            }
        }
        List<ProgramSpec> programs = new ArrayList<>();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            programs.add(program("prog" + i, context, types, maps, data, random));
        }
        String license = random.nextBoolean() ? "GPL" : "Dual BSD/GPL";
        return new BpfObject(order, license, programs, maps, data, types.build());
    }

    private static MapSpec map(String name, BtfBuilder types, Random random) {
        int u32 = types.integer("u32", BtfType.Encoding.UNSIGNED, 4);
        int value = types.array(u32, 1 + random.nextInt(3));
        int valueSize = Math.toIntExact(types.build().sizeOf(value).orElseThrow());
        MapSpec hash = new MapSpec(name, MapType.HASH, 4, valueSize, 1 + random.nextInt(99), random.nextInt(4));
        return switch (random.nextInt(4)) {
            case 0 -> hash;
            case 1 -> hash.typed(u32, value);
            case 2 -> new MapSpec(name, MapType.RINGBUF, 0, 0, 4096, 0);
            default -> new MapSpec(name, MapType.ARRAY_OF_MAPS, 4, 4, 1, 0).holding(hash.typed(u32, value));
        };
    }

    private static DataSection section(String name, BtfBuilder types, Random random) {
        int character = types.integer("char", BtfType.Encoding.SIGNED, 1);
        List<DataVariable> variables = new ArrayList<>();
        int offset = 0;
        for (int i = random.nextInt(4); i > 0; i--) {
            int size = 1 + random.nextInt(20);
            variables.add(
                    new DataVariable("v" + i + name.replace('.', '_'), offset, size, types.array(character, size)));
            offset += size + random.nextInt(8);
        }
        byte[] content = new byte[offset + 1 + random.nextInt(30)];
        if (!name.equals(".bss")) {
            random.nextBytes(content);
        }
        return new DataSection(name, name.startsWith(".rodata"), Bytes.of(content), variables);
    }

    private static ProgramSpec program(
            String name, int context, BtfBuilder types, List<MapSpec> maps, List<DataSection> data, Random random) {
        List<Insn> insns = new ArrayList<>();
        List<Relocation> relocations = new ArrayList<>();
        List<LineInfo> lines = new ArrayList<>();
        List<CoreRelocation> core = new ArrayList<>();
        List<KfuncCall> kernel = new ArrayList<>();
        OptionalInt call = OptionalInt.empty();
        int slot = 0;
        for (int i = random.nextInt(20); i >= 0; i--) {
            if (lines.isEmpty() || random.nextInt(3) == 0) {
                lines.add(new LineInfo(slot, "f" + random.nextInt(2), random.nextInt(99), i, "text " + slot));
            }
            int choice = random.nextInt(7);
            if (choice == 0 && !data.isEmpty()) {
                DataSection section = data.get(random.nextInt(data.size()));
                int addend = random.nextInt(section.content().size() + 1);
                relocations.add(new Relocation(slot, section.name(), addend));
                insns.add(address(Reg.R1, addend));
            } else if (choice == 1 && !maps.isEmpty()) {
                relocations.add(new Relocation(
                        slot, maps.get(random.nextInt(maps.size())).name(), 0));
                insns.add(address(Reg.R2, 0));
            } else if (choice == 2 && call.isEmpty()) {
                call = OptionalInt.of(insns.size());
                insns.add(new Insn.CallLocal(0));
            } else if (choice == 3) {
                int member = random.nextInt(2);
                core.add(new CoreRelocation(slot, kernelStruct(types), member));
                insns.add(offset(member * 8, random));
            } else if (choice == 4) {
                kernel.add(new KfuncCall(slot, kernelFunction(types, "kernel" + random.nextInt(2))));
                insns.add(ProgramSpec.UNRESOLVED);
            } else {
                insns.add(move(Reg.R0, random.nextInt()));
            }
            slot += insns.get(insns.size() - 1).slots();
        }
        insns.add(new Insn.Exit());
        int end = slot + 1;
        List<Subprogram> subprograms = new ArrayList<>();
        if (call.isPresent()) {
            int at = insns.subList(0, call.getAsInt()).stream()
                    .mapToInt(Insn::slots)
                    .sum();
            insns.set(call.getAsInt(), new Insn.CallLocal(end - at - 1));
            insns.add(move(Reg.R0, 7));
            insns.add(move(Reg.R1, 7));
            insns.add(offset(8, random));
            insns.add(ProgramSpec.UNRESOLVED);
            insns.add(new Insn.Exit());
            lines.add(new LineInfo(end, "f0", 5, 1, "sub"));
            core.add(new CoreRelocation(end + 2, kernelStruct(types), 1));
            kernel.add(new KfuncCall(end + 3, kernelFunction(types, "kernel0")));
            subprograms.add(new Subprogram(end, "sub_" + name, types.program("sub_" + name, context)));
        }
        int type = types.program(name, context);
        String section = "cgroup/connect" + random.nextInt(2);
        return new ProgramSpec(name, section, insns, relocations, lines, type, subprograms, core, kernel);
    }

    /** Adds `extern void *name(void *obj)`. */
    static String kernelFunction(BtfBuilder types, String name) {
        int pointer = types.pointer(0);
        int proto = types.add(new BtfType.FuncProto(pointer, List.of(new BtfType.Param("obj", pointer))));
        types.add(new BtfType.Func(name, proto, BtfType.Linkage.EXTERN));
        return name;
    }

    /** Adds `struct own { u64 a; u32 b; }`. */
    static int kernelStruct(BtfBuilder types) {
        int u32 = types.integer("u32", BtfType.Encoding.UNSIGNED, 4);
        int u64 = types.integer("u64", BtfType.Encoding.UNSIGNED, 8);
        return types.struct(
                "own", 16, List.of(new BtfType.Member("a", u64, 0, 0), new BtfType.Member("b", u32, 64, 0)));
    }

    private static Insn offset(int value, Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> move(Reg.R1, value);
            case 1 -> new Insn.Load(Width.W, false, Reg.R2, Reg.R1, (short) value);
            default -> new Insn.Alu(Insn.AluOp.ADD, Width.DW, Reg.R1, Operand.of(value));
        };
    }
}
