// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.state.Caller;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.LocalRegistry;
import org.ringwall.testkit.ToolTest;

/**
 * Bundles that a registry has stored come into force, and only signed ones once a key is trusted.
 */
@KernelTest
@ToolTest(LocalRegistry.PROGRAM)
class PulledBundleKernelTest extends TrustingHost {
    private static final long EPERM = 1;
    private static final long ECONNREFUSED = 111;

    private final Caller caller = Caller.in(cgroup.path());

    @AfterEach
    void clean() {
        caller.close();
    }

    private long connect(int port) {
        return caller.connectTcp("127.0.0.1:" + port);
    }

    @Test
    void aPulledBundleComesIntoForce() throws IOException {
        Files.writeString(
                folder.resolve("web.wall"), "policy web\negress { deny if remote.port == 9; default allow }\n");
        ringwallc(0, "bundle", path("web.wall"), "-o", path("web.wallpack"), "--version", "7");
        ringwallc(0, "keygen", "--out", path("key"));
        ringwallc(0, "keygen", "--out", path("ci"), "--algorithm", "p256");
        try (LocalRegistry registry = LocalRegistry.start(folder)) {
            String plain = registry.address() + "/acme/web:plain";
            String signed = registry.address() + "/acme/web:7";
            ringwallc(0, "push", path("web.wallpack"), plain);
            ringwallc(0, "sign", path("web.wallpack"), "--key", path("key.pem"));
            ringwallc(0, "push", path("web.wallpack"), signed, "--sign", path("ci.pem"));
            ringwallc(0, "pull", plain, "-o", path("plain.wallpack"));
            ringwallc(0, "pull", signed, "-o", path("signed.wallpack"), "--public-key", path("ci.pub"));
        }
        String place = cgroup.path().toString();
        assertThat(List.of(connect(9), connect(10))).containsExactly(ECONNREFUSED, ECONNREFUSED);
        typed(0, "trust", "add", path("key.pub"));
        assertThat(typed(3, "apply", path("plain.wallpack"), "--cgroup", place)).contains("it is not signed");
        assertThat(List.of(connect(9), connect(10))).containsExactly(ECONNREFUSED, ECONNREFUSED);
        assertThat(typed(0, "apply", path("signed.wallpack"), "--cgroup", place))
                .startsWith("web@main: in force, generation 1");
        assertThat(List.of(connect(9), connect(10))).containsExactly(EPERM, ECONNREFUSED);
    }
}
