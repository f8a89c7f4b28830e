// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.PacketRunner;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;

/**
 * The time since boot as BPF programs read it (`bpf_ktime_get_boot_ns`).
 *
 * <p>CLOCK_BOOTTIME of a process is that time plus the offset of its time namespace, which the
 * creator of the namespace chooses. The clock therefore runs a program with BPF_PROG_TEST_RUN. If
 * the kernel refuses that, it subtracts the offset, if that can be read.
 */
public final class BootClock implements AutoCloseable {
    private static final Pattern OFFSET =
            Pattern.compile("^(?:boottime|7)\\s+(-?\\d+)\\s+(\\d+)\\s*$", Pattern.MULTILINE);
    private static final long SECOND = 1_000_000_000L;
    private static final int ETHER_TYPE_IPV4 = 0x0800;
    private static final int PACKET = 64;

    private final Bpf bpf;
    private final Syscalls syscalls;
    private final LongSupplier ofProcess;
    private final Path process;
    private Optional<Asked> asked = Optional.empty();
    private boolean refused;

    /**
     * Creates a clock.
     *
     * @param ofProcess CLOCK_BOOTTIME in ns, as this process sees it
     * @param process the directory of this process in a proc file system, usually `/proc/self`
     */
    public BootClock(Bpf bpf, Syscalls syscalls, LongSupplier ofProcess, Path process) {
        this.bpf = bpf;
        this.syscalls = syscalls;
        this.ofProcess = ofProcess;
        this.process = process;
    }

    /** The program, and the array in whose only entry it stores the time. */
    private record Asked(Fd map, Fd program, PacketRunner runner) implements AutoCloseable {
        @Override
        public void close() {
            runner.close();
            program.close();
            map.close();
        }
    }

    /** Returns the time in ns; empty if it cannot be determined. */
    public OptionalLong now() {
        if (!refused) {
            try {
                return OptionalLong.of(ask());
            } catch (KernelRefusedException e) {
                refused = true;
            }
        }
        return offset().stream()
                .mapToLong(offset -> ofProcess.getAsLong() - offset)
                .findFirst();
    }

    private long ask() {
        if (asked.isEmpty()) {
            asked = Optional.of(load());
        }
        asked.get().runner().run(new PacketRunner.Packet(ETHER_TYPE_IPV4, new byte[6], new byte[PACKET], 0, 0, 0));
        byte[] value = bpf.mapLookup(asked.get().map(), new byte[Integer.BYTES], Long.BYTES)
                .orElseThrow(() -> new IllegalStateException("an array has its entry"));
        return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
    }

    private Asked load() {
        Fd map = bpf.mapCreate(MapSpec.array("ringwall_clock", Long.BYTES, 1, 0));
        try {
            Bytes code = Bytes.of(InsnCodec.encode(code(map), ByteOrder.nativeOrder()));
            Fd program = bpf.progLoad(ProgSpec.plain(
                    "ringwall_clock", Hook.SKB_EGRESS.programType().number(), Hook.SKB_EGRESS.attachType(), code));
            return new Asked(map, program, new PacketRunner(syscalls, program));
        } catch (KernelRefusedException e) {
            map.close();
            throw e;
        }
    }

    private static List<Insn> code(Fd map) {
        return List.of(
                new Insn.CallHelper(Helper.KTIME_GET_BOOT_NS.id()),
                new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, Reg.R1, map.number()),
                new Insn.Store(Width.DW, Reg.R1, (short) 0, Operand.of(Reg.R0)),
                new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)),
                new Insn.Exit());
    }

    /**
     * Returns the offset in ns of this process's time namespace. `timens_offsets` shows the offsets
     * of the namespace for children ({@code proc_timens_show_offsets}), so both namespaces must be
     * the same.
     */
    private Optional<Long> offset() {
        Path namespace = process.resolve("ns/time");
        if (Files.isDirectory(process.resolve("ns")) && !Files.isSymbolicLink(namespace)) {
            // The kernel has no time namespaces.
            return Optional.of(0L);
        }
        try {
            Path ofChildren = Files.readSymbolicLink(process.resolve("ns/time_for_children"));
            if (!Files.readSymbolicLink(namespace).equals(ofChildren)) {
                return Optional.empty();
            }
            Matcher line = OFFSET.matcher(Files.readString(process.resolve("timens_offsets")));
            return line.find()
                    ? Optional.of(Long.parseLong(line.group(1)) * SECOND + Long.parseLong(line.group(2)))
                    : Optional.empty();
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        asked.ifPresent(Asked::close);
    }
}
