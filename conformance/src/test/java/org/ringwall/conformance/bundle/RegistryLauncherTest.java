// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;

/** A test that bin/ringwallc finds the module of its commands for registries. */
final class RegistryLauncherTest {
    @TempDir
    private Path folder = Path.of("");

    private Command ringwallc(String... words) {
        List<String> all = new ArrayList<>();
        all.add(GoldenCase.projectRoot().resolve("bin/ringwallc").toString());
        all.addAll(List.of(words));
        return Command.run(folder, all);
    }

    @Test
    void theModuleIsOnTheClassPathOfItsCommands() {
        assumeTrue(
                Files.isDirectory(GoldenCase.projectRoot().resolve("registry/target/lib")),
                "the module registry has not been packaged");
        Command pull = ringwallc("pull", "localhost:1/web:7");
        assertThat(pull.output()).startsWith("error: cannot connect to `localhost:1`: connection refused\n");
        assertThat(pull.status()).isEqualTo(1);
        assertThat(ringwallc("push", "--help").succeeded()).contains("--sign=KEY.pem");
        assertThat(ringwallc("--help").succeeded()).containsPattern("push +store a bundle in an OCI registry");
    }
}
