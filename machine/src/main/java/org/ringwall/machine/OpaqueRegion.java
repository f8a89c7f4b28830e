// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.machine.map.BpfMap;

/**
 * A kernel object that only helpers may access: a map, or the target of a context's pointer field.
 *
 * @param map the map; empty for other objects
 */
record OpaqueRegion(String name, Optional<BpfMap> map) implements Region {
    @Override
    public Value load(long offset, Width width) {
        throw new TrapException("%s is not readable memory, off=%d".formatted(name, offset));
    }

    @Override
    public void store(long offset, Width width, Value value) {
        throw new TrapException("%s is not writable memory, off=%d".formatted(name, offset));
    }

    @Override
    public boolean movable() {
        return false;
    }
}
