// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnPrinter;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.differential.Differential;
import org.ringwall.conformance.samples.Samples;
import org.ringwall.testkit.Soak;

/**
 * A test that the oldest target's verifier accepts every context access in emitted code.
 * Sign-extending loads, stores of constants and atomic operations on a context are never emitted,
 * since some or all targets reject them.
 */
class EmittedAccessesTest {
    private static final int POLICIES = Soak.size(60, 200);

    private static final Set<Reg> CLOBBERED = EnumSet.range(Reg.R0, Reg.R5);

    /** The registers that hold the context, tracked in code order, and the accesses found. */
    private static final class Walk implements Insn.Visitor<Boolean> {
        private final Hook hook;
        private final KernelVersion kernel;
        private final Set<Reg> context = EnumSet.of(Reg.R1);
        /** Registers that point into the context after its start, which only helpers may use. */
        private final Set<Reg> moved = EnumSet.noneOf(Reg.class);

        private final List<String> wrong = new ArrayList<>();
        private int accesses;

        Walk(Hook hook, KernelVersion kernel) {
            this.hook = hook;
            this.kernel = kernel;
        }

        private boolean access(boolean fine, Insn insn) {
            accesses++;
            if (!fine) {
                wrong.add(hook + ": " + InsnPrinter.plain().print(insn));
            }
            return fine;
        }

        private boolean overwrite(Reg reg) {
            moved.remove(reg);
            return context.remove(reg);
        }

        @Override
        public Boolean load(Insn.Load load) {
            boolean ours = context.contains(load.src());
            if (ours) {
                access(!load.signed() && hook.mayRead(load.off(), load.width(), kernel), load);
            } else if (moved.contains(load.src())) {
                access(false, load);
            }
            overwrite(load.dst());
            return ours;
        }

        @Override
        public Boolean store(Insn.Store store) {
            boolean register = store.src() instanceof Operand.OfReg;
            return context.contains(store.dst())
                    && access(register && hook.mayWrite(store.off(), store.width(), kernel), store);
        }

        @Override
        public Boolean atomic(Insn.Atomic atomic) {
            return context.contains(atomic.dst()) && access(false, atomic);
        }

        @Override
        public Boolean mov(Insn.Mov mov) {
            boolean copy = mov.width() == Width.DW
                    && mov.from() == Width.DW
                    && mov.src() instanceof Operand.OfReg source
                    && context.contains(source.reg());
            return copy ? context.add(mov.dst()) : overwrite(mov.dst());
        }

        @Override
        public Boolean alu(Insn.Alu alu) {
            boolean offset = alu.op() == Insn.AluOp.ADD && alu.src() instanceof Operand.OfImm;
            if (context.contains(alu.dst()) && offset && CLOBBERED.contains(alu.dst())) {
                return context.remove(alu.dst()) && moved.add(alu.dst());
            }
            return context.contains(alu.dst()) && access(false, alu);
        }

        @Override
        public Boolean neg(Insn.Neg neg) {
            return overwrite(neg.dst());
        }

        @Override
        public Boolean swap(Insn.Swap swap) {
            return overwrite(swap.dst());
        }

        @Override
        public Boolean loadImm64(Insn.LoadImm64 load) {
            return overwrite(load.dst());
        }

        @Override
        public Boolean callHelper(Insn.CallHelper call) {
            return context.removeAll(CLOBBERED);
        }

        @Override
        public Boolean loadPacket(Insn.LoadPacket load) {
            throw new IllegalStateException("legacy packet loads are never emitted");
        }

        @Override
        public Boolean jump(Insn.Jump jump) {
            return false;
        }

        @Override
        public Boolean goTo(Insn.Goto jump) {
            return false;
        }

        @Override
        public Boolean goToLong(Insn.GotoLong jump) {
            return false;
        }

        @Override
        public Boolean callLocal(Insn.CallLocal call) {
            return context.removeAll(CLOBBERED);
        }

        @Override
        public Boolean callKfunc(Insn.CallKfunc call) {
            return context.removeAll(CLOBBERED);
        }

        @Override
        public Boolean exit(Insn.Exit exit) {
            return false;
        }
    }

    @Test
    void samplesAccessContextsAsTheOldestTargetAllows() {
        Samples.all().forEach(path -> check(Samples.compile(path)));
    }

    @Test
    void generatedPoliciesAccessContextsAsTheirTargetAllows() {
        Differential run = new Differential(Differential.ofProperties().seed(), POLICIES, 0, ByteOrder.nativeOrder());
        int accesses = 0;
        for (int i = 0; i < POLICIES; i++) {
            for (KernelVersion target : List.of(KernelVersion.V6_1, KernelVersion.V6_12)) {
                Settings settings = new Settings(List.of(target), ByteOrder.LITTLE_ENDIAN, Map.of());
                SourceFile text = new SourceFile("drawn.wall", run.policy(i).text());
                CompileResult result = Compiler.compile(text, settings);
                accesses += result.compilation().map(EmittedAccessesTest::check).orElse(0);
            }
        }
        assertThat(accesses).as("accesses to contexts").isGreaterThan(POLICIES);
    }

    /** Checks every context access; returns their number. */
    private static int check(Compilation compilation) {
        int accesses = 0;
        for (ProgramSpec program : compilation.object().programs()) {
            Hook hook = Hook.ofSection(program.section()).orElseThrow();
            Walk walk = new Walk(hook, compilation.oldestKernel());
            program.insns().forEach(insn -> insn.accept(walk));
            assertThat(walk.wrong).isEmpty();
            accesses += walk.accesses;
        }
        return accesses;
    }
}
