// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.StatusReader;
import org.ringwall.loader.instance.OpenInstance;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.Monitoring;

/**
 * A cgroup is treated as removed only if its removal is proved. A refused command changes nothing.
 */
class LostCgroupsTest {
    private FakeKernel kernel = new FakeKernel();
    private Cgroup one = kernel.addCgroup("a");
    private Cgroup two = kernel.addCgroup("b");

    @BeforeEach
    void fresh() {
        kernel = new FakeKernel();
        one = kernel.addCgroup("a");
        two = kernel.addCgroup("b");
    }

    @Test
    void upgradeIsRefusedWhileACgroupCannotBeLookedUp() {
        apply("main", one, two);
        List<String> pins = kernel.pins();
        kernel.unseen.add(two.id());
        assertThatThrownBy(() -> apply("main"))
                .isInstanceOfSatisfying(
                        HostException.class, e -> assertThat(e.help()).contains("initial user namespace"))
                .hasMessage(
                        "`p@main` has programs for the cgroup with id 101, and it cannot be determined whether that exists: a reason");
        assertThatThrownBy(() -> apply("main", one)).isInstanceOf(HostException.class);
        assertThat(kernel.pins()).isEqualTo(pins);
        assertThat(deciding(one)).containsExactly(1);
        assertThat(deciding(two)).containsExactly(1);
        assertThat(apply("main", one, two).generation()).isEqualTo(2);
        assertThat(deciding(two)).containsExactly(2);
    }

    @Test
    void upgradeIsRefusedAlsoWhereTheLinksAreDetached() {
        apply("main", one, two);
        kernel.removeCgroup(two);
        kernel.unseen.add(two.id());
        assertThatThrownBy(() -> apply("main")).isInstanceOf(HostException.class);
        assertThat(deciding(one)).containsExactly(1);
        kernel.unseen.clear();
        assertThat(apply("main").notes())
                .containsExactly("the cgroup with id 101 was removed, so the policy is not in force there");
        assertThat(deciding(one)).containsExactly(2);
    }

