// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.ToolTest;

/** The alert rules of samples/metrics, checked and tested by Prometheus's own tool. */
@ToolTest("promtool")
class AlertRulesTest {
    private static final Path SAMPLES = GoldenCase.projectRoot().resolve("samples/metrics");
    private static final String ALERTS = "alerts.yml";
    private static final String TESTS = "alerts_test.yml";

    @TempDir
    private Path dir = Path.of("");

    private Command promtool(String... words) throws IOException {
        for (String file : List.of(ALERTS, TESTS, "prometheus.yml")) {
            Path copy = dir.resolve(file);
            if (!Files.exists(copy)) {
                Files.copy(SAMPLES.resolve(file), copy);
            }
        }
        ProcessBuilder builder = new ProcessBuilder();
        builder.command().add("promtool");
        builder.command().addAll(List.of(words));
        return Command.run(dir, builder);
    }

    @Test
    void promtoolAcceptsRulesAndConfiguration() throws IOException {
        assertThat(promtool("check", "rules", ALERTS).succeeded()).contains("SUCCESS: 7 rules found");
        assertThat(promtool("check", "config", "prometheus.yml").succeeded()).contains("SUCCESS");
    }

    @Test
    void everyAlertFiresWhenItShould() throws IOException {
        assertThat(promtool("test", "rules", TESTS).succeeded()).contains("SUCCESS");
        String tests = Files.readString(SAMPLES.resolve(TESTS));
        List<String> names = Pattern.compile("- alert: (\\w+)")
                .matcher(Files.readString(SAMPLES.resolve(ALERTS)))
                .results()
                .map(result -> result.group(1))
                .toList();
        assertThat(names).hasSize(7).allSatisfy(name -> assertThat(tests).contains("alertname: " + name));
    }

    /** Without any one condition of the rules, a test of them fails. */
    @Test
    void theTestsFindEveryChange() throws IOException {
        String alerts = Files.readString(SAMPLES.resolve(ALERTS));
        List<MatchResult> settings = Pattern.compile("(?m)^ {8}(?:for: .*\\n|expr: .* ([<>=]+ [0-9.]+)$)")
                .matcher(alerts)
                .results()
                .toList();
        assertThat(settings).hasSizeGreaterThan(10);
        for (MatchResult setting : settings) {
            boolean condition = setting.group(1) != null;
            String changed = condition
                    ? alerts.substring(0, setting.start(1)) + ">= 1e9" + alerts.substring(setting.end(1))
                    : alerts.substring(0, setting.start()) + alerts.substring(setting.end());
            promtool("check", "rules", ALERTS);
            Files.writeString(dir.resolve(ALERTS), changed);
            assertThat(promtool("test", "rules", TESTS).status())
                    .as(setting.group())
                    .isPositive();
        }
    }
}
