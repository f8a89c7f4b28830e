// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.cli.Ringwallc;

final class CheckMojoTest {
    private static final String TWICE = """
        policy twice
        egress {
          deny if uid == 1
          deny if uid == 1
          default allow
        }
        test "t" { connect tcp 192.0.2.1:80 as uid 1 => deny }
        """;

    @TempDir
    private Path folder = Path.of("");

    private final RecordingLog log = new RecordingLog();
    private Project project = new Project(Path.of(""), log);

    @BeforeEach
    void begin() {
        project = new Project(folder, log);
    }

    private CheckMojo check(String parameter, Object value) {
        CheckMojo goal = project.goal(new CheckMojo());
        Parameters.set(goal, parameter, value);
        return goal;
    }

    private String place(int line, int column) {
        return project.sources().resolve("twice.wall") + ":[" + line + "," + column + "] ";
    }

    @Test
    void reportsWarningsAndPassesWithoutRequirements() throws Exception {
        project.policy("twice.wall", TWICE);
        project.goal(new CheckMojo()).execute();
        assertThat(log.of("warn"))
                .singleElement()
                .asString()
                .startsWith(place(4, 3))
                .contains("[W0701]");
        assertThat(log.of("info")).containsExactly("1 policy checked");
        project.goal(new CheckMojo()).execute();
        assertThat(log.of("info")).last().isEqualTo("1 policy checked - up to date");
        assertThat(log.of("warn"))
                .as("the warning is repeated in the next build")
                .hasSize(2);
    }

    @Test
    void treatsWarningsAsErrors() throws Exception {
        project.policy("twice.wall", TWICE);
        assertThatThrownBy(check("werror", true)::execute).hasMessage("1 of 1 policies have errors, see above");
        assertThat(log.of("error")).hasSize(2);
        assertThat(log.of("error").get(0)).startsWith(place(4, 3)).contains("[W0701]");
        assertThat(log.of("error").get(1)).contains("1 warning, which werror treats as errors");
    }

    @Test
    void requiresThatEveryRuleIsTested() throws Exception {
        project.policy("twice.wall", TWICE);
        assertThatThrownBy(check("requireTested", true)::execute).hasMessageContaining("1 of 1 policies");
        assertThat(log.of("error"))
                .containsExactly(
                        place(4, 3) + "no test matches the rule `deny if uid == 1`; write a line of a test that does",
                        place(5, 3) + "no test matches the rule `default allow`; write a line of a test that does");
        project.policy(
                "twice.wall",
                TWICE.replace("  deny if uid == 1\n  deny", "  deny")
                        .replace("=> deny }", "=> deny; connect tcp 192.0.2.1:80 => allow }"));
        check("requireTested", true).execute();
    }

    @Test
    void requiresThatBlocksAreCovered() throws Exception {
        project.policy("twice.wall", TWICE);
        assertThatThrownBy(check("requireCovered", List.of("egress"))::execute)
                .hasMessage("1 of 1 policies have errors, see above");
        assertThat(log.of("error"))
                .singleElement()
                .asString()
                .startsWith(place(1, 1) + "`egress` is not covered")
                .contains("raw-send");
        assertThatThrownBy(check("requireCovered", List.of("egres"))::execute)
                .hasMessage("requireCovered: there is no block `egres`; did you mean `egress`?");
    }

    @Test
    void comparesReachWithAcceptedReports() throws Exception {
        project.policy("net/mail.wall", "policy mail\negress { deny if remote.port == 25; default allow }\n");
        File reports = folder.resolve("src/main/reach").toFile();
        Path report = folder.resolve("src/main/reach/net/mail.txt");
        assertThatThrownBy(check("reachReports", reports)::execute).hasMessageContaining("1 of 1 policies");
        assertThat(log.of("error"))
                .singleElement()
                .asString()
                .startsWith(project.sources().resolve("net/mail.wall") + ":[1,1] there is no reach report `" + report);
        CheckMojo update = check("reachReports", reports);
        Parameters.set(update, "updateReach", true);
        update.execute();
        StringWriter printed = new StringWriter();
        Path policy = project.sources().resolve("net/mail.wall");
        Ringwallc.run(new PrintWriter(printed), new PrintWriter(new StringWriter()), "reach", policy.toString());
        assertThat(report).hasContent(printed.toString());
        check("reachReports", reports).execute();
        Files.writeString(report, Files.readString(report).replace("\n", "\r\n"));
        check("reachReports", reports).execute();

        project.policy("net/mail.wall", "policy mail\negress { deny if remote.port == 26; default allow }\n");
        assertThatThrownBy(check("reachReports", reports)::execute).hasMessageContaining("1 of 1 policies");
        assertThat(log.of("error"))
                .last()
                .asString()
                .startsWith(report + ":[3,1] the reach of the policy has changed\n- ")
                .contains("\n+ ", "port any but 26", "accept it with -Dringwall.updateReach");
        Files.writeString(report, "something else\n");
        project.policy("net/mail.wall", "policy mail\negress { deny if remote.port == 25; default allow }\n");
        assertThatThrownBy(check("reachReports", reports)::execute)
                .as("the report alone has changed")
                .hasMessageContaining("1 of 1 policies");
        assertThatThrownBy(check("updateReach", true)::execute)
                .hasMessageContaining("set reachReports to their folder");
    }

    @Test
    void checksAFailedRequirementAgain() throws Exception {
        project.policy("twice.wall", TWICE);
        project.goal(new CheckMojo()).execute();
        assertThatThrownBy(check("werror", true)::execute).hasMessageContaining("policies have errors");
        assertThatThrownBy(check("werror", true)::execute).hasMessageContaining("policies have errors");
    }
}
