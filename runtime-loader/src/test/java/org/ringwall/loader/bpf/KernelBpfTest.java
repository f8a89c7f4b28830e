// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** The arguments that {@link KernelBpf} passes to `bpf(2)`, with results chosen by the test. */
class KernelBpfTest {
    private static final ProgSpec PROGRAM = ProgSpec.plain("a-name-that-is-too-long", 18, 10, Bytes.zeros(16));

    private final List<String> calls = new ArrayList<>();
    private final Deque<Integer> answers = new ArrayDeque<>();
    private final Syscalls made = (call, a, b, c, d, e, f) -> {
        if (call == Call.MMAP || call == Call.MUNMAP) {
            return Syscalls.ofThisMachine().call(call, a, b, c, d, e, f);
        }
        if (call == Call.BPF) {
            NativeBlock attr = NativeBlock.at(b, (int) c, () -> true);
            calls.add(a + " size " + c + (a == 5 ? " log " + attr.intAt(28) : ""));
            if (a == 5 && attr.intAt(28) > 0 && answers.size() == 1) {
                NativeBlock.at(attr.longAt(32), attr.intAt(28), () -> true)
                        .put(0, "R0 !read_ok\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            }
            return answers.isEmpty() ? 5 : answers.pop();
        }
        calls.add(call.name());
        return 0;
    };

    @Test
    void loadsWithoutALogFirst() {
        try (KernelBpf bpf = new KernelBpf(made);
                Fd program = bpf.progLoad(PROGRAM)) {
            assertThat(program.number()).isEqualTo(5);
        }
        assertThat(calls).containsExactly("5 size 192 log 0", "CLOSE");
    }

    @Test
    void retriesWithAGrowingLogAfterARefusal() {
        answers.addAll(List.of(-13, -28, -13));
        try (KernelBpf bpf = new KernelBpf(made)) {
            assertThatThrownBy(() -> bpf.progLoad(PROGRAM))
                    .hasMessageContaining("(EACCES): R0 !read_ok")
                    .isInstanceOf(KernelRefusedException.class);
        }
        assertThat(calls).containsExactly("5 size 192 log 0", "5 size 192 log 65536", "5 size 192 log 1048576");
    }

    @Test
    void retriesAnInterruptedLoadALimitedNumberOfTimes() {
        for (int i = 0; i < 20; i++) {
            answers.add(-Errno.EAGAIN.number());
        }
        try (KernelBpf bpf = new KernelBpf(made);
                Fd program = bpf.progLoad(PROGRAM)) {
            assertThat(program.number()).isEqualTo(5);
        }
        assertThat(calls).hasSize(22);
        calls.clear();
        for (int i = 0; i < 1000; i++) {
            answers.add(-Errno.EAGAIN.number());
        }
        try (KernelBpf bpf = new KernelBpf(made)) {
            assertThatThrownBy(() -> bpf.progLoad(PROGRAM)).hasMessageContaining("EAGAIN");
        }
        assertThat(calls).hasSize(60);
    }

    @Test
    void raisesTheLockedMemoryLimitOnceAndRetries() {
        answers.addAll(List.of(-1, 6));
        try (KernelBpf bpf = new KernelBpf(made);
                Fd map = bpf.mapCreate(MapSpec.array("m", 8, 1, 0))) {
            assertThat(map.number()).isEqualTo(6);
            assertThat(calls).containsExactly("0 size 192", "PRLIMIT64", "0 size 192");
            answers.add(-1);
            assertThatThrownBy(() -> bpf.mapCreate(MapSpec.array("m", 8, 1, 0)))
                    .hasMessage("the kernel refused to create the map `m` (EPERM)");
        }
    }

    @Test
    void absentKeyIsEmptyAndNoError() {
        answers.add(-2);
        try (KernelBpf bpf = new KernelBpf(made)) {
            assertThat(bpf.mapLookup(Fd.of(9, () -> {}), new byte[4], 8)).isEqualTo(Optional.empty());
        }
    }
}
