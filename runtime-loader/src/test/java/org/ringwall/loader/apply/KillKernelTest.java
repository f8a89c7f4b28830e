// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.fixtures.Doomed;
import org.ringwall.loader.fixtures.Hammer;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Soak;
import org.ringwall.testkit.Step;

/**
 * SIGKILL at changes that an apply, a removal or a confirmation makes in the real kernel, while
 * connects are in progress. Each kill starts a process, so every build makes a share of them;
 * KillTableKernelTest ends more commands at all of their changes, in one process.
 */
@KernelTest
class KillKernelTest {
    /** Every N-th change of the upgrade, and of the others, is killed. */
    private static final int UPGRADE_STEP = Math.max(Soak.size(2, 1), Step.SIZE);

    private static final int STEP = Math.max(Soak.size(4, 1), Step.SIZE);

    private final KernelBox box = new KernelBox();

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    void upgradeKilledAnywhereNeverOpensAGapAndIsRecovered() throws IOException, InterruptedException {
        Cgroup cgroup = box.cgroup("a");
        apply(cgroup);
        TreeSet<Long> outcomes = new TreeSet<>();
        try (Hammer hammer = new Hammer(cgroup, 7)) {
            int kills = 0;
            while (doomed(cgroup, "7", kills).exit() == 137) {
                box.host.remover().recover();
                InstanceStatus status = box.host.status().get(0);
                assertThat(status.state()).as("kill %s", kills).isEqualTo(InstanceStatus.State.IN_FORCE);
                outcomes.add(status.generation());
                assertThat(box.attached(cgroup, Hook.CONNECT4).progIds())
                        .as("kill %s", kills)
                        .hasSize(1);
                assertThat(box.attached(cgroup, Hook.CONNECT6).progIds())
                        .as("kill %s", kills)
                        .hasSize(1);
                assertThat(box.pins()).as("kill %s", kills).hasSize(3 + 1 + 1 + 4 + 2);
                kills += UPGRADE_STEP;
            }
            Hammer.Count count = hammer.stop();
            assertThat(kills).isGreaterThan(20);
            assertThat(outcomes).contains(1L, 2L);
            assertThat(count.tries()).isGreaterThan(10_000 / UPGRADE_STEP);
            assertThat(count.allowed()).isZero();
        }
    }

