// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** Containers of crun that are refused: it shows nothing of what a hook prints. */
@KernelTest
@ToolTest({"runc", "crun", "busybox", "perl"})
class RefusalsKernelTest {
    private static final String HOOK = "\"hooks\": {\"createRuntime\": [{\"path\": \"/usr/bin/ringwall\", \"args\":"
            + " [\"ringwall\", \"oci-hook\"%s]}]}, \"annotations\": {\"org.ringwall.%s\": \"%s\"}";

    @TempDir
    private Path dir = Path.of("");

    private ContainerHost host;

    @BeforeEach
    void start() {
        host = ContainerHost.make(dir, Map.of());
        host.succeeds("mkdir -p /var/log/ringwall && mount -t tmpfs tmpfs /var/log/ringwall");
        host.apply("web", DockerKernelTest.POLICY);
    }

    @AfterEach
    void end() {
        host.close();
    }

    private void assertRefused(String id, String options, String key, String policy, String line) throws IOException {
        Path bundle = dir.resolve(id);
        ContainerHost.bundle(bundle, "", "true");
        Path config = bundle.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace(
                                "\"annotations\": {\"org.ringwall.policy\": \"web\"}",
                                HOOK.formatted(options, key, policy)));
        Command run = host.run("unset RINGWALL_JOURNAL; crun run --bundle " + bundle + " " + id);
        assertThat(run.status()).isNotZero();
        String journal = host.succeeds("unset RINGWALL_JOURNAL; ringwall journal");
        assertThat(journal.lines().filter(each -> each.contains("container " + id + ": ")))
                .singleElement()
                .asString()
                .contains(line);
    }

    @Test
    void theJournalHasTheReason() throws IOException {
        assertRefused("absent", "", "policy", "none", " none@main container absent: refused: there is no `none@main`");
        assertRefused("malformed", "", "policy", "../web", "refused: `../web` is not a valid name of a policy");
        assertRefused(
                "empty", "", "policy", "", "refused: the container `empty` has no annotation org.ringwall.policy");
        assertRefused("misspelled", "", "polcy", "web", "refused: `org.ringwall.polcy` is not an annotation");
        // The agent writes the line for its client.
        host.succeeds("unset RINGWALL_JOURNAL; sh -c 'echo $$ >agent.pid; exec ringwall agent' </dev/null >agent.out"
                + " 2>&1 &");
        host.await("grep -F 'serving commands' agent.out");
        assertRefused("agent", "", "policy", "none", "refused: there is no `none@main` on this host");
        // A Java that cannot be started shows that the client needs none.
        assertThat(host.run("echo '{\"id\":\"s\",\"status\":\"stopped\"}' | JAVA_HOME=/nowhere ringwall oci-hook"
                                + " absent")
                        .output())
                .contains("absent@main")
                .doesNotContain("/nowhere");
        host.killAgent();
        host.run(
                "echo '{\"id\":\"r\",\"status\":\"created\"}' | env -i PATH=/usr/bin:/bin ringwall oci-hook --agent required");
        assertThat(host.succeeds("unset RINGWALL_JOURNAL; ringwall journal"))
                .contains("refused: the agent at `/run/ringwall-agent/agent.sock` does not answer: ");
        // What a runtime that has ended a container reports is no refusal.
        host.run("echo '{\"id\":\"s\",\"status\":\"stopped\"}' | env -i PATH=/usr/bin:/bin ringwall oci-hook none");
        assertThat(host.succeeds("unset RINGWALL_JOURNAL; ringwall journal")).doesNotContain("oci-hook none");
    }
}
