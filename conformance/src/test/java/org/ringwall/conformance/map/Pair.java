// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.map;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.loader.bpf.TestRunner;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.ProgramText;
import org.ringwall.machine.map.MapHost;
import org.ringwall.machine.map.Maps;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;

/**
 * Maps in the machine and the same maps in the running kernel, and programs that run on both. A
 * program reads the element of `request` and writes that of `answer`, whose first number is the
 * CPU. The machine runs it on the same CPU as the kernel did.
 */
final class Pair implements AutoCloseable {
    static final int REQUEST = 48;
    static final int ANSWER = 32;

    /** r6 is the request, and r7 the answer, which holds the CPU; every `exit` here returns 1. */
    static final String BEGIN = "*(u32 *)(r10 -4) = 0; r1 = &request; r2 = r10; r2 += -4; call #1;"
            + "if r0 != 0x0 goto pc+2; r0 = 1; exit; r6 = r0;"
            + "r1 = &answer; r2 = r10; r2 += -4; call #1; if r0 != 0x0 goto pc+2; r0 = 1; exit; r7 = r0;"
            + "call #8; *(u32 *)(r7 +0) = r0;";

    static final String END = "r0 = 1; exit";

    private static final byte[] FIRST = new byte[4];
    private static final int PACKET = 64;
    private static final Hook HOOK = Hook.SKB_INGRESS;

    private final Maps maps;
    private final KernelMaps kernel;

    Pair(Btf types, List<MapSpec> specs) {
        MapHost host = host();
        Maps all = Maps.NONE
                .with("request", Maps.keyed(new MapSpec("request", MapType.ARRAY, 4, REQUEST, 1, 0), host))
                .with("answer", Maps.keyed(new MapSpec("answer", MapType.ARRAY, 4, ANSWER, 1, 0), host));
        for (MapSpec spec : specs) {
            all = all.with(spec.name(), Maps.create(spec, types, host));
        }
        this.maps = all;
        this.kernel = new KernelMaps(all, types);
    }

    /** Returns this machine's byte order and number of CPUs. */
    static MapHost host() {
        try {
            String possible = Files.readString(Path.of("/sys/devices/system/cpu/possible"));
            return new MapHost(ByteOrder.nativeOrder(), KernelMaps.cpus(possible));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static KernelVersion version() {
        try {
            String release = Files.readString(Path.of("/proc/sys/kernel/osrelease"));
            return KernelVersion.parse(release.strip()).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    }

    Maps machine() {
        return maps;
    }

    KernelMaps kernel() {
        return kernel;
    }

    LoadedProgram program(String text) {
        try {
            return ProgramText.load(text, maps);
        } catch (InsnSyntaxException e) {
            throw new AssertionError(e);
        }
    }

    Outcome run(LoadedProgram program, int cpu) {
        Context context = Context.zero(HOOK.context(), ByteOrder.nativeOrder());
        return Machine.run(program, HOOK, context, Environment.of(version()).on(cpu));
    }

    /** Returns whether the running kernel's verifier accepts it. */
    boolean takes(LoadedProgram program) {
        return kernel.bpf().progRefusal(kernel.spec(program, HOOK)).isEmpty();
    }

    /** A program in both. */
    final class Both implements AutoCloseable {
        private final LoadedProgram program;
        private final TestRunner runner;

        Both(String text) {
            this.program = program(text);
            Fd loaded = kernel.load(program, HOOK);
            this.runner = TestRunner.ofPacket(Syscalls.ofThisMachine(), loaded, PACKET);
        }

        /** Runs both, checks that their answers are equal, and returns the answer. */
        byte[] ask(byte[] request, String what) {
            byte[] packet = new byte[PACKET];
            packet[12] = 8;
            assertThat(kernel.update("request", FIRST, request, 0)).isEmpty();
            assertThat(kernel.update("answer", FIRST, new byte[ANSWER], 0)).isEmpty();
            assertThat(maps.keyed("request").put(FIRST, request)).isEmpty();
            assertThat(maps.keyed("answer").put(FIRST, new byte[ANSWER])).isEmpty();
            assertThat(runner.run(packet)).as(what).isEqualTo(1);
            byte[] expected = kernel.lookup("answer", FIRST, ANSWER).orElseThrow();
            int cpu = ByteBuffer.wrap(expected).order(ByteOrder.nativeOrder()).getInt();
            assertThat(run(program, cpu)).as(what).isInstanceOf(Outcome.Returned.class);
            assertThat(maps.keyed("answer").lookup(FIRST).orElseThrow())
                    .as(what)
                    .isEqualTo(expected);
            return expected;
        }

        @Override
        public void close() {
            runner.close();
        }
    }

    @Override
    public void close() {
        kernel.close();
    }
}
