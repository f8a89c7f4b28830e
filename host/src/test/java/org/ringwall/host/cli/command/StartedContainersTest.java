// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.ringwall.host.cli.command.StartedContainers.Leaving;

class StartedContainersTest {
    private static final long LATER = Duration.ofHours(1).toNanos();

    private final StartedContainers started = new StartedContainers();

    @Test
    void eachPolicyOfAContainerForgetsItsCgroupOnce() {
        started.started("c", 7, "web@main");
        started.started("c", 7, "db@main");
        started.started("d", 8, "web@main");
        assertThat(started.ended("c", "web@main", LATER)).hasValue(7);
        assertThat(started.ended("c", "web@main", LATER)).isEmpty();
        assertThat(started.ended("c", "db@main", LATER)).hasValue(7);
        assertThat(started.leaving(0))
                .containsExactlyInAnyOrder(new Leaving("web@main", 7, LATER), new Leaving("db@main", 7, LATER));
        started.forgotten(new Leaving("web@main", 7, LATER));
        assertThat(started.leaving(0)).containsExactly(new Leaving("db@main", 7, LATER));
        assertThat(started.leaving(LATER + 1)).isEmpty();
    }

    @Test
    void aContainerThatIsStartedAgainHasItsNewCgroup() {
        started.started("c", 7, "web@main");
        started.started("c", 9, "db@main");
        assertThat(started.ended("c", "web@main", LATER)).isEmpty();
        assertThat(started.ended("c", "db@main", LATER)).hasValue(9);
    }

    @Test
    void theEndOfAContainerThatIsNotKnownIsNoticed() {
        started.started("c", 7, "web@main");
        started.ended("c", "web@main", LATER);
        assertThat(started.unknownEnded(LATER)).isFalse();
        assertThat(started.ended("other", "web@main", LATER)).isEmpty();
        assertThat(started.unknownEnded(LATER)).isTrue();
    }

    @Test
    void aContainerWhoseEndWasNeverReportedIsDropped() {
        started.started("c", 7, "web@main");
        started.started("d", 8, "web@main");
        started.dropEnded(cgroup -> cgroup == 7);
        assertThat(started.ended("c", "web@main", LATER)).isEmpty();
        assertThat(started.ended("d", "web@main", LATER)).hasValue(8);
    }
}
