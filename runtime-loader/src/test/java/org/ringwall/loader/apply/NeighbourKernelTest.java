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
import org.ringwall.bpf.kernel.CgroupPrograms;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Diagnosis;
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
                Fd target = box.host.hierarchy().open(cgroup);
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

    /** Attaches programs of another owner at connect6. */
    private void fill(Cgroup cgroup, int number) {
        try (Fd target = box.host.hierarchy().open(cgroup)) {
            for (int i = 0; i < number; i++) {
                Fd program = allow("full");
                Fd link = box.host.bpf().linkCreate(program, target, Hook.CONNECT6.attachType());
                program.close();
                undo.add(link::close);
            }
        }
    }

    private String where(Cgroup cgroup) {
        return "connect6 of `" + cgroup + "`";
    }

    @Test
    void noPolicyTakesTheLastSlot() {
        Cgroup cgroup = box.cgroup("a");
        fill(cgroup, CgroupPrograms.MOST - 1);
        List<Integer> before = box.attached(cgroup, Hook.CONNECT6).progIds();
        assertThatThrownBy(() -> apply(80, cgroup))
                .isInstanceOfSatisfying(
                        HostException.class,
                        refusal -> assertThat(refusal.help())
                                .isEqualTo("put several policies into one, or end one there; ringwall tree lists them"))
                .hasMessage("63 programs are attached to " + where(cgroup) + ", and the last of the kernel's 64 slots"
                        + " is kept for new versions, which are attached beside the old ones");
        assertThat(box.attached(cgroup, Hook.CONNECT6).progIds()).isEqualTo(before);
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).isEmpty();
        assertThat(box.pins()).isEmpty();
    }

    @Test
    void aPolicyThatLeavesOneSlotIsUpgradedAndTheNextOneIsRefused() {
        Cgroup cgroup = box.cgroup("a");
        Cgroup other = box.cgroup("b");
        fill(cgroup, CgroupPrograms.MOST - 2);
        String taken = "63 of the kernel's 64 slots for programs are taken at " + where(cgroup)
                + "; the last is kept for new versions, so that no further policy can be put in force there";
        assertThat(apply(80, cgroup).notes()).contains(taken);
        assertThat(apply(81, cgroup).notes()).contains(taken);
        assertThat(box.host.crowded()).singleElement().satisfies(found -> {
            assertThat(found.level()).isEqualTo(Diagnosis.Level.WARNING);
            assertThat(found.text()).isEqualTo(taken);
        });
        apply("q", 80, other);
        assertThatThrownBy(() -> box.host.members().join(InstanceName.parse("q"), List.of(cgroup), false))
                .hasMessageContaining("63 programs are attached to " + where(cgroup));
        assertThatThrownBy(() -> apply("r", 80, cgroup)).hasMessageContaining("the last of the kernel's 64 slots");
        assertThat(box.attached(cgroup, Hook.CONNECT6).progIds()).hasSize(CgroupPrograms.MOST - 1);
    }

    @Test
    void aFullHookIsReportedAndKeepsTheVersionInForce() {
        Cgroup cgroup = box.cgroup("a");
        apply(80, cgroup);
        fill(cgroup, CgroupPrograms.MOST - 1);
        List<Integer> before = box.attached(cgroup, Hook.CONNECT6).progIds();
        assertThatThrownBy(() -> apply(81, cgroup))
                .hasMessage("64 programs are attached to " + where(cgroup) + ", the most that the kernel takes, so that"
                        + " a new version has no slot beside the old one");
        assertThat(box.attached(cgroup, Hook.CONNECT6).progIds())
                .isEqualTo(before)
                .hasSize(CgroupPrograms.MOST);
        assertThat(box.host.crowded()).singleElement().satisfies(found -> {
            assertThat(found.level()).isEqualTo(Diagnosis.Level.PROBLEM);
            assertThat(found.text())
                    .isEqualTo("64 of the kernel's 64 slots for programs are taken at " + where(cgroup)
                            + ", so that no policy there can be upgraded");
        });
        undo.remove(undo.size() - 1).run();
        assertThat(apply(81, cgroup).generation()).isEqualTo(2);
    }

    @Test
    void theUserIsWarnedFromSixtyProgramsOn() {
        Cgroup cgroup = box.cgroup("a");
        fill(cgroup, 58);
        assertThat(apply(80, cgroup).notes()).noneMatch(note -> note.contains("slots"));
        assertThat(box.host.crowded()).isEmpty();
        fill(cgroup, 1);
        String taken = "60 of the kernel's 64 slots for programs are taken at " + where(cgroup)
                + "; the last is kept for new versions";
        assertThat(apply(81, cgroup).notes()).contains(taken);
        assertThat(box.host.crowded()).extracting(Diagnosis::text).containsExactly(taken);
    }

    private ApplyResult apply(int port, Cgroup cgroup) {
        return apply("p", port, cgroup);
    }

    private ApplyResult apply(String policy, int port, Cgroup cgroup) {
        return box.host
                .applier()
                .apply(new ApplyRequest(
                        TestObjects.policy(policy, port),
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
        Fd target = box.host.hierarchy().open(cgroup);
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
