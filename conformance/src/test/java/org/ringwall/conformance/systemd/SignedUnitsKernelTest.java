// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.conformance.systemd.SystemdMachine.DENIED;
import static org.ringwall.conformance.systemd.SystemdMachine.REFUSED;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.cli.Ringwallc;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** Signed bundles that the units of the package put in force, in a systemd that boots. */
@KernelTest
@ToolTest({SystemdMachine.NSPAWN, "nsenter", "busybox"})
class SignedUnitsKernelTest {
    @TempDir
    private Path folder = Path.of("");

    private static void ringwallc(String... words) {
        StringWriter said = new StringWriter();
        PrintWriter to = new PrintWriter(said);
        assertThat(Ringwallc.run(to, to, words)).as(said.toString()).isZero();
    }

    /** Writes a signed bundle of a version that denies a port. */
    private void bundle(Path bundles, int version, int port) throws IOException {
        Path policy = bundles.resolve("web.wall");
        String file = bundles.resolve(version + ".wallpack").toString();
        Files.writeString(policy, "policy web\negress { deny if remote.port == " + port + "; default allow }\n");
        ringwallc("bundle", policy.toString(), "-o", file, "--name", "web", "--version", Integer.toString(version));
        ringwallc("sign", file, "--key", bundles.resolve("key.pem").toString());
    }

    @Test
    void unitsRecordTheVersionsThatTheyPutInForce() throws IOException {
        Path bundles = Files.createDirectory(folder.resolve("bundles"));
        ringwallc("keygen", "--out", bundles.resolve("key").toString());
        for (int version = 7; version <= 9; version++) {
            bundle(bundles, version, version);
        }
        Map<String, byte[]> files = Map.of(
                "etc/ringwall/policies.d/web.yaml",
                "policy: ../web.wallpack\nplaces: [unit: web.slice]\n".getBytes(StandardCharsets.UTF_8),
                "etc/systemd/system/web.slice",
                "[Slice]\n".getBytes(StandardCharsets.UTF_8),
                "etc/ringwall/web.wallpack",
                Files.readAllBytes(bundles.resolve("7.wallpack")));
        Path machines = Files.createDirectory(folder.resolve("machine"));
        for (String at : List.of("7.wallpack", "8.wallpack", "9.wallpack", "key.pub")) {
            Files.copy(bundles.resolve(at), machines.resolve(at));
        }
        try (SystemdMachine machine = SystemdMachine.boot(machines, files, List.of("test.target/web.slice"))) {
            machine.succeeds("rm -rf /var/lib/ringwall; ringwall trust add " + machines.resolve("key.pub"));
            for (int version = 7; version <= 9; version++) {
                machine.succeeds("cp " + machines.resolve(version + ".wallpack") + " /etc/ringwall/web.wallpack");
                // The first one applies the policy, and the second one a new version.
                machine.succeeds(
                        switch (version) {
                            case 7 -> "systemctl start ringwall-sync";
                            case 8 -> "systemctl reload ringwall-sync";
                            default -> "systemctl start ringwall-watch";
                        });
                machine.await("ringwall sync --check");
                assertThat(machine.connect("web.slice", version)).contains(DENIED);
                assertThat(machine.connect("web.slice", version + 1)).contains(REFUSED);
                machine.succeeds("grep '^web " + version + " [0-9a-f]*$' /var/lib/ringwall/versions");
            }
        }
    }
}
