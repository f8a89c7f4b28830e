// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.ApiProgram;
import org.ringwall.testkit.Command;

/** A test of the example of docs/api.md for the compiler. */
final class ApiExampleTest {
    private static final Path ROOT = Path.of(System.getProperty("ringwall.root", ".."));
    private static final String MODULE = "org.ringwall.compiler";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void runsWithOnlyTheExportedPackages() {
        Path policy = ROOT.resolve("samples/policies/first.wall").toAbsolutePath();
        String output = ApiProgram.run(folder, MODULE, "CheckPolicy", List.of(), policy.toString())
                .succeeded();
        assertThat(output)
                .contains("first: ")
                .contains("connect tcp 127.0.0.1:3128 => allow\n  line 5: allow if proto == tcp")
                .contains("connect tcp 192.0.2.1:443 as uid 1000 => deny\n")
                .containsPattern("connect4 allows \\[.*127\\.0\\.0\\.1.*]")
                .containsPattern("devices: \\d+ open bypasses");
    }

    @Test
    void printsTheDiagnosticsOfAWrongPolicy() throws IOException {
        Path policy = folder.resolve("wrong.wall");
        Files.writeString(policy, "policy wrong\negress { allow if prt == 1; default deny }\n");
        Command run = ApiProgram.run(folder, MODULE, "CheckPolicy", List.of(), policy.toString());
        assertThat(run.status()).isNotZero();
        assertThat(run.output()).contains("error[E").contains("wrong.wall:2:");
    }

    @Test
    void doesNotCompileWithAPackageThatIsNotExported() throws IOException {
        Path program = folder.resolve("Internal.java");
        Files.writeString(program, """
                final class Internal {
                    public static void main(String[] args) {
                        System.out.println(org.ringwall.compiler.pipeline.Compiler.TOOL);
                    }
                }
                """);
        Command run = ApiProgram.run(folder, MODULE, program.toString().replace(".java", ""), List.of());
        assertThat(run.status()).isNotZero();
        assertThat(run.output()).contains("org.ringwall.compiler.pipeline");
    }

    @Test
    void isQuotedByTheDocumentation() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/api.md"));
        for (String program : List.of("CheckPolicy", "ApplyPolicy")) {
            String code = Files.readString(ApiProgram.source(program)).replaceFirst("(?s)^// SPDX[^\\n]*\\n", "");
            assertThat(page).contains("```java\n" + code + "```\n");
        }
    }
}
