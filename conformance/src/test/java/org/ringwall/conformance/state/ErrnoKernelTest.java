// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that the caller sees the errno of the first denial: that of the inner cgroup, whose
 * programs run first.
 */
@KernelTest
class ErrnoKernelTest {
    private static final long EPERM = 1;
    private static final long EACCES = 13;

    private final ChildCgroup outer = ChildCgroup.make();
    private final ChildCgroup inner = outer.child();
    private final Caller caller = Caller.in(inner.path());

    @BeforeEach
    void choosesErrnos() {
        RunningKernel.needs(6, 1, "choice of errno");
    }

    @AfterEach
    void clean() {
        caller.close();
        inner.close();
        outer.close();
    }

    private static String policy(String name, String denial, int port) {
        return """
                policy %s
                requires kernel 6.1

                on connect4 {
                  %s if remote.port == %d or remote.port == 25
                  default allow
                }
                """.formatted(name, denial, port);
    }

    private long connect(int port) {
        long fd = caller.udp(4);
        long errno = caller.connect(fd, "127.0.0.1:" + port);
        caller.close(fd);
        return errno;
    }

    /** The inner policy alone denies port 24, the outer one alone port 26, and both port 25. */
    private void denies(String within, long first, String around, long later) {
        try (InForce nearer = InForce.on(inner, policy("nearer", within, 24));
                InForce farther = InForce.on(outer, policy("farther", around, 26))) {
            assertThat(connect(23)).as("allowed by both").isZero();
            assertThat(connect(24)).as("denied by the inner one").isEqualTo(first);
            assertThat(connect(26)).as("denied by the outer one").isEqualTo(later);
            assertThat(connect(25)).as("denied by both").isEqualTo(first);
        }
    }

    @Test
    void aPlainDenialStaysEperm() {
        denies("deny", EPERM, "deny EACCES", EACCES);
    }

    @Test
    void aChosenErrnoStaysBeforeAPlainDenial() {
        denies("deny EACCES", EACCES, "deny", EPERM);
    }
}
