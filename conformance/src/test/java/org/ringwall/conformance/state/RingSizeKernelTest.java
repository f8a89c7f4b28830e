// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.InputException;
import org.ringwall.testkit.KernelTest;

/** A test that the ring has the size that the policy declares, unless the user chooses another. */
@KernelTest
class RingSizeKernelTest {
    private static final String USUAL = "policy sized\negress { deny if remote.port == 23 { log }; default allow }\n";

    /** More records than the usual ring has room for. */
    private static final int MANY = 5_000;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Caller caller = Caller.in(cgroup.path());

    @AfterEach
    void clean() {
        caller.close();
        cgroup.close();
    }

    private static String declared(String size) {
        return USUAL.replace("policy sized", "policy sized\nlog ring " + size);
    }

    private void deny(int times) {
        long fd = caller.udp(4);
        for (int i = 0; i < times; i++) {
            assertThat(caller.connect(fd, "127.0.0.1:23")).isEqualTo(1);
        }
        caller.close(fd);
    }

    @Test
    void theDeclaredSizeIsThatOfTheRing() {
        try (InForce force = InForce.on(cgroup, declared("1M"))) {
            assertThat(force.ringBytes()).isEqualTo(1 << 20);
            deny(MANY);
            assertThat(force.records()).hasSize(MANY);
        }
        try (InForce force = InForce.on(cgroup, USUAL)) {
            assertThat(force.ringBytes()).isEqualTo(256 << 10);
            deny(MANY);
            try (Events events = force.events()) {
                int read = InForce.drain(events).size();
                assertThat(events.newlyLost().longValueExact()).isPositive().isEqualTo(MANY - read);
            }
        }
    }

    @Test
    void theUsersChoiceWinsOverThePolicy() {
        try (InForce force = InForce.on(cgroup, USUAL)) {
            force.upgradeWithRing(declared("1M"), 2 << 20);
            assertThat(force.ringBytes()).isEqualTo(2 << 20);
            force.upgrade(USUAL);
            assertThat(force.ringBytes())
                    .as("a version without a size keeps the ring")
                    .isEqualTo(2 << 20);
            force.upgrade(declared("128K"));
            assertThat(force.ringBytes()).isEqualTo(128 << 10);
        }
    }

    @Test
    void unreadRecordsAreNotDiscardedForADeclaredSize() {
        try (InForce force = InForce.on(cgroup, USUAL)) {
            deny(1);
            assertThatThrownBy(() -> force.upgrade(declared("1M")))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("records that have not been read");
            assertThat(force.ringBytes()).isEqualTo(256 << 10);
            List<Events.Explained> records = force.records();
            assertThat(records).hasSize(1);
            force.upgrade(declared("1M"));
            assertThat(force.ringBytes()).isEqualTo(1 << 20);
        }
    }
}