    @Test
    void refusedApplyKeepsAnInstanceWhoseCgroupsWereRemoved() {
        apply("main", one, two);
        kernel.removeCgroup(one);
        kernel.removeCgroup(two);
        List<String> pins = kernel.pins();
        assertThatThrownBy(() -> apply("main"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is not in force");
        assertThat(kernel.pins()).isEqualTo(pins);
        try (OpenInstance state = OpenInstance.change(kernel, kernel, InstanceName.parse("p"))) {
            assertThatThrownBy(() -> state.monitor(new Monitoring(1000, "")))
                    .isInstanceOf(InputException.class)
                    .hasMessage("`p@main` is not in force");
        }
        assertThat(kernel.pins()).isEqualTo(pins);
        Cgroup again = kernel.addCgroup("a");
        assertThat(apply("main", again).generation()).isEqualTo(2);
        assertThat(deciding(again)).containsExactly(2);
    }

    @Test
    void applyThatIsRefusedAtAnyStepKeepsMonitorModeAndItsReason() {
        int refused = 0;
        for (int step = 0; step < 200; step++) {
            fresh();
            monitor(1000, "before");
            kernel.refuseAt(step);
            try {
                monitor(5000, "after");
                continue;
            } catch (KernelRefusedException expected) {
                refused++;
            }
            kernel.restart();
            assertThat(new StatusReader(kernel, kernel, kernel, () -> OptionalLong.of(0))
                            .all()
                            .get(0)
                            .monitored())
                    .as("step %s", step)
                    .contains(new InstanceStatus.Monitored(OptionalLong.of(1000), "before"));
        }
        assertThat(refused).isGreaterThan(20);
    }

    private void monitor(long seconds, String reason) {
        Optional<Monitoring> monitoring = Optional.of(new Monitoring(seconds * 1_000_000_000L, reason));
        new Applier(kernel, kernel, kernel, () -> SysctlTrial.Outcome.UNKNOWN)
                .apply(new ApplyRequest(
                        TestObjects.policy("p", 80),
                        "main",
                        List.of(one),
                        Map.of("port", "80"),
                        false,
                        Set.of(),
                        monitoring));
    }

    @Test
    void recoverRemovesOnlyInstancesWhoseCgroupsAreGone() {
        apply("main", one, two);
        kernel.removeCgroup(one);
        kernel.removeCgroup(two);
        List<String> pins = kernel.pins();
        kernel.unseen.add(two.id());
        assertThat(remover().recover())
                .containsExactly("`p@main` is not attached anywhere, but was kept: "
                        + "it cannot be determined whether its cgroup with id 101 exists: a reason");
        kernel.unseen.clear();
        kernel.cgroups.put(two.id(), two);
        assertThat(remover().recover())
                .containsExactly(
                        "`p@main` is not attached anywhere, but was kept: `/cg/b` exists; ringwall apply attaches the policy again");
        assertThat(kernel.pins()).isEqualTo(pins);
        kernel.cgroups.clear();
        assertThat(remover().recover()).containsExactly("`p@main` was not in force anywhere: removed");
        assertThat(kernel.pins()).isEmpty();
    }

    @Test
    void applyReattachesLinksThatAnotherProcessDetached() {
        apply("main", one);
        Cgroup back = one;
        kernel.removeCgroup(one);
        kernel.cgroups.put(back.id(), back);
        assertThat(apply("main").generation()).isEqualTo(2);
        assertThat(deciding(back)).containsExactly(2);
    }

    @Test
    void sweepKeepsARunWhoseCgroupIsNotVisible() {
        apply("run-1-1", one);
        kernel.unseen.add(one.id());
        remover().sweepRuns(cgroup -> true);
        assertThat(deciding(one)).containsExactly(1);
        kernel.unseen.clear();
        kernel.cgroups.put(one.id(), new Cgroup(Optional.empty(), one.id()));
        remover().sweepRuns(cgroup -> true);
        assertThat(deciding(one)).containsExactly(1);
        kernel.cgroups.put(one.id(), one);
        remover().sweepRuns(cgroup -> false);
        assertThat(deciding(one)).containsExactly(1);
        remover().sweepRuns(cgroup -> true);
        assertThat(kernel.pins()).isEmpty();
        assertThat(deciding(one)).isEmpty();
    }

    @Test
    void sweepRemovesARunWhoseCgroupIsProvedGone() {
        apply("run-1-1", one);
        apply("main", two);
        kernel.removeCgroup(one);
        remover().sweepRuns(cgroup -> false);
        assertThat(kernel.pins()).noneMatch(pin -> pin.contains("run-1-1"));
        assertThat(deciding(two)).containsExactly(1);
    }

    @Test
    void statusReportsCgroupsThatCannotBeLookedUp() {
        apply("main", one, two);
        kernel.unseen.add(two.id());
        InstanceStatus status = new StatusReader(kernel, kernel, kernel, () -> OptionalLong.of(0))
                .all()
                .get(0);
        assertThat(status.places())
                .containsExactly(
                        new InstanceStatus.At(one.id(), "/cg/a", false, List.of("connect4", "connect6"), List.of()),
                        new InstanceStatus.At(
                                two.id(),
                                "id 101",
                                false,
                                List.of("connect4", "connect6"),
                                List.of(),
                                List.of(),
                                List.of(),
                                Optional.of("a reason"),
                                Optional.empty()));
    }

    private ApplyResult apply(String instance, Cgroup... cgroups) {
        return new Applier(kernel, kernel, kernel, () -> SysctlTrial.Outcome.UNKNOWN)
                .apply(new ApplyRequest(
                        TestObjects.policy("p", 80), instance, List.of(cgroups), Map.of("port", "80"), false));
    }

    private Remover remover() {
        return new Remover(kernel, kernel, kernel);
    }

    private List<Integer> deciding(Cgroup cgroup) {
        return kernel.deciding(Hook.CONNECT4, cgroup);
    }
}