    @Test
    void firstApplyKilledAnywhereIsAllOrNothing() throws IOException, InterruptedException {
        Cgroup cgroup = box.cgroup("a");
        int kills = 0;
        int undone = 0;
        while (doomed(cgroup, "7", kills).exit() == 137) {
            box.host.remover().recover();
            int programs = box.attached(cgroup, Hook.CONNECT4).progIds().size();
            assertThat(box.attached(cgroup, Hook.CONNECT6).progIds())
                    .as("kill %s", kills)
                    .hasSize(programs);
            if (programs == 0) {
                undone++;
                assertThat(box.pins()).as("kill %s", kills).isEmpty();
            } else {
                box.host.remover().remove(InstanceName.parse("p"));
            }
            kills += STEP;
        }
        assertThat(undone).isGreaterThan(10 / STEP);
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds()).hasSize(1);
    }

    @Test
    void removalKilledAnywhereIsAllOrNothing() throws IOException, InterruptedException {
        Cgroup cgroup = box.cgroup("a");
        int denied = box.listen();
        TreeSet<String> outcomes = new TreeSet<>();
        int kills = 0;
        do {
            box.host
                    .applier()
                    .apply(new ApplyRequest(
                            TestObjects.policy("p", denied),
                            "main",
                            List.of(cgroup),
                            Map.of("port", Integer.toString(denied)),
                            false));
            if (doomed(cgroup, Doomed.REMOVE, kills).exit() != 137) {
                break;
            }
            String outcome = box.connect(cgroup, denied);
            outcomes.add(outcome);
            box.host.remover().recover();
            assertThat(box.connect(cgroup, denied)).as("kill %s", kills).isEqualTo(outcome);
            int programs = outcome.equals("EPERM") ? 1 : 0;
            assertThat(box.attached(cgroup, Hook.CONNECT4).progIds())
                    .as("kill %s", kills)
                    .hasSize(programs);
            assertThat(box.attached(cgroup, Hook.CONNECT6).progIds())
                    .as("kill %s", kills)
                    .hasSize(programs);
            assertThat(box.pins().isEmpty()).as("kill %s", kills).isEqualTo(programs == 0);
            kills += STEP;
        } while (true);
        assertThat(kills).isGreaterThan(8);
        assertThat(outcomes).containsExactly("EPERM", "ok");
        assertThat(box.pins()).isEmpty();
    }

    @Test
    void killedRemovalOfOneCgroupIsAtomicAndOpensNoGapElsewhere() throws IOException, InterruptedException {
        Cgroup kept = box.cgroup("a");
        Cgroup left = box.cgroup("b");
        apply(kept, left);
        TreeSet<Integer> outcomes = new TreeSet<>();
        try (Hammer hammer = new Hammer(kept, 7)) {
            int kills = 0;
            while (doomed(kept, Doomed.ONLY, kills).exit() == 137) {
                box.host.remover().recover();
                int programs = box.attached(left, Hook.CONNECT4).progIds().size();
                outcomes.add(programs);
                assertThat(box.attached(left, Hook.CONNECT6).progIds())
                        .as("kill %s", kills)
                        .hasSize(programs);
                assertThat(box.attached(kept, Hook.CONNECT4).progIds())
                        .as("kill %s", kills)
                        .hasSize(1);
                assertThat(box.attached(kept, Hook.CONNECT6).progIds())
                        .as("kill %s", kills)
                        .hasSize(1);
                apply(kept, left);
                kills += STEP;
            }
            Hammer.Count count = hammer.stop();
            assertThat(outcomes).containsExactly(0, 1);
            assertThat(count.tries()).isGreaterThan(1_000);
            assertThat(count.allowed()).isZero();
        }
        assertThat(box.attached(left, Hook.CONNECT4).progIds()).isEmpty();
    }

    @Test
    void unconfirmedUpgradeKilledAnywhereIsUndoneOrPending() throws IOException, InterruptedException {
        RunningKernel.needs(5, 15, "timers of programs");
        Cgroup cgroup = box.cgroup("a");
        apply(cgroup);
        TreeSet<String> outcomes = new TreeSet<>();
        try (Hammer hammer = new Hammer(cgroup, 7)) {
            int kills = 0;
            while (doomed(cgroup, Doomed.UNCONFIRMED, kills).exit() == 137) {
                box.host.remover().recover();
                InstanceStatus status = box.host.status().get(0);
                boolean waits = status.confirmation().isPresent();
                outcomes.add(waits ? "waits" : "undone");
                assertThat(status.state()).as("kill %s", kills).isEqualTo(InstanceStatus.State.IN_FORCE);
                assertThat(status.generation() == 1).as("kill %s", kills).isEqualTo(!waits);
                attached(cgroup, waits ? 2 : 1, kills);
                if (waits) {
                    box.host.confirmer().rollBack(InstanceName.parse("p"));
                }
                attached(cgroup, 1, kills);
                kills += STEP;
            }
            assertThat(box.host.status().get(0).confirmation()).isPresent();
            Hammer.Count count = hammer.stop();
            assertThat(kills).isGreaterThan(15);
            // Only the last changes are made while it waits, which not every share contains.
            assertThat(outcomes).contains("undone").isSubsetOf("undone", "waits");
            assertThat(count.tries()).isGreaterThan(10_000 / STEP);
            assertThat(count.allowed()).isZero();
        }
    }

    @Test
    void confirmationKilledAnywhereIsPendingOrComplete() throws IOException, InterruptedException {
        RunningKernel.needs(5, 15, "timers of programs");
        Cgroup cgroup = box.cgroup("a");
        apply(cgroup);
        TreeSet<String> outcomes = new TreeSet<>();
        try (Hammer hammer = new Hammer(cgroup, 7)) {
            int kills = 0;
            long generation = unconfirmed(cgroup);
            while (doomed(cgroup, Doomed.CONFIRM, kills).exit() == 137) {
                box.host.remover().recover();
                InstanceStatus status = box.host.status().get(0);
                boolean waits = status.confirmation().isPresent();
                outcomes.add(waits ? "waits" : "confirmed");
                assertThat(status.generation()).as("kill %s", kills).isEqualTo(generation);
                attached(cgroup, waits ? 2 : 1, kills);
                if (waits) {
                    box.host.confirmer().confirm(InstanceName.parse("p"));
                }
                attached(cgroup, 1, kills);
                assertThat(box.pins()).as("kill %s", kills).hasSize(3 + 1 + 1 + 4 + 2);
                generation = unconfirmed(cgroup);
                kills += STEP;
            }
            attached(cgroup, 1, kills);
            Hammer.Count count = hammer.stop();
            assertThat(kills).isGreaterThan(8);
            assertThat(outcomes).containsExactly("confirmed", "waits");
            assertThat(count.allowed()).isZero();
        }
    }

    @Test
    void rollBackKilledAnywhereIsCompletedByTheKernel() throws IOException, InterruptedException {
        RunningKernel.needs(5, 15, "timers of programs");
        Cgroup cgroup = box.cgroup("a");
        apply(cgroup);
        TreeSet<String> outcomes = new TreeSet<>();
        try (Hammer hammer = new Hammer(cgroup, 7)) {
            int kills = 0;
            unconfirmed(cgroup);
            while (doomed(cgroup, Doomed.ROLL_BACK, kills).exit() == 137) {
                // Whatever has begun ends without another command.
                Thread.sleep(1_500);
                InstanceStatus status = box.host.status().get(0);
                boolean waits = status.generation() != 1;
                outcomes.add(waits ? "waits" : "rolled back");
                assertThat(status.state()).as("kill %s", kills).isEqualTo(InstanceStatus.State.IN_FORCE);
                box.host.remover().recover();
                attached(cgroup, waits ? 2 : 1, kills);
                if (waits) {
                    box.host.confirmer().rollBack(InstanceName.parse("p"));
                }
                attached(cgroup, 1, kills);
                unconfirmed(cgroup);
                kills += STEP;
            }
            attached(cgroup, 1, kills);
            Hammer.Count count = hammer.stop();
            assertThat(kills).isGreaterThan(8);
            assertThat(outcomes).containsExactly("rolled back", "waits");
            assertThat(count.allowed()).isZero();
        }
    }

    private void attached(Cgroup cgroup, int programs, int kills) {
        assertThat(box.attached(cgroup, Hook.CONNECT4).progIds())
                .as("kill %s", kills)
                .hasSize(programs);
        assertThat(box.attached(cgroup, Hook.CONNECT6).progIds())
                .as("kill %s", kills)
                .hasSize(programs);
    }

    private long unconfirmed(Cgroup cgroup) {
        return box.host
                .applier()
                .apply(new ApplyRequest(TestObjects.policy("p", 7), "main", List.of(cgroup), Map.of("port", "7"), false)
                        .confirming(Optional.of(Duration.ofHours(1))))
                .generation();
    }

    private void apply(Cgroup... cgroups) {
        box.host
                .applier()
                .apply(new ApplyRequest(
                        TestObjects.policy("p", 7), "main", List.of(cgroups), Map.of("port", "7"), false));
    }

    private record End(int exit, String said) {}

    private End doomed(Cgroup cgroup, String port, int killAt) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Doomed.class.getName(),
                        box.pinBase.toString(),
                        cgroup.path().toString(),
                        port,
                        Integer.toString(killAt))
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        assertThat(exit).as(said).isIn(0, 137);
        return new End(exit, said);
    }
}
