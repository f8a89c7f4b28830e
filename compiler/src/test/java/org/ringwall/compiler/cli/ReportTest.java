// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.report.Diagnostic;
import org.ringwall.compiler.report.Diagnostic.Severity;

/** `--format`, `--json`, `--werror` and `-` of {@code check}, {@code test} and {@code compile}. */
class ReportTest {
    private static final String WARNED = "policy w\nset a = { 1 }\negress { default deny }\n";
    private static final String WRONG = "policy x\negress { allow if remote.prt == 1; default deny }\n";

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        Files.writeString(folder.resolve("warned.wall"), WARNED);
        Files.writeString(folder.resolve("wrong.wall"), WRONG);
        Files.writeString(folder.resolve("tested.wall"), """
                policy t
                egress { deny EACCES if remote.port == 1; default allow }
                test "a" {
                  connect tcp 1.2.3.4:1 => deny EPERM
                  connect tcp 1.2.3.4:2 => allow
                }
                """);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    @Test
    void jsonHasTheDiagnosticsOfAllPolicies() {
        Run run = Run.of("check", "--json", path("warned.wall"), path("none.wall"), path("wrong.wall"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).isEmpty();
        assertThat(run.out().replace(folder.toString(), "DIR"))
                .isEqualTo(
                        "{\"diagnostics\":["
                                + "{\"severity\":\"warning\",\"code\":\"W0703\",\"message\":\"no rule uses the set `a`\","
                                + "\"file\":\"DIR/warned.wall\",\"range\":{\"start\":{\"line\":2,\"column\":5},"
                                + "\"end\":{\"line\":2,\"column\":6}},\"help\":\"use it in a guard, or remove it\",\"notes\":[]},"
                                + "{\"severity\":\"error\",\"code\":\"E0801\","
                                + "\"message\":\"cannot read `DIR/none.wall`: no such file or folder\","
                                + "\"file\":\"DIR/none.wall\",\"range\":{\"start\":{\"line\":1,\"column\":1},"
                                + "\"end\":{\"line\":1,\"column\":1}},\"help\":\"name a policy file, such as agent.wall\",\"notes\":[]},"
                                + "{\"severity\":\"error\",\"code\":\"E0308\",\"message\":\"there is no field `remote.prt`\","
                                + "\"file\":\"DIR/wrong.wall\",\"range\":{\"start\":{\"line\":2,\"column\":19},"
                                + "\"end\":{\"line\":2,\"column\":29}},\"help\":\"did you mean `remote.port`?\",\"notes\":[]}]}\n");
        assertThat(Run.of("check", "--format=json", path("warned.wall")).code()).isZero();
    }

    @Test
    void sarifNamesRulesAndPlaces() throws IOException {
        Files.writeString(
                folder.resolve("twice.wall"), "policy t\nset a = { 1 }\nset a = { 2 }\negress { default deny }\n");
        Run run = Run.of("check", "--format", "sarif", path("wrong.wall"), path("twice.wall"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out().replace(folder.toString(), "/DIR"))
                .startsWith("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",")
                .contains(
                        "{\"id\":\"E0308\",\"shortDescription\":{\"text\":\"",
                        "{\"ruleId\":\"E0308\",\"level\":\"error\",\"message\":{\"text\":\"there is no field `remote.prt`"
                                + "\\u000ahelp: did you mean `remote.port`?\"},\"locations\":[{\"physicalLocation\":"
                                + "{\"artifactLocation\":{\"uri\":\"file:/DIR/wrong.wall\"},\"region\":{\"startLine\":2,"
                                + "\"startColumn\":19,\"endLine\":2,\"endColumn\":29}}}]}",
                        "\"relatedLocations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"file:/DIR/twice.wall\"}");
    }

    @Test
    void testsAreInJson() {
        Run run = Run.of("test", "--json", "--target", "6.1", path("tested.wall"));
        assertThat(run.code()).isEqualTo(4);
        assertThat(run.out().replace(folder.toString(), "DIR"))
                .contains(
                        "\"tests\":[{\"file\":\"DIR/tested.wall\",\"policy\":\"t\",\"name\":\"a\",\"line\":3,\"passed\":false,",
                        "\"line\":4,\"column\":3,\"text\":\"connect tcp 1.2.3.4:1\",\"passed\":false,\"expected\":\"deny EPERM\","
                                + "\"got\":\"deny EACCES\",\"rules\":[{\"file\":\"DIR/tested.wall\",\"line\":2,\"column\":10,\"text\":\"",
                        "\"line\":5,\"column\":3,\"text\":\"connect tcp 1.2.3.4:2\",\"passed\":true,\"expected\":\"allow\",\"got\":\"allow\"");
    }

    @Test
    void werrorTreatsWarningsAsErrors() {
        Run check = Run.of("check", "--werror", path("warned.wall"));
        assertThat(check.code()).isEqualTo(1);
        assertThat(check.out()).isEmpty();
        assertThat(check.err())
                .contains("warning[W0703]")
                .endsWith(
                        "error: 1 warning, which --werror treats as errors\n  = help: correct it, or silence it with a comment"
                                + " `// allow CODE: REASON` at the end of its line\n");
        Path object = folder.resolve("w.o");
        assertThat(Run.of("compile", "--werror", path("warned.wall"), "-o", object.toString())
                        .code())
                .isEqualTo(1);
        assertThat(object).doesNotExist();
        assertThat(Run.of("compile", "--json", path("warned.wall"), "-o", object.toString())
                        .out())
                .startsWith("{\"diagnostics\":[{\"severity\":\"warning\"");
        assertThat(object).exists();
        assertThat(Run.of("test", "--werror", path("warned.wall")).code()).isEqualTo(1);
        assertThat(Run.of("check", "--json", "--werror", path("warned.wall")).code())
                .isEqualTo(1);
    }

    @Test
    void aPolicyIsReadFromStandardInput() {
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream(WRONG.getBytes(StandardCharsets.UTF_8)));
            Run run = Run.of("check", "-");
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err()).contains("there is no field `remote.prt`", " --> <stdin>:2:19");
            System.setIn(new ByteArrayInputStream(WARNED.getBytes(StandardCharsets.UTF_8)));
            assertThat(Run.of("compile", "-", "-o", path("in.o")).code()).isZero();
            assertThat(folder.resolve("in.o")).isNotEmptyFile();
        } finally {
            System.setIn(before);
        }
        assertThat(Run.of("check", "--format", "xml", path("warned.wall")).code())
                .isEqualTo(2);
    }

    @Test
    void showsErrorsFirstIfNotAllFit() {
        List<Diagnostic> all = new ArrayList<>(Collections.nCopies(2, diagnostic(Severity.WARNING, "W0701")));
        all.addAll(Collections.nCopies(99, diagnostic(Severity.ERROR, "E0101")));
        StringWriter err = new StringWriter();
        Report.print(all, new PrintWriter(err));
        assertThat(err.toString().lines().filter(line -> line.equals("E0101"))).hasSize(99);
        assertThat(err.toString().lines().filter(line -> line.equals("W0701"))).hasSize(1);
        assertThat(err.toString())
                .startsWith("E0101\n")
                .endsWith("W0701\n\n… and 1 warning more" + System.lineSeparator());
    }

    private static Diagnostic diagnostic(Severity severity, String code) {
        Diagnostic.Position start = new Diagnostic.Position(1, 1);
        return new Diagnostic(
                severity,
                code,
                "a message",
                new Diagnostic.Range("a.wall", start, start),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                code);
    }
}
