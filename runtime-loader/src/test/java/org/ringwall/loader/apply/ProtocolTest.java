// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;

/** The protocol of docs/abi.md section 3, with a failure and a kill at every step. */
class ProtocolTest {
    private static final List<Hook> HOOKS = List.of(Hook.CONNECT4, Hook.CONNECT6);

    private FakeKernel kernel = new FakeKernel();
    private List<Cgroup> places = List.of();

    @BeforeEach
    void twoPlaces() {
        kernel = new FakeKernel();
        places = List.of(kernel.addCgroup("a"), kernel.addCgroup("b"));
    }

    @Test
    void upgradeAttachesAllThenWidensThenNarrowsThenDetaches() {
        apply(80);
        kernel.restart();
        apply(81);
        List<String> walk = kernel.log.stream()
                .filter(step -> step.matches("(attach|lo =|hi =|barrier|detach|load).*"))
                .map(step -> step.replaceAll("^load .*", "load").replaceAll("^attach .*", "attach"))
                .toList();
        assertThat(walk)
                .containsExactly(
                        "load", "load", "attach", "attach", "attach", "attach", "hi = 2", "barrier", "lo = 2",
                        "barrier", "detach", "detach", "detach", "detach");
    }

    /** Without an older generation, nothing becomes inert and no barrier is needed. */
    @Test
    void firstApplyNeedsNoBarrier() {
        apply(80);
        List<String> walk = kernel.log.stream()
                .filter(step -> step.matches("(attach|lo =|hi =|barrier).*"))
                .map(step -> step.replaceAll("^attach .*", "attach"))
                .toList();
        assertThat(walk).containsExactly("attach", "attach", "attach", "attach", "hi = 1", "lo = 1");
    }

    @Test
    void refusesConfirmationOnKernelsWithoutTimers() {
        apply(80);
        kernel.restart();
        Object pins = kernel.pins();
        Applier applier = new Applier(kernel, kernel, kernel, () -> SysctlTrial.Outcome.UNKNOWN);
        for (boolean dryRun : List.of(true, false)) {
            ApplyRequest request =
                    new ApplyRequest(TestObjects.policy("p", 81), "main", places, Map.of("port", "81"), dryRun);
            assertThatThrownBy(() -> applier.apply(request.confirming(Optional.of(Duration.ofMinutes(1)))))
                    .isInstanceOfSatisfying(
                            HostException.class, e -> assertThat(e.help()).startsWith("apply without --confirm"))
                    .hasMessage(
                            "this kernel has no timers for BPF programs (Linux 5.15), so it cannot roll back by itself");
        }
        assertThat(kernel.pins()).isEqualTo(pins);
        assertThat(kernel.log).noneMatch(step -> step.matches("(attach|lo =|hi =|detach|pin).*"));
    }

    @Test
    void namesAHookThatTheKernelLacks() {
        kernel.unknown.add(Hook.CONNECT6.attachType());
        assertThatThrownBy(this::apply80)
                .isInstanceOfSatisfying(
                        HostException.class, e -> assertThat(e.help()).contains("kernel 4.17"))
                .hasMessage("this kernel has no hook connect6, which the policy needs");
        kernel.restart();
        assertThat(kernel.pins()).isEmpty();
        assertThat(effectiveSizes()).containsOnly(0);
    }

    @Test
    void everyLinkIsPinnedBeforeTheControlWordChanges() {
        apply(80);
        assertThat(kernel.log.subList(0, kernel.log.indexOf("hi = 1")))
                .filteredOn(step -> step.startsWith("pin connect"))
                .containsExactly(
                        "pin connect4",
                        "pin connect6",
                        "pin connect4-0000000000000064",
                        "pin connect6-0000000000000064",
                        "pin connect4-0000000000000065",
                        "pin connect6-0000000000000065");
    }

    @Test
    void noDescriptorIsLeftOpen() {
        apply(80);
        apply(81);
        new Remover(kernel, kernel, kernel).remove(InstanceName.parse("p"));
        assertThat(kernel.openDescriptors()).isZero();
        assertThat(kernel.pins()).isEmpty();
        assertThat(kernel.folders).containsExactly(kernel.root());
    }

    @Test
    void refusalAtAnyStepOfAFirstApplyLeavesNothing() {
        int steps = stepsOf(this::apply80);
        for (int at = 0; at < steps; at++) {
            fresh(at, FakeKernel::refuseAt);
            boolean refused = refused(this::apply80);
            kernel.restart();
            if (refused) {
                assertThat(decidingSets()).as("step %s", at).containsOnly(List.of());
                assertThat(effectiveSizes()).as("step %s", at).containsOnly(0);
            } else {
                assertThat(decidingSets()).as("step %s", at).containsOnly(List.of(1));
            }
        }
    }

