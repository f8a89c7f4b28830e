// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.instance.Recovery;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.MemberChange;
import org.ringwall.loader.model.SocketTrial;

/** Cgroups that join an instance and leave it, with a failure and a kill at every step. */
class MembersTest {
    private static final InstanceName NAME = InstanceName.parse("p");
    private static final List<Hook> HOOKS = List.of(Hook.CONNECT4, Hook.CONNECT6);
    private static final int MOST_STEPS = 200;

    private FakeKernel kernel = new FakeKernel();
    private List<Cgroup> old = List.of();
    private List<Cgroup> fresh = List.of();

    private void prepare() {
        kernel = new FakeKernel();
        old = List.of(kernel.addCgroup("a"), kernel.addCgroup("b"));
        fresh = List.of(kernel.addCgroup("c"), kernel.addCgroup("d"));
        new Applier(kernel, kernel, kernel, () -> SysctlTrial.Outcome.UNKNOWN)
                .apply(new ApplyRequest(TestObjects.policy("p", 80), "main", old, Map.of(), false));
        kernel.restart();
    }

    private Members members() {
        return new Members(kernel, kernel, kernel, () -> SocketTrial.Outcome.MATCHED, new Recovery(kernel));
    }

    private MemberChange join() {
        return members().join(NAME, fresh, false);
    }

    private MemberChange leave() {
        return members().leave(NAME, old.subList(0, 1));
    }

    /** The number of programs that decide, hook by hook, for all of these cgroups. */
    private List<Integer> deciding(List<Cgroup> cgroups) {
        return cgroups.stream()
                .flatMap(cgroup ->
                        HOOKS.stream().map(hook -> kernel.deciding(hook, cgroup).size()))
                .toList();
    }

    @Test
    void joinedCgroupsUseTheGenerationInForce() {
        prepare();
        assertThat(join()).isEqualTo(new MemberChange(1, fresh, List.of()));
        assertThat(deciding(fresh)).containsOnly(1);
        assertThat(deciding(old)).containsOnly(1);
        assertThat(kernel.log).noneMatch(step -> step.startsWith("load"));
        assertThat(join()).isEqualTo(new MemberChange(1, List.of(), List.of()));
        assertThat(kernel.openDescriptors()).isZero();
    }

    @Test
    void aCgroupThatLeavesIsNoLongerCovered() {
        prepare();
        assertThat(leave()).isEqualTo(new MemberChange(1, old.subList(0, 1), List.of()));
        assertThat(deciding(old)).containsExactly(0, 0, 1, 1);
        assertThatThrownBy(this::leave).hasMessage("`p@main` is not in force at `/cg/a`");
        assertThatThrownBy(() -> members().leave(NAME, old.subList(1, 2)))
                .hasMessage("`p@main` would not be in force anywhere");
        assertThat(deciding(old)).containsExactly(0, 0, 1, 1);
        assertThat(kernel.openDescriptors()).isZero();
    }

    @Test
    void aRefusalAtAnyStepOfAJoinChangesNothing() {
        int refused = 0;
        for (int at = 0; at < MOST_STEPS; at++) {
            prepare();
            List<String> pins = kernel.pins();
            kernel.watch(() -> assertThat(deciding(old)).containsOnly(1));
            kernel.refuseAt(at);
            try {
                join();
                assertThat(deciding(fresh)).as("step %s", at).containsOnly(1);
            } catch (KernelRefusedException e) {
                refused++;
                assertThat(deciding(fresh)).as("step %s", at).containsOnly(0);
                assertThat(kernel.pins()).as("step %s", at).isEqualTo(pins);
            }
            assertThat(kernel.openDescriptors()).as("step %s", at).isZero();
        }
        assertThat(refused).isGreaterThan(10);
    }

    @Test
    void aJoinThatWasKilledAtAnyStepIsCompletedByAnother() {
        List<Integer> attached = new ArrayList<>();
        for (int at = 0; at < MOST_STEPS; at++) {
            prepare();
            kernel.watch(() -> assertThat(deciding(old)).containsOnly(1));
            kernel.killAt(at);
            killedOrDone(this::join);
            kernel.restart();
            attached.add(deciding(fresh).stream().mapToInt(n -> n).sum());
            new Remover(kernel, kernel, kernel).recover();
            join();
            assertThat(deciding(fresh)).as("step %s", at).containsOnly(1);
            assertThat(kernel.pins()).as("step %s", at).hasSize(5 + 4 + 4);
        }
        assertThat(attached).contains(0, 1, 2, 3, 4).isSorted();
    }

    @Test
    void aDepartureThatWasKilledAtAnyStepIsCompletedByAnother() {
        for (int at = 0; at < MOST_STEPS; at++) {
            prepare();
            List<Cgroup> staying = old.subList(1, 2);
            kernel.watch(() -> assertThat(deciding(staying)).containsOnly(1));
            kernel.killAt(at);
            killedOrDone(this::leave);
            kernel.restart();
            try {
                leave();
            } catch (InputException e) {
                assertThat(e).as("step %s", at).hasMessage("`p@main` is not in force at `/cg/a`");
            }
            assertThat(deciding(old)).as("step %s", at).containsExactly(0, 0, 1, 1);
            assertThat(kernel.pins()).as("step %s", at).hasSize(5 + 2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void linksOfRemovedCgroupsAreDropped(boolean byName) {
        prepare();
        Cgroup gone = old.get(0);
        kernel.removeCgroup(gone);
        String sentence = "the cgroup with id " + gone.id() + " was removed, so the policy is not in force there";
        assertThat(members().dropRemoved(NAME, Set.of(old.get(1).id()))).isEmpty();
        assertThat(kernel.pins()).anyMatch(pin -> pin.contains(Long.toHexString(gone.id())));
        if (byName) {
            assertThat(members().dropRemoved(NAME, Set.of(gone.id()))).containsExactly(gone.id());
        } else {
            assertThat(members().dropRemoved(NAME)).containsExactly(sentence);
        }
        assertThat(join().notes()).isEmpty();
        assertThat(kernel.pins()).noneMatch(pin -> pin.contains(Long.toHexString(gone.id())));
        assertThat(deciding(fresh)).containsOnly(1);
    }

    @Test
    void recoverForgetsRemovedCgroups() {
        prepare();
        Cgroup gone = old.get(0);
        kernel.removeCgroup(gone);
        assertThat(new Remover(kernel, kernel, kernel).recover())
                .containsExactly("`p@main`: the cgroup with id " + gone.id()
                        + " was removed, so the policy is not in force there");
        assertThat(new Remover(kernel, kernel, kernel).recover()).isEmpty();
        assertThat(kernel.pins()).noneMatch(pin -> pin.contains(Long.toHexString(gone.id())));
        assertThat(deciding(old)).containsExactly(0, 0, 1, 1);
    }

    @Test
    void anInstanceThatIsNotInForceHasNoMembers() {
        kernel = new FakeKernel();
        List<Cgroup> one = List.of(kernel.addCgroup("a"));
        assertThatThrownBy(() -> members().join(NAME, one, false))
                .isInstanceOf(InputException.class)
                .hasMessage("there is no `p@main` on this host");
        assertThat(kernel.pins()).isEmpty();
    }

    private static void killedOrDone(Runnable action) {
        try {
            action.run();
        } catch (Killed expected) {
            return;
        }
    }
}
