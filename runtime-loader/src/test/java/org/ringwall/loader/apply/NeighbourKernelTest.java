// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.KernelTest;

/** Foreign programs attached at a policy's cgroup or its ancestors. */
@KernelTest
class NeighbourKernelTest {
    private static final int PROG_ATTACH = 8;
    private static final int PROG_DETACH = 9;
    private static final int NO_FLAGS = 0;
    private static final int ALLOW_OVERRIDE = 1;

    private final KernelBox box = new KernelBox();
    private final List<Runnable> undo = new ArrayList<>();

    @AfterEach
    void clean() {
        undo.forEach(Runnable::run);
        box.close();
    }

    @Test
    void refusesBelowAnAncestorWithAnExclusiveProgram() {
        Cgroup parent = box.cgroup("a");
        Cgroup child = box.cgroup(parent, "b");
        attach(parent, NO_FLAGS);
        assertThatThrownBy(() -> apply(80, child))
                .isInstanceOf(HostException.class)
                .hasMessage("at `" + parent
                        + "` another program is attached to connect6 in a mode that allows no other program,"
                        + " so nothing can be attached to `" + child + "`");
        assertThat(box.attached(child, Hook.CONNECT4).progIds()).isEmpty();
        assertThat(box.pins()).isEmpty();
    }

    @Test
    void refusesBelowAnAncestorWithAnOverridableProgram() {
        Cgroup parent = box.cgroup("a");
        Cgroup child = box.cgroup(parent, "b");
        attach(parent, ALLOW_OVERRIDE);
        assertThatThrownBy(() -> apply(80, child))
                .hasMessageContaining("in a mode in which any program below it replaces it");
        assertThatThrownBy(() -> apply(80, parent)).isInstanceOf(HostException.class);
    }

    @Test
    void reportsForeignProgramsAndKeepsThem() {
        Cgroup cgroup = box.cgroup("a");
        try (Fd foreign = allow("theirs");
                Fd target = box.host.view().open(cgroup);
                Fd ignored = box.host.bpf().linkCreate(foreign, target, Hook.CONNECT4.attachType())) {
            int id = box.host.bpf().progInfo(foreign).id();
            assertThat(apply(80, cgroup).notes())
                    .containsExactly(
                            "program `theirs` (id " + id + ") runs before this policy at connect4 of `" + cgroup + "`");
            assertThat(apply(81, cgroup).notes()).hasSize(1);
            box.host.remover().remove(InstanceName.parse("p"));
            assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).containsExactly(id);
        }
    }

    @Test
    void failureAtTheLastHookLeavesTheEffectiveListAsItWas() {
        Cgroup cgroup = box.cgroup("a");
        List<Fd> open = new ArrayList<>();
        try (Fd target = box.host.view().open(cgroup)) {
            // The kernel accepts at most 64 programs per hook (BPF_CGROUP_MAX_PROGS). connect4 has
            // room, connect6 has none.
            for (int i = 0; i < 64; i++) {
                Fd program = allow("full");
                open.add(program);
                open.add(box.host.bpf().linkCreate(program, target, Hook.CONNECT6.attachType()));
            }
            List<Integer> before = box.attached(cgroup, Hook.CONNECT6).progIds();
            assertThatThrownBy(() -> apply(80, cgroup))
                    .isInstanceOfSatisfying(
                            KernelRefusedException.class,
                            refusal -> assertThat(refusal.help()).startsWith("a hook of a cgroup can have 64 programs"))
                    .hasMessage("the kernel refused to attach a program (E2BIG)");
            assertThat(box.attached(cgroup, Hook.CONNECT6).progIds()).isEqualTo(before);
            assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).isEmpty();
            assertThat(box.pins()).isEmpty();
        } finally {
            open.forEach(Fd::close);
        }
    }

    private ApplyResult apply(int port, Cgroup cgroup) {
        return box.host
                .applier()
                .apply(new ApplyRequest(
                        TestObjects.policy("p", port),
                        "main",
                        List.of(cgroup),
                        Map.of("port", Integer.toString(port)),
                        false));
    }

    private Fd allow(String name) {
        List<Insn> code = List.of(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)), new Insn.Exit());
        Bytes bytes = Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder()));
        int type = name.equals("full") ? Hook.CONNECT6.attachType() : Hook.CONNECT4.attachType();
        return box.host.bpf().progLoad(ProgSpec.plain(name, 18, type, bytes));
    }

    /** Attaches with BPF_PROG_ATTACH, the only way to attach without ALLOW_MULTI. */
    private void attach(Cgroup cgroup, int flags) {
        Fd program = allow("full");
        Fd target = box.host.view().open(cgroup);
        command(PROG_ATTACH, target, program, flags);
        undo.add(() -> {
            command(PROG_DETACH, target, program, 0);
            target.close();
            program.close();
        });
    }

    private static void command(int command, Fd target, Fd program, int flags) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long attr = frame.zeros(64)
                    .putInt(0, target.number())
                    .putInt(4, program.number())
                    .putInt(8, Hook.CONNECT6.attachType())
                    .putInt(12, flags)
                    .address();
            syscalls.require(Call.BPF, command, attr, 64);
        }
    }
}