    @Test
    void refusalAtAnyStepOfAnUpgradeLeavesTheOldInForceOrTheNew() {
        int steps = stepsOfUpgrade();
        int undone = 0;
        for (int at = 0; at < steps; at++) {
            fresh(-1, FakeKernel::refuseAt);
            apply(80);
            List<List<Integer>> before = effective();
            int step = at;
            watched(() -> {
                kernel.refuseAt(step);
                if (refused(() -> apply(81))) {
                    assertThat(effective()).as("step %s", step).isEqualTo(before);
                    assertThat(decidingSets()).as("step %s", step).containsOnly(List.of(1));
                } else {
                    assertThat(decidingSets()).as("step %s", step).containsOnly(List.of(2));
                }
            });
            undone += decidingSets().contains(List.of(1)) ? 1 : 0;
            assertThat(kernel.openDescriptors()).as("step %s", at).isZero();
            kernel.restart();
            apply(82);
            assertThat(effectiveSizes()).as("step %s", at).containsOnly(1);
        }
        assertThat(undone).isGreaterThan(steps / 2);
    }

    @Test
    void killAtAnyStepOfAnUpgradeIsRecoveredByTheNextCommand() {
        int steps = stepsOfUpgrade();
        List<Integer> generations = new ArrayList<>();
        for (int at = 0; at < steps; at++) {
            fresh(-1, FakeKernel::killAt);
            apply(80);
            int step = at;
            watched(() -> {
                kernel.killAt(step);
                assertThatThrownBy(() -> apply(81)).isInstanceOf(Killed.class);
            });
            kernel.restart();
            watched(() -> new Remover(kernel, kernel, kernel).recover());
            assertThat(effectiveSizes()).as("step %s", at).containsOnly(1);
            assertThat(decidingSets().stream().distinct()).as("step %s", at).hasSize(1);
            generations.add(decidingSets().get(0).get(0));
            assertThat(kernel.pins()).as("step %s", at).hasSize(1 + 4 + 4);
        }
        assertThat(generations).contains(1, 2).isSorted();
    }

    @Test
    void killDuringRecoveryIsRecoveredToo() {
        int upgrade = stepsOfUpgrade();
        for (int at = 0; at < upgrade; at += 3) {
            for (int second = 0; second < 60; second++) {
                fresh(-1, FakeKernel::killAt);
                apply(80);
                kernel.killAt(at);
                assertThatThrownBy(() -> apply(81)).isInstanceOf(Killed.class);
                int step = second;
                watched(() -> {
                    kernel.killAt(step);
                    killedOrDone(() -> new Remover(kernel, kernel, kernel).recover());
                });
                kernel.restart();
                watched(() -> new Remover(kernel, kernel, kernel).recover());
                assertThat(effectiveSizes()).as("steps %s, %s", at, second).containsOnly(1);
            }
        }
    }

    @Test
    void killAtAnyStepOfAFirstApplyIsAllOrNothing() {
        int steps = stepsOf(this::apply80);
        for (int at = 0; at < steps; at++) {
            fresh(at, FakeKernel::killAt);
            assertThatThrownBy(this::apply80).isInstanceOf(Killed.class);
            assertThat(decidingSets().stream().distinct()).as("step %s", at).hasSize(1);
            kernel.restart();
            new Remover(kernel, kernel, kernel).recover();
            if (decidingSets().contains(List.of())) {
                assertThat(kernel.pins()).as("step %s", at).isEmpty();
                assertThat(kernel.folders).as("step %s", at).containsExactly(kernel.root());
            } else {
                assertThat(decidingSets()).as("step %s", at).containsOnly(List.of(1));
            }
            kernel.restart();
            apply(81);
            assertThat(effectiveSizes()).as("step %s", at).containsOnly(1);
        }
    }

    @Test
    void killAtAnyStepOfARemovalIsFinishedByAnother() {
        int steps = 60;
        for (int at = 0; at < steps; at++) {
            fresh(-1, FakeKernel::killAt);
            apply(80);
            kernel.killAt(at);
            killedOrDone(() -> new Remover(kernel, kernel, kernel).remove(InstanceName.parse("p")));
            kernel.restart();
            if (new Instances(kernel, kernel).exists(InstanceName.parse("p"))) {
                new Remover(kernel, kernel, kernel).remove(InstanceName.parse("p"));
            }
            assertThat(kernel.pins()).as("step %s", at).isEmpty();
            assertThat(effectiveSizes()).as("step %s", at).containsOnly(0);
            assertThat(kernel.folders).as("step %s", at).containsExactly(kernel.root());
        }
    }

