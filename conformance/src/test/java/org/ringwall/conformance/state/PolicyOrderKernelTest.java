// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.HostException;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of several policies on one cgroup: which of them sees another's writes, also after an
 * upgrade.
 */
@KernelTest
class PolicyOrderKernelTest {
    private static final long EPERM = 1;
    private static final long EACCES = 13;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_TYPE = 3;
    private static final String MESH = """
            policy mesh
            egress {
              redirect 127.0.0.1:4000 if remote.ip == 192.0.2.1
              redirect [::1]:4000 if remote.ip == 2001:db8::1
              default allow
            }
            """;
    private static final String MESH_OF_V4 = """
            policy mesh
            on connect4 { redirect 127.0.0.1:4000 if remote.ip == 192.0.2.1; default allow }
            """;
    private static final String GUARD = """
            policy guard
            egress { deny if remote.port == 4000; default allow }
            """;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Caller caller = Caller.in(cgroup.path());

    @AfterEach
    void clean() {
        caller.close();
        cgroup.close();
    }

    private long connect(String to) {
        return caller.connectTcp(to);
    }

    @Test
    void aGuardDeniesTheTargetAfterTheRedirectorsUpgrade() {
        caller.listener(caller.tcp(4), "127.0.0.1:4000");
        try (InForce mesh = InForce.on(cgroup, MESH);
                InForce guard = InForce.on(cgroup, GUARD)) {
            assertThat(connect("192.0.2.1:80")).as("the guard sees the target").isEqualTo(EPERM);
            if (mesh.ordered()) {
                mesh.upgrade(MESH);
                assertThat(connect("192.0.2.1:80")).as("after the upgrade").isEqualTo(EPERM);
                return;
            }
            assertThatThrownBy(() -> mesh.upgrade(MESH))
                    .isInstanceOfSatisfying(
                            HostException.class,
                            refused -> assertThat(refused.help())
                                    .isEqualTo(
                                            "accept the new order with --allow-reorder; then apply `guard@test` again"
                                                    + " in the same way"))
                    .hasMessage("the new version would run after `guard@test` at connect4 of `" + cgroup.cgroup()
                            + "`, not before it as now, because this kernel can attach programs only at the end, and `mesh@test`"
                            + " redirects or assigns there");
            assertThat(connect("192.0.2.1:80"))
                    .as("what is refused changes nothing")
                    .isEqualTo(EPERM);
            mesh.upgradeWith(MESH, ApplyChoice.ALLOW_REORDER);
            assertThat(connect("192.0.2.1:80")).as("another order, as accepted").isZero();
            assertThatThrownBy(() -> guard.upgrade(GUARD))
                    .as("the redirector runs after it")
                    .isInstanceOf(HostException.class)
                    .hasMessageEndingWith("and `mesh@test` redirects or assigns there");
            guard.upgradeWith(GUARD, ApplyChoice.ALLOW_REORDER);
            assertThat(connect("192.0.2.1:80")).as("what the help said").isEqualTo(EPERM);
        }
    }

    @Test
    void aHookAddedByAnUpgradeKeepsThePolicyOrder() {
        caller.listener(caller.tcp(6), "[::1]:4000");
        try (InForce mesh = InForce.on(cgroup, MESH_OF_V4);
                InForce guard = InForce.on(cgroup, GUARD)) {
            assertThat(connect("[2001:db8::1]:80")).as("not redirected").isNotIn(0L, EPERM);
            if (!mesh.ordered()) {
                assertThatThrownBy(() -> mesh.upgrade(MESH))
                        .as("the policy %s", guard)
                        .isInstanceOf(HostException.class)
                        .hasMessageContaining("`guard@test`");
                return;
            }
            mesh.upgrade(MESH);
            assertThat(connect("[2001:db8::1]:80")).isEqualTo(EPERM);
            mesh.upgrade(MESH_OF_V4);
            mesh.upgrade(MESH);
            assertThat(connect("[2001:db8::1]:80"))
                    .as("taken away and added again")
                    .isEqualTo(EPERM);
            assertThat(connect("192.0.2.1:80")).isEqualTo(EPERM);
        }
    }

