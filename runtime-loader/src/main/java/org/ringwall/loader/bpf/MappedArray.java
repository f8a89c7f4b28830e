// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import org.ringwall.sys.MappedMemory;

/** An array map's values in mapped memory. */
record MappedArray(MappedMemory memory) implements SharedArray {
    @Override
    public int load(int offset) {
        return memory.block().loadAcquire(offset);
    }

    @Override
    public void store(int offset, int value) {
        memory.block().storeRelease(offset, value);
    }

    @Override
    public long loadLong(int offset) {
        return memory.block().loadLongAcquire(offset);
    }

    @Override
    public void storeLong(int offset, long value) {
        memory.block().storeLongRelease(offset, value);
    }

    @Override
    public void close() {
        memory.close();
    }
}
