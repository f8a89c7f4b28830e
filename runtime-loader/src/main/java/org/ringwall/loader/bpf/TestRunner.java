// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import org.ringwall.sys.Call;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * A runner of one program in the kernel on given contexts or packets, through BPF_PROG_TEST_RUN.
 * The attributes are set up once, which keeps a run cheap. Before 6.18 only the types SYSCALL and
 * CGROUP_SKB support it.
 */
public final class TestRunner implements AutoCloseable {
    private static final int PROG_TEST_RUN = 10;
    private static final int ATTR_SIZE = 80;

    private final Syscalls syscalls;
    private final NativeArena arena;
    private final NativeBlock attr;
    private final NativeBlock input;
    private final int size;

    private TestRunner(Syscalls syscalls, Fd prog, int size, boolean packet) {
        this.syscalls = syscalls;
        this.arena = new NativeArena(syscalls);
        this.size = size;
        NativeArena.Frame frame = arena.frame();
        this.attr = frame.zeros(ATTR_SIZE);
        this.input = frame.zeros(size);
        attr.putInt(0, prog.number());
        attr.putInt(packet ? 8 : 40, size);
        attr.putLong(packet ? 16 : 48, input.address());
    }

    /** Returns a runner for a program of type SYSCALL with contexts of this size in bytes. */
    public static TestRunner ofContext(Syscalls syscalls, Fd prog, int size) {
        return new TestRunner(syscalls, prog, size, false);
    }

    /**
     * Returns a runner for a program of type CGROUP_SKB with packets of this size in bytes,
     * including the Ethernet header.
     */
    public static TestRunner ofPacket(Syscalls syscalls, Fd prog, int size) {
        return new TestRunner(syscalls, prog, size, true);
    }

    /**
     * Returns the program's return value for these bytes. The kernel writes back a changed context:
     * {@link #context()}.
     */
    public int run(byte[] bytes) {
        if (bytes.length != size) {
            throw new IllegalArgumentException("the runner takes " + size + " bytes, not " + bytes.length);
        }
        input.put(0, bytes);
        long result = syscalls.call(Call.BPF, PROG_TEST_RUN, attr.address(), ATTR_SIZE, 0, 0, 0);
        if (result < 0) {
            throw new KernelRefusedException("run a program on a test input", new ErrorNumber((int) -result));
        }
        return attr.intAt(4);
    }

    /** Returns the context after the last run. */
    public byte[] context() {
        return input.bytes(0, size);
    }

    @Override
    public void close() {
        arena.close();
    }
}