    @Test
    void noRequestPassesTheGuardWhileTheRedirectorIsUpgraded() throws InterruptedException {
        try (InForce mesh = InForce.on(cgroup, MESH);
                InForce guard = InForce.on(cgroup, GUARD)) {
            if (!mesh.ordered()) {
                return;
            }
            AtomicBoolean done = new AtomicBoolean();
            Thread upgrades = new Thread(() -> {
                for (int i = 0; i < 10; i++) {
                    mesh.upgrade(MESH);
                    guard.upgrade(GUARD);
                }
                done.set(true);
            });
            upgrades.start();
            long made = 0;
            while (upgrades.isAlive()) {
                Caller.Tally tally = caller.fresh(500, "192.0.2.1:80");
                assertThat(tally.succeeded()).isZero();
                made += tally.denied();
            }
            upgrades.join();
            assertThat(done).as("no upgrade failed").isTrue();
            assertThat(made).isPositive();
        }
    }

    @Test
    void anUpgradeReportsThePolicyOrder() {
        try (InForce mesh = InForce.on(cgroup, MESH);
                InForce guard = InForce.on(cgroup, GUARD)) {
            String hooks = "connect4 connect6 sendmsg4 sendmsg6 of `" + cgroup.cgroup() + "`; ";
            assertThat(guard.upgradeWith(GUARD))
                    .containsExactly("`mesh@test` runs before this policy at " + hooks
                            + "this policy sees the requests after its redirects and assignments");
            if (mesh.ordered()) {
                assertThat(mesh.upgradeWith(MESH))
                        .containsExactly("`guard@test` runs after this policy at " + hooks
                                + "it sees the requests after this policy's redirects and assignments");
            }
        }
    }

    /** SO_TYPE, which the kernel knows, and an option that it does not know. */
    @Test
    void aDeniedOptionIsNotTurnedIntoSuccess() {
        String guard = "policy reader\nsockopt { deny if read and option in { SO_TYPE, 1:9999 }; default allow }";
        String answers = "policy answers\non getsockopt { when optlen >= 0 { assign retval = 0 }; default allow }";
        long fd = caller.tcp(4);
        try (InForce before = InForce.on(cgroup, answers)) {
            assertThat(caller.option(fd, 9999)).as("%s alone", before).isZero();
        }
        try (InForce first = InForce.on(cgroup, guard);
                InForce second = InForce.on(cgroup, answers)) {
            assertThat(caller.option(fd, SO_TYPE)).as("%s, %s", first, second).isEqualTo(EPERM);
            assertThat(caller.option(fd, 9999)).isEqualTo(EPERM);
            assertThat(caller.option(fd, SO_REUSEADDR)).isZero();
            if (first.ordered()) {
                first.upgrade(guard.replace("default allow", "deny if option == SO_REUSEADDR; default allow"));
                assertThat(caller.option(fd, SO_REUSEADDR)).isEqualTo(EPERM);
                assertThat(caller.option(fd, 9999)).isEqualTo(EPERM);
            }
        }
    }

    @Test
    void onlyDenialsWithAPermissionErrnoAreKept() {
        RunningKernel.needs(6, 1, "a choice of errno");
        String answers = "policy answers\non getsockopt { when optlen >= 0 { assign retval = 0 }; default allow }";
        for (String errno : List.of("EACCES", "ENOENT")) {
            String guard = "policy reader\nrequires kernel 6.1\nsockopt { deny " + errno
                    + " if read and option == 1:9999; default allow }";
            long fd = caller.tcp(4);
            try (InForce first = InForce.on(cgroup, guard);
                    InForce second = InForce.on(cgroup, answers)) {
                assertThat(caller.option(fd, 9999))
                        .as("%s, %s", first, second)
                        .isEqualTo(errno.equals("EACCES") ? EACCES : 0);
            }
        }
    }

    @Test
    void policiesThatWriteNothingAreUpgradedOnEveryKernel() {
        String other = GUARD.replace("policy guard", "policy other").replace("4000", "4001");
        try (InForce first = InForce.on(cgroup, GUARD);
                InForce second = InForce.on(cgroup, other)) {
            first.upgrade(GUARD);
            second.upgrade(other);
            assertThat(connect("127.0.0.1:4000")).isEqualTo(EPERM);
            assertThat(connect("127.0.0.1:4001")).isEqualTo(EPERM);
        }
    }
}