    @Test
    void killAtAnyStepOfARemovalLeavesAllInForceOrNothing() {
        List<Boolean> left = new ArrayList<>();
        for (int at = 0; at < 60; at++) {
            fresh(-1, FakeKernel::killAt);
            apply(80);
            kernel.killAt(at);
            killedOrDone(() -> new Remover(kernel, kernel, kernel).remove(InstanceName.parse("p")));
            assertThat(decidingSets().stream().distinct()).as("step %s", at).hasSize(1);
            kernel.restart();
            new Remover(kernel, kernel, kernel).recover();
            left.add(!kernel.pins().isEmpty());
            assertThat(decidingSets()).as("step %s", at).containsOnly(left.get(at) ? List.of(1) : List.of());
            assertThat(effectiveSizes()).as("step %s", at).containsOnly(left.get(at) ? 1 : 0);
        }
        assertThat(left).contains(true, false);
    }

    @Test
    void refusesBelowAnExclusiveOrOverridableProgram() {
        kernel.foreign.put(places.get(1).id(), 0);
        assertThatThrownBy(() -> apply(80))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("in a mode that allows no other program");
        assertThat(kernel.pins()).isEmpty();
        kernel.foreign.put(places.get(1).id(), 1);
        assertThatThrownBy(() -> apply(80)).hasMessageContaining("in which any program below it replaces it");
    }

    @Test
    void reportsForeignPrograms() {
        kernel.foreign.put(places.get(1).id(), 2);
        assertThat(apply(80).notes())
                .containsExactly("program `theirs` (id 9999) runs before this policy at connect4 connect6 of `/cg/b`");
    }

    @Test
    void doesNotWaitForeverForALock() throws InterruptedException {
        apply(80);
        kernel.locked.add(kernel.root().resolve("p@main"));
        assertThatThrownBy(() -> apply(81)).isInstanceOf(HostException.class).hasMessageContaining("another ringwall");
    }

    private ApplyResult apply(int port) {
        return new Applier(kernel, kernel, kernel, () -> SysctlTrial.Outcome.UNKNOWN)
                .apply(new ApplyRequest(
                        TestObjects.policy("p", port), "main", places, Map.of("port", Integer.toString(port)), false));
    }

    private void apply80() {
        apply(80);
    }

    private void fresh(int at, java.util.function.ObjIntConsumer<FakeKernel> fault) {
        twoPlaces();
        fault.accept(kernel, at);
    }

    private int stepsOf(Runnable action) {
        twoPlaces();
        action.run();
        return kernel.steps();
    }

    private int stepsOfUpgrade() {
        twoPlaces();
        apply(80);
        kernel.restart();
        apply(81);
        return kernel.steps();
    }

    /**
     * After every step, at least one generation decides everywhere, and the same ones at all hooks
     * of all places.
     */
    private void watched(Runnable action) {
        Consumer<String> check = when -> {
            List<List<Integer>> sets = decidingSets();
            assertThat(sets.get(0)).as(when).isNotEmpty();
            assertThat(sets.stream().distinct()).as(when).hasSize(1);
        };
        kernel.watch(() -> check.accept("while changing"));
        try {
            action.run();
        } finally {
            kernel.watch(() -> {});
        }
    }

    private List<List<Integer>> decidingSets() {
        return everywhere()
                .map(spot -> kernel.deciding(spot.getKey(), spot.getValue()))
                .toList();
    }

    private List<List<Integer>> effective() {
        return everywhere()
                .map(spot -> kernel.effective(spot.getKey(), spot.getValue()))
                .toList();
    }

    private List<Integer> effectiveSizes() {
        return effective().stream().map(List::size).toList();
    }

    private Stream<Map.Entry<Hook, Cgroup>> everywhere() {
        return HOOKS.stream().flatMap(hook -> places.stream().map(place -> Map.entry(hook, place)));
    }

    private static boolean refused(Runnable action) {
        try {
            action.run();
            return false;
        } catch (KernelRefusedException expected) {
            return true;
        }
    }

    private static void killedOrDone(Runnable action) {
        try {
            action.run();
        } catch (Killed expected) {
            return;
        }
    }
}
