// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.ringwall.loader.model.Diagnosis;
import org.ringwall.loader.model.Diagnosis.Level;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.InstanceStatus.At;
import org.ringwall.loader.model.InstanceStatus.State;

/** What `doctor` says about an instance in each of its states. */
class InstanceHealthTest {
    private static final InstanceName NAME = InstanceName.parse("web");
    private static final At FINE = new At(1, "/cg/a", false, List.of("connect4"), List.of());

    private static List<Diagnosis> of(State state, At... places) {
        return InstanceHealth.of(new InstanceStatus(NAME, 3, state, List.of(places), Optional.empty()), 1);
    }

    @Test
    void anEnforcedInstanceIsOneLine() {
        assertThat(of(State.IN_FORCE, FINE))
                .containsExactly(Diagnosis.ok("web@main", "enforced on 1 cgroup, generation 3"));
        assertThat(of(State.IN_FORCE, FINE, FINE).get(0).text()).isEqualTo("enforced on 2 cgroups, generation 3");
    }

    @Test
    void missingEnforcementIsAProblemWithAHelp() {
        At removed = new At(7, "id 7", true, List.of(), List.of());
        At severed = new At(2, "/cg/b", false, List.of("connect4"), List.of("connect6", "bind4"));
        At overridden = new At(
                3,
                "/cg/c",
                false,
                List.of("connect4"),
                List.of(),
                List.of("program x"),
                List.of("program y"),
                Optional.empty(),
                Optional.empty());
        List<Diagnosis> found = of(State.IN_FORCE, FINE, removed, severed, overridden);
        assertThat(found)
                .extracting(Diagnosis::level)
                .containsExactly(Level.PROBLEM, Level.PROBLEM, Level.PROBLEM, Level.OK);
        assertThat(found)
                .extracting(Diagnosis::text)
                .satisfiesExactly(
                        text -> assertThat(text).startsWith("id 7 was removed"),
                        text -> assertThat(text).isEqualTo("another process detached connect6 bind4 of /cg/b"),
                        text -> assertThat(text).isEqualTo("program x"),
                        text -> assertThat(text).isEqualTo("accepted: program y"));
        assertThat(found.subList(0, 3))
                .allSatisfy(each -> assertThat(each.help()).isNotEmpty());
    }

    @Test
    void monitorModeAndUnknownCgroupsAreWarnings() {
        At unknown = new At(
                5,
                "id 5",
                false,
                List.of(),
                List.of("device"),
                List.of(),
                List.of(),
                Optional.of("no capability"),
                Optional.empty());
        InstanceStatus monitored = new InstanceStatus(
                NAME,
                3,
                State.IN_FORCE,
                List.of(FINE, unknown),
                Optional.of(new InstanceStatus.Monitored(OptionalLong.of(90), "a\nlook")));
        assertThat(InstanceHealth.of(monitored, 1)).allSatisfy(each -> {
            assertThat(each.level()).isEqualTo(Level.WARNING);
            assertThat(each.help()).isNotEmpty();
        });
        assertThat(InstanceHealth.of(monitored, 1).get(0).text())
                .isEqualTo("monitored for another 90s, so nothing is denied (a\\x0alook)");
    }

    @Test
    void anInterruptedCommandNeedsRecover() {
        InstanceStatus between = new InstanceStatus(NAME, 3, State.BETWEEN, List.of(FINE), Optional.empty());
        assertThat(InstanceHealth.of(between, 2)).anySatisfy(each -> {
            assertThat(each.level()).isEqualTo(Level.WARNING);
            assertThat(each.help()).contains("ringwall recover");
        });
        assertThat(of(State.NOWHERE)).extracting(Diagnosis::level).containsExactly(Level.PROBLEM);
        assertThat(InstanceHealth.of(InstanceStatus.unreadable(NAME, "odd pins"), 1))
                .singleElement()
                .satisfies(each -> assertThat(each.text()).contains("odd pins"));
    }
}
