// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.cli.Ringwallc;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.conformance.state.Caller;
import org.ringwall.loader.trust.TrustFiles;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.LocalRegistry;
import org.ringwall.testkit.ToolTest;

/**
 * Bundles that a registry has stored come into force, and only signed ones once a key is trusted.
 */
@KernelTest
@ToolTest(LocalRegistry.PROGRAM)
class PulledBundleKernelTest {
    private static final long EPERM = 1;
    private static final long ECONNREFUSED = 111;

    @TempDir
    private Path folder = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Caller caller = Caller.in(cgroup.path());
    private TypedCommands commands = new TypedCommands();

    @AfterEach
    void clean() {
        caller.close();
        commands.remove("web@main");
        cgroup.close();
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private static void ringwallc(String... words) {
        StringWriter err = new StringWriter();
        int code = Ringwallc.run(new PrintWriter(new StringWriter()), new PrintWriter(err), words);
        assertThat(code).as(err.toString()).isZero();
    }

    private String typed(int code, String... words) {
        TypedCommands.Said said = commands.type(List.of(words));
        assertThat(said.code()).as(said.text()).isEqualTo(code);
        return said.text();
    }

    private long connect(int port) {
        long fd = caller.tcp(4);
        long errno = caller.connect(fd, "127.0.0.1:" + port);
        caller.close(fd);
        return errno;
    }

    @Test
    void aPulledBundleComesIntoForce() throws IOException {
        commands = new TypedCommands(TrustFiles.below(folder));
        Files.writeString(
                folder.resolve("web.wall"), "policy web\negress { deny if remote.port == 9; default allow }\n");
        ringwallc("bundle", path("web.wall"), "-o", path("web.wallpack"), "--version", "7");
        ringwallc("keygen", "--out", path("key"));
        ringwallc("keygen", "--out", path("ci"), "--algorithm", "p256");
        try (LocalRegistry registry = LocalRegistry.start(folder)) {
            String plain = registry.address() + "/acme/web:plain";
            String signed = registry.address() + "/acme/web:7";
            ringwallc("push", path("web.wallpack"), plain);
            ringwallc("sign", path("web.wallpack"), "--key", path("key.pem"));
            ringwallc("push", path("web.wallpack"), signed, "--sign", path("ci.pem"));
            ringwallc("pull", plain, "-o", path("plain.wallpack"));
            ringwallc("pull", signed, "-o", path("signed.wallpack"), "--public-key", path("ci.pub"));
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
