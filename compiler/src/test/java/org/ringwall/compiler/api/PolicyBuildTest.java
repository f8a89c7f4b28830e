// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.report.RuleText;
import org.ringwall.compiler.report.TestReport;

/** A test of what build tools call: writing, coverage of rules, coverage of blocks. */
final class PolicyBuildTest {
    private static final String RULES = """
        policy rules
        egress {
          when remote.port == 443 { log }
          deny if remote.port == 25
          monitor deny if remote.port == 80
          deny if remote.port == 23
          default allow
        }
        test "two" {
          connect tcp 192.0.2.1:443 => allow
          connect tcp 192.0.2.1:25  => deny
        }
        test "one" { connect tcp 192.0.2.1:80 => deny }
        """;

    @TempDir
    private Path folder = Path.of("");

    private static Policy rules() {
        return Ringwall.compile("rules.wall", RULES, Options.DEFAULT).policy().orElseThrow();
    }

    @Test
    void reportsWhichRulesTheTestsMatch() {
        Set<RuleText> untested = new HashSet<>(rules().rules());
        assertThat(rules().rules()).extracting(RuleText::line).containsExactly(3, 4, 5, 6, 7);
        for (TestReport test : rules().test()) {
            test.cases().forEach(line -> untested.removeAll(line.matched()));
        }
        assertThat(untested).extracting(RuleText::text).containsExactly("deny if remote.port == 23");
    }

    @Test
    void socketCreationAloneMatchesNoAllowRule() {
        Policy policy =
                Ringwall.compile("a.wall", """
                    policy a
                    egress { allow if remote.port == 443; default deny }
                    test "t" { socket inet stream tcp => allow }
                    """, Options.DEFAULT).policy().orElseThrow();
        assertThat(policy.test().get(0).cases().get(0).matched()).isEmpty();
    }

    @Test
    void reportsEachTestAsItEnds() {
        List<String> names = new ArrayList<>();
        rules().test(report -> names.add(report.name() + " " + report.passed()));
        assertThat(names).containsExactly("two true", "one false");
        TestReport.Case line = rules().test().get(1).cases().get(0);
        assertThat(line.line()).isEqualTo(13);
        assertThat(line.column()).isEqualTo(14);
    }

    @Test
    void reportsBlocksThatAreNotCovered() {
        assertThat(rules().uncovered(List.of())).isEmpty();
        assertThat(rules().uncovered(List.of("egress", "devices")))
                .hasSize(2)
                .satisfies(texts -> assertThat(texts.get(0))
                        .startsWith("`egress` is not covered")
                        .contains("raw-send"))
                .satisfies(texts -> assertThat(texts.get(1)).contains("the policy has no such block"));
        assertThatThrownBy(() -> rules().uncovered(List.of("egres")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no block `egres`; did you mean `egress`?");
    }

    @Test
    void writesAnObjectAndOverwritesNoOtherFile() throws IOException {
        Files.writeString(folder.resolve("rules.wall"), RULES);
        Policy policy = Ringwall.compile(Path.of("rules.wall"), Options.DEFAULT.withBase(folder))
                .policy()
                .orElseThrow();
        Path object = folder.resolve("rules.o");
        policy.writeObject(object);
        policy.writeObject(object);
        assertThat(object).hasBinaryContent(policy.object());

        Path notes = Files.writeString(folder.resolve("notes"), "notes");
        assertThatThrownBy(() -> policy.writeObject(notes))
                .isInstanceOfSatisfying(RefusedFileException.class, refused -> {
                    assertThat(refused).hasMessage("the file exists and is not an ELF object");
                    assertThat(refused.help()).contains("write to another file");
                });
        Path link = Files.createLink(folder.resolve("link.o"), folder.resolve("rules.wall"));
        assertThatThrownBy(() -> policy.writeObject(link)).hasMessage("it is an input of the same compilation");
        assertThat(folder.resolve("rules.wall")).hasContent(RULES);
    }

    @Test
    void namesItsVersion() {
        assertThat(Ringwall.version()).matches("\\d+\\.\\d+\\.\\d+.*");
    }
}
