// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.maven.plugin.MojoFailureException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

final class TestMojoTest {
    private static final String MAIL = """
        policy mail
        egress {
          deny if remote.port == 25
          default allow
        }
        test "no \\"mail\\" & <none>" {
          connect tcp 192.0.2.1:25 => deny
          connect tcp 192.0.2.1:26 => deny
        }
        test "web" { connect tcp 192.0.2.1:80 => allow }
        """;
    private static final String GOOD = MAIL.replace("26 => deny", "26 => allow");

    @TempDir
    private Path folder = Path.of("");

    private RecordingLog log = new RecordingLog();
    private Project project = new Project(Path.of(""), log);

    @BeforeEach
    void begin() {
        newLog();
    }

    private void newLog() {
        log = new RecordingLog();
        project = new Project(folder, log);
    }

    private void test() throws Exception {
        project.goal(new TestMojo()).execute();
    }

    @Test
    void failsTheBuildAndNamesThePlace() throws Exception {
        project.policy("net/mail.wall", MAIL);
        assertThatThrownBy(this::test)
                .isInstanceOf(MojoFailureException.class)
                .hasMessage("There are test failures.\n\nPlease refer to " + project.reports()
                        + " for the individual test results.");
        assertThat(log.of("error"))
                .contains(project.sources().resolve("net/mail.wall")
                        + ":[8,3] test \"no \"mail\" & <none>\": `connect tcp 192.0.2.1:26`: expected deny with any"
                        + " errno, but was allow; line 4 decided: default allow")
                .anyMatch(line -> line.matches("Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed:"
                        + " \\d+\\.\\d{3} s <<< FAILURE! -- in mail"))
                .contains("Tests run: 2, Failures: 1, Errors: 0, Skipped: 0");
    }

    @Test
    void writesReportsInTheFormOfSurefire() throws Exception {
        project.policy("mail.wall", MAIL);
        assertThatThrownBy(this::test).isInstanceOf(MojoFailureException.class);
        Element suite = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(project.reports().resolve("TEST-mail.xml").toFile())
                .getDocumentElement();
        assertThat(suite.getTagName()).isEqualTo("testsuite");
        assertThat(List.of("name", "tests", "errors", "skipped", "failures"))
                .extracting(suite::getAttribute)
                .containsExactly("mail", "2", "0", "0", "1");
        assertThat(suite.getAttribute("time")).matches("\\d+\\.\\d{3}");
        List<Element> children = children(suite);
        assertThat(children)
                .as("the order of surefire-test-report.xsd")
                .extracting(Element::getTagName)
                .containsExactly("properties", "testcase", "testcase");
        Element wrong = children.get(1);
        assertThat(wrong.getAttribute("name")).isEqualTo("no \"mail\" & <none>");
        assertThat(wrong.getAttribute("classname")).isEqualTo("mail");
        assertThat(wrong.getAttribute("time")).matches("\\d+\\.\\d{3}");
        assertThat(children(wrong)).singleElement().satisfies(failure -> {
            assertThat(failure.getTagName()).isEqualTo("failure");
            assertThat(failure.getAttribute("type")).isEqualTo("verdict");
            assertThat(failure.getAttribute("message"))
                    .isEqualTo("connect tcp 192.0.2.1:26: expected deny with any errno, but was allow");
            assertThat(failure.getTextContent()).contains("mail.wall:[8,3]");
        });
        assertThat(children(children.get(2))).isEmpty();
    }

    private static List<Element> children(Element parent) {
        List<Element> children = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element) {
                children.add(element);
            }
        }
        return children;
    }

    @Test
    void honoursTheSwitchesOfSurefire() throws Exception {
        project.policy("mail.wall", MAIL);
        for (String property : List.of("skipTests", "mavenTestSkip")) {
            TestMojo goal = project.goal(new TestMojo());
            Parameters.set(goal, property, true);
            goal.execute();
        }
        assertThat(log.of("info")).containsExactly("Tests are skipped.", "Tests are skipped.");
        assertThat(project.reports()).doesNotExist();

        TestMojo goal = project.goal(new TestMojo());
        Parameters.set(goal, "testFailureIgnore", true);
        goal.execute();
        assertThat(log.of("error")).last().asString().startsWith("There are test failures.");
        assertThat(project.reports().resolve("TEST-mail.xml")).exists();
    }

    @Test
    void runsPoliciesOfTestFoldersWithoutPackagingThem() throws Exception {
        project.policy("mail.wall", GOOD);
        project.write("src/test/wall/probe.wall", GOOD.replace("policy mail", "policy probe"));
        project.write("src/test/wall/again.wall", GOOD);
        project.goal(new CompileMojo()).execute();
        test();
        assertThat(Project.files(project.objects())).containsExactly("mail.o");
        assertThat(Project.files(project.reports()))
                .containsExactly("TEST-mail.xml", "TEST-probe.xml", "TEST-src.test.wall.again.xml");
        assertThat(log.of("info")).contains("Tests run: 6, Failures: 0, Errors: 0, Skipped: 0");
    }

    @Test
    void runsAgainOnlyWhatHasChangedOrFailed() throws Exception {
        project.policy("common.wall", "set mail_ports = { 25 }\n");
        project.policy("mail.wall", GOOD);
        project.policy(
                "other.wall",
                GOOD.replace("policy mail", "policy other\ninclude \"common.wall\"")
                        .replace("== 25", "in mail_ports"));
        test();
        Path report = project.reports().resolve("TEST-mail.xml");
        FileTime old = FileTime.from(Instant.now().minusSeconds(100));
        newLog();
        test();
        assertThat(log.of("info")).containsExactly("Tests run: 4, Failures: 0, Errors: 0, Skipped: 0 - up to date");

        FileTime before = Files.getLastModifiedTime(report);
        project.policy("common.wall", "set mail_ports = { 26 }\n");
        assertThatThrownBy(this::test).hasMessageContaining("There are test failures.");
        assertThat(log.of("info")).contains("Running other").doesNotContain("Running mail");
        assertThat(Files.getLastModifiedTime(report)).isEqualTo(before).isNotEqualTo(old);
        newLog();
        assertThatThrownBy(this::test).hasMessageContaining("There are test failures.");
        assertThat(log.of("info")).as("a failed test runs again").contains("Running other");

        Files.delete(project.sources().resolve("other.wall"));
        Files.delete(report);
        newLog();
        assertThatThrownBy(this::test).hasMessageContaining("policies have errors");
        assertThat(log.of("info"))
                .as("a report that is missing is written again")
                .contains("Running mail");
        assertThat(Project.files(project.reports())).containsExactly("TEST-mail.xml");
    }

    @Test
    void reportsErrorsOfPolicies() throws Exception {
        project.policy("mail.wall", GOOD.replace("remote.port", "remote.prot"));
        assertThatThrownBy(this::test).hasMessage("1 of 1 policies have errors, see above");
        assertThat(log.of("error"))
                .singleElement()
                .asString()
                .startsWith(project.sources().resolve("mail.wall") + ":[3,11] ")
                .contains("[E0308]\n  |\n3 |   deny if remote.prot == 25");
    }

    @Test
    void aProjectWithoutTestsPasses() throws Exception {
        test();
        assertThat(log.of("info")).containsExactly("No tests to run.");
        project.policy("bare.wall", "policy bare\negress { default deny }\n");
        newLog();
        test();
        assertThat(log.of("info")).containsExactly("policy `bare` has no tests", "No tests to run.");
    }
}
