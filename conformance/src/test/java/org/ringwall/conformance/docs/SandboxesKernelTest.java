// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.systemd.SystemdMachine;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.ToolTest;

/**
 * A test of docs/sandboxes.md: runs its commands in a systemd that boots, where a server plays the
 * proxy.
 */
@KernelTest
@ToolTest({SystemdMachine.NSPAWN, "nsenter", "setpriv", "python3", "busybox", "systemd-run"})
class SandboxesKernelTest {
    private static final String PAGE = "docs/sandboxes.md";

    @TempDir
    private Path dir = Path.of("");

    @Test
    void everyCommandPrintsWhatThePageShows() throws IOException, InterruptedException {
        RunningKernel.needs(6, 9, "delegation of BPF");
        Document page = Document.of(PAGE);
        // Also an ordinary user reads what is in it.
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (SystemdMachine machine = SystemdMachine.boot(dir, Map.of(), List.of())) {
            machine.succeeds("systemd-run --quiet --unit proxy /usr/bin/python3 -m http.server 3128 --bind 127.0.0.1");
            machine.succeeds("until busybox nc -w 1 127.0.0.1 3128 </dev/null; do sleep 0.1; done");
            Path folder = Files.createDirectory(dir.resolve("page"));
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path agent = folder.resolve("agent.py");
            Files.writeString(agent, page.blocks("python", "").get(0));
            Files.setPosixFilePermissions(agent, PosixFilePermissions.fromString("rwxr-xr-x"));
            List<String> policies = page.blocks("wall", "");
            Files.writeString(folder.resolve("all.wall"), policies.get(1));
            List<String> shell = machine.words("cd " + folder + "; PATH=$PATH:"
                    + Document.root().resolve("bin") + "; sudo() { \"$@\"; }; eval \"$0\"");
            // The page has a second policy, which is not to replace the first one.
            ShellPage typed = new ShellPage(folder, "saved.wall", Map.of(), shell);
            Files.writeString(folder.resolve("agent.wall"), policies.get(0));
            assertThat(typed.run(PAGE, () -> {})).hasSize(16);
        }
    }
}
