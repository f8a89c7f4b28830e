package org.ringwall.bpf.flow;

import java.util.Optional;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** The access of an instruction to memory at `base + off`; one that reads and writes counts as a read. */
record MemoryAccess(Reg base, short off, Width width, boolean reads) {
    static Optional<MemoryAccess> of(Insn insn) {
        return insn.accept(Finder.ACCESS);
    }

    private enum Finder implements Insn.Visitor<Optional<MemoryAccess>> {
        ACCESS;

        @Override
        public Optional<MemoryAccess> alu(Insn.Alu insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> mov(Insn.Mov insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> neg(Insn.Neg insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> swap(Insn.Swap insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> load(Insn.Load insn) {
            return Optional.of(new MemoryAccess(insn.src(), insn.off(), insn.width(), true));
        }

        @Override
        public Optional<MemoryAccess> store(Insn.Store insn) {
            return Optional.of(new MemoryAccess(insn.dst(), insn.off(), insn.width(), false));
        }

        @Override
        public Optional<MemoryAccess> atomic(Insn.Atomic insn) {
            return Optional.of(new MemoryAccess(insn.dst(), insn.off(), insn.width(), true));
        }

        @Override
        public Optional<MemoryAccess> loadImm64(Insn.LoadImm64 insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> loadPacket(Insn.LoadPacket insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> jump(Insn.Jump insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> goTo(Insn.Goto insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> goToLong(Insn.GotoLong insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> callHelper(Insn.CallHelper insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> callLocal(Insn.CallLocal insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> callKfunc(Insn.CallKfunc insn) {
            return Optional.empty();
        }

        @Override
        public Optional<MemoryAccess> exit(Insn.Exit insn) {
            return Optional.empty();
        }
    }
}
