// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.elf.ElfFile;
import org.ringwall.bpf.elf.ElfReader;
import org.ringwall.bpf.elf.ElfRelocation;
import org.ringwall.bpf.elf.ElfSection;
import org.ringwall.bpf.elf.ElfSymbol;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

class ObjectRoundTripTest {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void writtenObjectRoundTrips(boolean little) throws ObjectFormatException {
        BpfObject object = Samples.handMade(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        BpfObject read = ObjectReader.read(ObjectWriter.write(object));
        assertThat(read).isEqualTo(ObjectWriter.complete(object));
        assertThat(read.programs()).isEqualTo(object.programs());
        assertThat(read.maps()).isEqualTo(object.maps());
        assertThat(read.data()).isEqualTo(object.data());
        assertThat(read.btf().types().subList(0, object.btf().types().size()))
                .isEqualTo(object.btf().types());
    }

    @Test
    void readsBackRandomObjectsOfBothByteOrders() throws ObjectFormatException {
        Random seeds = new Random(20260101);
        int little = 0;
        for (int i = 0; i < 500; i++) {
            long seed = seeds.nextLong();
            BpfObject object = Samples.random(new Random(seed));
            byte[] bytes = ObjectWriter.write(object);
            BpfObject read = ObjectReader.read(bytes);
            assertThat(read).as("seed %d", seed).isEqualTo(ObjectWriter.complete(object));
            assertThat(ObjectWriter.write(read)).as("seed %d", seed).isEqualTo(bytes);
            little += object.order() == ByteOrder.LITTLE_ENDIAN ? 1 : 0;
        }
        assertThat(little).isBetween(150, 350);
    }

    @Test
    void writesEqualObjectsAsEqualBytes() {
        byte[] first = ObjectWriter.write(Samples.handMade(ByteOrder.LITTLE_ENDIAN));
        byte[] second = ObjectWriter.write(Samples.handMade(ByteOrder.LITTLE_ENDIAN));
        assertThat(first).isEqualTo(second);
    }

    @Test
    void laysOutTheFileByTheConventionsOfLibbpf() throws Exception {
        ElfFile elf = ElfReader.read(ObjectWriter.write(Samples.handMade(ByteOrder.LITTLE_ENDIAN)));
        assertThat(elf.sections().stream().map(ElfSection::name))
                .containsExactly(
                        "cgroup/connect4",
                        "cgroup/connect6",
                        "license",
                        ".maps",
                        ".rodata",
                        ".data",
                        ".BTF",
                        ".BTF.ext",
                        ".relcgroup/connect4",
                        ".symtab",
                        ".strtab");
        assertThat(elf.symbols().stream()
                        .filter(s -> s.binding() == ElfSymbol.Binding.GLOBAL)
                        .map(s -> s.kind() + " " + s.name() + " " + s.section() + " " + s.value() + " " + s.size()))
                .containsExactly(
                        "FUNC connect4_0a1b2c 1 0 120",
                        "FUNC connect6_0a1b2c 2 0 16",
                        "OBJECT _license 3 0 4",
                        "OBJECT seen 4 0 40",
                        "OBJECT generation 5 0 4",
                        "OBJECT port 5 4 4",
                        "OBJECT bpf_metadata_policy 5 8 4",
                        "OBJECT control 6 0 16");
        ElfSection rel = elf.section(".relcgroup/connect4").orElseThrow();
        assertThat(ElfReader.relocations(elf, rel).stream().map(r -> name(elf, r)))
                .containsExactly("0 1 port", "32 1 control", "80 1 seen");
    }

    private static String name(ElfFile elf, ElfRelocation relocation) {
        return relocation.offset() + " " + relocation.type() + " "
                + elf.symbols().get(relocation.symbol()).name();
    }

    @Test
    void refusesRelocationToAnUndefinedSymbol() {
        ProgramSpec program = new ProgramSpec(
                "p",
                "cgroup/dev",
                List.of(new Insn.LoadImm64(Insn.Pseudo.VALUE, Reg.R1, 0), new Insn.Exit()),
                List.of(new Relocation(0, "absent", 0)),
                List.of(),
                0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BpfObject(
                        ByteOrder.LITTLE_ENDIAN, "GPL", List.of(program), List.of(), List.of(), Btf.EMPTY))
                .withMessage("program `p`, slot 0: no map or data section `absent`");
    }

    @Test
    void refusesRelocationOfAnInstructionThatIsNotALoad() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ProgramSpec(
                        "p", "cgroup/dev", List.of(new Insn.Exit()), List.of(new Relocation(0, "m", 0)), List.of(), 0))
                .withMessageContaining("slot 0, where none can be");
    }

    @Test
    void refusesCoreRelocationThatDiffersFromTheStructInBtf() {
        BtfBuilder types = new BtfBuilder();
        int struct = Samples.kernelStruct(types);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> offsetOf(types, new CoreRelocation(0, struct, 1), 4))
                .withMessage("program `p`, slot 0: co-re relocation of an instruction that does not hold 8");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> offsetOf(types, new CoreRelocation(0, struct, 2), 8))
                .withMessage("program `p`, slot 0: co-re relocation that does not refer to a field");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> offsetOf(types, new CoreRelocation(1, struct, 1), 8))
                .withMessageContaining("slot 1, where none can be");
        assertThat(offsetOf(types, new CoreRelocation(0, struct, 1), 8).programs())
                .hasSize(1);
    }

    private static BpfObject offsetOf(BtfBuilder types, CoreRelocation relocation, int held) {
        Insn add = new Insn.Alu(Insn.AluOp.ADD, Width.DW, Reg.R1, Operand.of(held));
        ProgramSpec program = new ProgramSpec(
                "p",
                "cgroup/dev",
                List.of(add, new Insn.Exit()),
                List.of(),
                List.of(),
                0,
                List.of(),
                List.of(relocation));
        return new BpfObject(ByteOrder.LITTLE_ENDIAN, "GPL", List.of(program), List.of(), List.of(), types.build());
    }

    @Test
    void refusesKfuncCallsWithoutADeclaredName() {
        BtfBuilder types = new BtfBuilder();
        Samples.kernelFunction(types, "known");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> calling(types, List.of()))
                .withMessage("program `p` calls a function of the kernel that has no name");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> calling(types, List.of(new KfuncCall(1, "known"))))
                .withMessageContaining("slot 1, where none can be");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> calling(types, List.of(new KfuncCall(0, "absent"))))
                .withMessage("`absent` of the kernel is not declared in btf");
        assertThat(calling(types, List.of(new KfuncCall(0, "known"))).programs())
                .hasSize(1);
    }

    private static BpfObject calling(BtfBuilder types, List<KfuncCall> calls) {
        ProgramSpec program = new ProgramSpec(
                "p",
                "cgroup/dev",
                List.of(ProgramSpec.UNRESOLVED, new Insn.Exit()),
                List.of(),
                List.of(),
                0,
                List.of(),
                List.of(),
                calls);
        return new BpfObject(ByteOrder.LITTLE_ENDIAN, "GPL", List.of(program), List.of(), List.of(), types.build());
    }

    @Test
    void refusesTwoSymbolsOfOneName() {
        MapSpec map = new MapSpec("twice", MapType.ARRAY, 4, 4, 1, 0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BpfObject(
                        ByteOrder.LITTLE_ENDIAN, "GPL", List.of(), List.of(map, map), List.of(), Btf.EMPTY))
                .withMessage("symbol `twice` is there twice");
    }
}
