// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.RingMemory;
import org.ringwall.sys.Fd;

/** The part of the system calls that a {@link FakeKernel} does not have. */
abstract class PartialBpf implements Bpf {
    @Override
    public RingMemory mapRing(Fd ring, int size) {
        throw new UnsupportedOperationException("no ring here");
    }

    @Override
    public int progRun(Fd prog) {
        throw new UnsupportedOperationException("no programs of type SYSCALL");
    }

    @Override
    public byte[] iterate(Fd prog) {
        throw new UnsupportedOperationException("no iterators");
    }
}
