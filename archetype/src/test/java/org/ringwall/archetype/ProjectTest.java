// SPDX-License-Identifier: Apache-2.0
package org.ringwall.archetype;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.api.Ringwall;
import org.ringwall.compiler.report.TestReport;

/** A test of the policy that the archetype contains, before a project is generated. */
final class ProjectTest {
    private static final Path PROJECT = Path.of("src/main/resources/archetype-resources");

    private static Policy policy() throws Exception {
        return Ringwall.compile(Path.of("src/main/wall/agent.wall"), Options.DEFAULT.withBase(PROJECT.toAbsolutePath()))
                .policy()
                .orElseThrow();
    }

    @Test
    void policyPassesItsTestsAndClosesWhatItCan() throws Exception {
        assertThat(policy().test()).hasSize(5).allMatch(TestReport::passed);
        assertThat(policy().uncovered(List.of("egress", "sockets"))).isEmpty();
    }

    /** The catalogue of bypasses grows, and the report with it: run with -Dgolden.update=true. */
    @Test
    void acceptedReachIsThatOfThePolicy() throws Exception {
        Path report = PROJECT.resolve("src/main/reach/agent.txt");
        String reach = policy().reach().text(false);
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(report, reach);
        }
        assertThat(Files.readString(report)).isEqualTo(reach);
    }
}
