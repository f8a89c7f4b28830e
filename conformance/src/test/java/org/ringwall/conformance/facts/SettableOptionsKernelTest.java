// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.CallbackOption;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.kernel.SocketLevel;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * A test of the table of options that `bpf_setsockopt` accepts on the running kernel. A program
 * tries every number at every level on established connections of both families, with a set of
 * values one of which each option accepts.
 */
@KernelTest
class SettableOptionsKernelTest {
    private static final List<SocketLevel> LEVELS =
            List.of(SocketLevel.SOCKET, SocketLevel.IP, SocketLevel.IPV6, SocketLevel.TCP);

    /** The numbers in the kernel's headers, and those for programs alone. */
    private static final int[] NUMBERS = IntStream.concat(IntStream.range(0, 100), IntStream.range(1000, 1016))
            .toArray();

    /** Times in µs and ms, sizes, flags, and the names of a device and a congestion control. */
    private static final List<byte[]> VALUES =
            List.of(number(1), number(0), number(100), number(3000), number(50_000), text("lo"), text("reno"));

    private static final int BUFFER = -8;
    private static final int O_DIRECTORY_CLOEXEC = 0x90000;

    private static final String CONNECT = """
            import struct, fcntl
            from socket import *
            with socket(AF_INET, SOCK_DGRAM) as lo:
                fcntl.ioctl(lo, 0x8914, struct.pack('16sh22x', b'lo', 1))
            with socket(FAMILY) as listener, socket(FAMILY) as client:
                listener.bind(('HOST', 0))
                listener.listen()
                client.connect(listener.getsockname())
            """;

    @TempDir
    private Path folder = Path.of("");

    private final Syscalls syscalls = Syscalls.ofThisMachine();

    private static byte[] number(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }

    private static byte[] text(String name) {
        return (name + "\0").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void theTableMatchesTheKernel() {
        SortedSet<String> known = new TreeSet<>();
        for (SettableOption option : SettableOption.values()) {
            if (RunningKernel.atLeast(option.since().major(), option.since().minor())) {
                known.add(option.level() + " " + option.number());
            }
        }
        for (CallbackOption option : CallbackOption.values()) {
            if (RunningKernel.atLeast(option.since().major(), option.since().minor())) {
                known.add(option.level() + " " + option.number());
            }
        }
        SortedSet<String> taken = new TreeSet<>(taken("AF_INET", "127.0.0.1"));
        taken.addAll(taken("AF_INET6", "::1"));
        assertThat(taken).isEqualTo(known);
    }

    /** Returns level and number of each option that was set. */
    private Set<String> taken(String family, String host) {
        try (KernelBpf bpf = new KernelBpf(syscalls);
                ChildCgroup cgroup = ChildCgroup.make()) {
            int size = LEVELS.size() * NUMBERS.length * VALUES.size() * Width.W.bytes();
            try (Fd answers = bpf.mapCreate(MapSpec.array("answers", size, 1, 0))) {
                try (Fd program = bpf.progLoad(program(answers));
                        Fd directory = open(cgroup);
                        Fd link = bpf.linkCreate(program, directory, Hook.SOCK_OPS.attachType())) {
                    String script = CONNECT.replace("FAMILY", family).replace("HOST", host);
                    Scripts.run(folder, cgroup.path(), Set.of(Scripts.Namespace.NETWORK), script)
                            .succeeded();
                    bpf.linkDetach(link);
                }
                return read(bpf.mapLookup(answers, new byte[4], size));
            }
        }
    }

    private static Set<String> read(Optional<byte[]> value) {
        ByteBuffer answers = ByteBuffer.wrap(value.orElseThrow()).order(ByteOrder.nativeOrder());
        Set<String> taken = new TreeSet<>();
        for (SocketLevel level : LEVELS) {
            for (int number : NUMBERS) {
                for (int i = 0; i < VALUES.size(); i++) {
                    int answer = answers.getInt();
                    assertThat(answer).as("%s %d was tried", level, number).isNotPositive();
                    if (answer == 0) {
                        taken.add(level.number() + " " + number);
                    }
                }
            }
        }
        return taken;
    }

    private static ProgSpec program(Fd answers) {
        Bytes code = Bytes.of(InsnCodec.encode(insns(answers), ByteOrder.nativeOrder()));
        return ProgSpec.plain("answers", Hook.SOCK_OPS.programType().number(), Hook.SOCK_OPS.attachType(), code);
    }

    private static List<Insn> insns(Fd answers) {
        Label established = new Label("established");
        Label there = new Label("there");
        Assembler assembler = new Assembler(Cpu.V1)
                .mov(Reg.R6, Reg.R1)
                .load(Width.W, Reg.R1, Reg.R6, 0)
                .jump(Insn.JumpOp.EQ, Reg.R1, SockOpsEvent.ACTIVE_ESTABLISHED.number(), established)
                .mov(Reg.R0, Hook.ALLOW)
                .exit()
                .bind(established)
                .store(Width.W, Reg.R10, BUFFER, 0)
                .mov(Reg.R2, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R2, BUFFER)
                .add(new Insn.LoadImm64(Insn.Pseudo.MAP_FD, Reg.R1, answers.number()))
                .call(Helper.MAP_LOOKUP_ELEM.id())
                .jump(Insn.JumpOp.NE, Reg.R0, 0, there)
                .mov(Reg.R0, Hook.ALLOW)
                .exit()
                .bind(there)
                .mov(Reg.R7, Reg.R0);
        int slot = 0;
        for (SocketLevel level : LEVELS) {
            for (int number : NUMBERS) {
                for (byte[] value : VALUES) {
                    call(assembler, level.number(), number, value);
                    assembler.store(Width.W, Reg.R7, 0, Reg.R0).alu(Insn.AluOp.ADD, Reg.R7, Width.W.bytes());
                    slot++;
                }
            }
        }
        assertThat(slot).isEqualTo(LEVELS.size() * NUMBERS.length * VALUES.size());
        try {
            return new ArrayList<>(
                    assembler.mov(Reg.R0, Hook.ALLOW).exit().layout().insns());
        } catch (CodeTooLargeException e) {
            throw new IllegalStateException(e);
        }
    }

    /** `r0 = bpf_setsockopt(ctx, level, optname, r10 - 8, bytes)`. */
    private static void call(Assembler assembler, int level, int number, byte[] value) {
        ByteBuffer words = ByteBuffer.wrap(Arrays.copyOf(value, -BUFFER)).order(ByteOrder.nativeOrder());
        assembler
                .store(Width.W, Reg.R10, BUFFER, words.getInt(0))
                .store(Width.W, Reg.R10, BUFFER + Width.W.bytes(), words.getInt(Width.W.bytes()))
                .mov(Reg.R1, Reg.R6)
                .mov(Reg.R2, level)
                .mov(Reg.R3, number)
                .mov(Reg.R4, Reg.R10)
                .alu(Insn.AluOp.ADD, Reg.R4, BUFFER)
                .mov(Reg.R5, value.length)
                .call(Helper.SETSOCKOPT.id());
    }

    private Fd open(ChildCgroup cgroup) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long name = frame.text(cgroup.path().toString()).address();
            return Fd.of(syscalls, (int) syscalls.require(Call.OPENAT, -100, name, O_DIRECTORY_CLOEXEC));
        }
    }
}
