// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A test of probes on the command line and of policies from standard input. */
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

    @Test
    void whyRefusesAnEmptyProbeAndOneOfTwoLines() throws IOException {
        String policy = file("web.wall", POLICY);
        for (String probe : List.of(" ", "connect tcp 1.1.1.1:1\nconnect tcp 1.1.1.1:2")) {
            Run run = Run.of("why", policy, probe);
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err()).startsWith("error: a probe is one line of words\n  = help: write one such as");
        }
    }

    @Test
    void everyCommandReadsAPolicyFromStandardInput() {
        String policy = "policy web\negress { default deny }\ntest \"no\" { connect tcp 192.0.2.1:1 => deny }\n";
        String object = folder.resolve("in.o").toString();
        assertThat(with(policy, "check", "-").out()).isEqualTo("<stdin>: fine" + System.lineSeparator());
        assertThat(with(policy, "test", "-").out()).contains("1 passed, 0 failed");
        assertThat(with(policy, "test", "-", "--json").out()).contains("\"tests\":[{\"file\":\"<stdin>\"");
        assertThat(with(policy, "compile", "-", "-o", object).code()).isZero();
        assertThat(with(policy, "why", "-", "connect", "tcp", "192.0.2.1:1").out())
                .contains("<stdin>:2: default deny");
        assertThat(with(policy, "reach", "-", "--json").out()).contains("\"file\":\"<stdin>\",\"line\":2");
        assertThat(with(policy, "explain", "-").code()).isZero();
        String wrong = "policy web\negress { allow if prt == 1; default deny }\n";
        for (List<String> command :
                List.of(List.of("check"), List.of("test"), List.of("compile", "-o", object + ".none"))) {
            List<String> words = new ArrayList<>(command);
            words.addAll(List.of("--json", "-"));
            Run run = with(wrong, words.toArray(String[]::new));
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err()).isEmpty();
            assertThat(run.out())
                    .startsWith("{\"diagnostics\":[{\"severity\":\"error\",\"code\":\"E0308\",\"message\":\"there is no"
                            + " field `prt`\",\"file\":\"<stdin>\",\"range\":{\"start\":{\"line\":2,\"column\":19},"
                            + "\"end\":{\"line\":2,\"column\":22}},\"help\":\"write one of ");
        }
        Run twice = with(policy, "check", "-", "-");
        assertThat(twice.code()).isEqualTo(1);
        assertThat(twice.err()).contains("standard input was already read", "= help: write `-` once");
        Run deps = with(policy, "compile", "-", "-o", object, "--deps", object + ".d");
        assertThat(deps.code()).isEqualTo(1);
        assertThat(deps.err()).contains("`--deps` needs the name of the policy", "= help: save the policy as a file");
    }

    private static Run with(String input, String... arguments) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            return Run.of(arguments);
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void jsonOfCheckListsUncoveredBlocks() throws IOException {
        String policy = file("web.wall", POLICY);
        Run run = Run.of("check", policy, "--json", "--require-covered", "egress");
        assertThat(run.code()).isEqualTo(4);
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("\"uncovered\":[{\"file\":\"" + policy + "\",\"text\":\"`egress` is not covered: 3 bypasses");
    }
}
