package org.ringwall.loader.bpf;

import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.ErrorNumber;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.NativeBlock;
import org.ringwall.loader.sys.Syscalls;

/**
 * Runs one program in the kernel on contexts of the caller's making, by BPF_PROG_TEST_RUN. The attributes are set up
 * once, so that a million runs are a matter of seconds. Before 6.18 only the types SYSCALL and CGROUP_SKB take this.
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

    /** A runner for a program of type SYSCALL, whose contexts are of this size in bytes. */
    public static TestRunner ofContext(Syscalls syscalls, Fd prog, int size) {
        return new TestRunner(syscalls, prog, size, false);
    }

    /** A runner for a program of type CGROUP_SKB, whose packets, Ethernet header included, are of this size. */
    public static TestRunner ofPacket(Syscalls syscalls, Fd prog, int size) {
        return new TestRunner(syscalls, prog, size, true);
    }

    /** What the program returns for these bytes. The kernel writes a changed context back: {@link #context()}. */
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

    /** The context after the last run. */
    public byte[] context() {
        return input.bytes(0, size);
    }

    @Override
    public void close() {
        arena.close();
    }
}
