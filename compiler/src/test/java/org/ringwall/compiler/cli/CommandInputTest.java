// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A test of probes on the command line. */
final class CommandInputTest {
    private static final String POLICY = "policy web\negress { allow if uid == 0; default deny }\n";

    @TempDir
    private Path folder = Path.of("");

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "connekt tcp 1.1.1.1:443 | 1 | 7 | `connekt` does not start an attempt",
                "connect tcp 1.1.1.300:443 | 13 | 9 | the octet `300` is out of range",
                "connect tcp 1.1.1.1:443 as uid bob | 32 | 3 | expected a value, found `bob`",
                "connect tcp 1.1.1.1:443 => deny | 25 | 7 | a probe has no verdict",
                "connect tcp | 12 | 1 | the probe ends too early",
                "connect tcp 1.1.1.1:443 } | 25 | 1 | `}` is not part of the probe",
                "connect tcp 1.1.1.1:443 with nothing = 5 | 30 | 7 | no param, live set or table is named",
            })
    void whyShowsTheMistakeInTheProbe(String probe, int column, int carets, String message) throws IOException {
        String policy = file("web.wall", POLICY);
        List<String> words = new ArrayList<>(List.of("why", policy));
        words.addAll(List.of(probe.split(" ")));
        Run run = Run.of(words.toArray(String[]::new));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains(
                        message,
                        " --> probe:1:" + column + "\n  |\n1 | " + probe + "\n  | " + " ".repeat(column - 1)
                                + "^".repeat(carets) + "\n")
                .doesNotContain("allow", "probe:2");
        assertThat(run.err().lines().filter(line -> line.startsWith("error["))).hasSize(1);
        assertThat(Run.of("why", policy, probe).err()).as("in one word").isEqualTo(run.err());
    }
}
