// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.conformance.tools.SampleObjects.SampleObject;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.LlvmNotation;
import org.ringwall.testkit.ToolTest;

/** A test that LLVM disassembles every sample's code as it was written. */
@ToolTest("llvm-objdump-19")
class ObjdumpTest {
    @TempDir
    Path directory;

    @TestFactory
    Stream<DynamicTest> llvmDisassemblesToTheInstructionsThatWePrint() {
        return SampleObjects.inBothOrders(directory, ObjdumpTest::readsTheSame);
    }

    private static void readsTheSame(SampleObject sample) {
        InsnPrinter printer = InsnPrinter.plain();
        for (ProgramSpec program : sample.compilation().object().programs()) {
            List<String> ours = written(program).stream()
                    .map(insn -> LlvmNotation.ofKernel(printer.print(insn)))
                    .toList();
            String listing = Command.run(
                            sample.directory(),
                            "llvm-objdump-19",
                            "-d",
                            "--mcpu=v4",
                            "--no-show-raw-insn",
                            "--section=" + program.section(),
                            sample.file())
                    .succeeded();
            assertThat(listing).contains("<" + program.name() + ">:");
            assertThat(LlvmNotation.listing(listing)).as(program.name()).isEqualTo(ours);
        }
    }

    /**
     * Returns the code as stored in the file: the address of a variable is a relocation to its
     * symbol with immediate 0, and a call of a kernel function has immediate -1, as clang emits it.
     */
    private static List<Insn> written(ProgramSpec program) {
        Set<Integer> addresses =
                program.relocations().stream().map(Relocation::slot).collect(Collectors.toSet());
        List<Insn> insns = new ArrayList<>();
        int slot = 0;
        for (Insn insn : program.insns()) {
            boolean address = addresses.contains(slot) && insn instanceof Insn.LoadImm64;
            boolean kfunc = insn.equals(ProgramSpec.UNRESOLVED);
            insns.add(
                    kfunc
                            ? new Insn.CallKfunc(-1, (short) 0)
                            : address ? new Insn.LoadImm64(Insn.Pseudo.VALUE, ((Insn.LoadImm64) insn).dst(), 0) : insn);
            slot += insn.slots();
        }
        return insns;
    }
}
