// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import org.ringwall.sys.Call;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * A runner of one packet program in the kernel on given packets, through BPF_PROG_TEST_RUN.
 * `bpf_prog_test_run_skb` builds an skb from an Ethernet frame; the program sees the packet without
 * the Ethernet header.
 */
public final class PacketRunner implements AutoCloseable {
    private static final int PROG_TEST_RUN = 10;
    private static final int ATTR_SIZE = 80;
    private static final int ETHERNET = 14;
    private static final int MOST = 2048;
    private static final int SK_BUFF = 192;
    private static final int MARK = 8;
    private static final int PRIORITY = 32;
    private static final int INGRESS_IFINDEX = 36;

    private final Syscalls syscalls;
    private final NativeArena arena;
    private final NativeBlock attr;
    private final NativeBlock frame;
    private final NativeBlock context;

    /** Creates a runner for a program of type CGROUP_SKB. */
    public PacketRunner(Syscalls syscalls, Fd prog) {
        this.syscalls = syscalls;
        this.arena = new NativeArena(syscalls);
        NativeArena.Frame memory = arena.frame();
        this.attr = memory.zeros(ATTR_SIZE);
        this.frame = memory.zeros(MOST);
        this.context = memory.zeros(SK_BUFF);
        attr.putInt(0, prog.number()).putLong(16, frame.address());
        attr.putInt(40, SK_BUFF).putLong(48, context.address());
    }

    /**
     * A packet, as far as the kernel lets callers choose it. Its interface is always the loopback
     * of the caller's network namespace.
     *
     * @param etherType from 0x0600 on; the kernel reads a smaller one as a length
     * @param destination the 6 bytes of the Ethernet destination, which determine the type of the
     *     packet
     */
    public record Packet(
            int etherType, byte[] destination, byte[] bytes, long mark, long priority, long ingressIfindex) {}

    /** Returns the program's return value for the packet. */
    public int run(Packet packet) {
        return run(packet, 1);
    }

    /**
     * Runs the program this many times in the kernel, and returns its return value;
     * {@link #nanoseconds} returns the mean time.
     */
    public int run(Packet packet, int times) {
        frame.put(0, packet.destination());
        frame.put(6, new byte[] {0, 0, 0, 0, 0, 0, (byte) (packet.etherType() >> 8), (byte) packet.etherType()});
        frame.put(ETHERNET, packet.bytes());
        context.putInt(MARK, (int) packet.mark()).putInt(PRIORITY, (int) packet.priority());
        context.putInt(INGRESS_IFINDEX, (int) packet.ingressIfindex());
        attr.putInt(8, ETHERNET + packet.bytes().length)
                .putInt(12, 0)
                .putInt(32, times)
                .putInt(44, 0);
        long result = syscalls.call(Call.BPF, PROG_TEST_RUN, attr.address(), ATTR_SIZE, 0, 0, 0);
        if (result < 0) {
            throw new KernelRefusedException("run a program on a test packet", new ErrorNumber((int) -result));
        }
        return attr.intAt(4);
    }

    /** Returns the mean time of a run in the last call. */
    public int nanoseconds() {
        return attr.intAt(36);
    }

    @Override
    public void close() {
        arena.close();
    }
}
