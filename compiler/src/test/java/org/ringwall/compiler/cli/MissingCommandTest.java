// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of the commands of the module {@code registry}, which is not on this class path. */
final class MissingCommandTest {
    @ParameterizedTest
    @ValueSource(strings = {"push", "pull"})
    void theMissingModuleIsNamed(String name) {
        Run run = Run.of(name, "web.wallpack", "localhost:5000/web:7", "--sign", "key.pem", "--insecure");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("error: `" + name + "` needs the module `registry`, which is not on the class path\n")
                .contains("  = help: run bin/ringwallc");
    }

    @Test
    void theHelpListsThem() {
        assertThat(Run.of("--help").out())
                .containsPattern("push +store a bundle in an OCI registry")
                .containsPattern("pull +get a bundle from an OCI registry");
    }
}
