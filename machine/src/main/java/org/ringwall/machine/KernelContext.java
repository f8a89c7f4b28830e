// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.PrivateField;

/**
 * The kernel object of the context, as `bpf_cast_to_kern_ctx` returns it. Each field is read as a
 * whole, and nothing is written.
 */
record KernelContext(KernelMemory memory) implements Region {
    @Override
    public String name() {
        return "kern_ctx";
    }

    @Override
    public Value load(long offset, Width width) {
        return PrivateField.at(PrivateField.UADDR.struct(), offset, width.bytes())
                .map(field -> new Value.Scalar(memory.field(field)))
                .orElseThrow(() -> Region.outside(name(), offset, width.bytes()));
    }

    @Override
    public void store(long offset, Width width, Value value) {
        throw new TrapException("only read is supported");
    }

    @Override
    public boolean movable() {
        return true;
    }
}
