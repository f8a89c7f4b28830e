// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.testkit.KernelTest;

/** A test that a dry run names what an apply then changes, and changes nothing itself. */
@KernelTest
class DryRunKernelTest {
    private static final String OLD = """
            policy dry
            param closed : port in 1..1023 = 9
            param gone : port in 1..1023 = 1
            counter tries { tries: attempts }
            counter others { tries: attempts }
            bind { deny if local.port == gone; default allow }
            egress { deny if remote.port == closed { count tries; count others }; default allow }
            """;

    private static final String NEW = """
            policy dry
            param closed : port in 1..1023 = 9
            param fresh : port in 1..1023 = 2
            counter tries { tries: attempts }
            live set opened : port max 10
            egress {
              allow if remote.port in opened
              deny if remote.port in { closed, fresh } { count tries }
              default allow
            }
            """;

    @TempDir
    Path dir = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final ChildCgroup child = cgroup.child();
    private final TypedCommands commands = new TypedCommands();

    @AfterEach
    void clean() {
        commands.remove("dry@main");
        child.close();
        cgroup.close();
    }

    private String compiled(String name, String text) throws IOException {
        Path file = dir.resolve(name);
        Files.write(
                file,
                Compiler.compile(new SourceFile("dry.wall", text), Settings.DEFAULT)
                        .compilation()
                        .orElseThrow()
                        .elf()
                        .toArray());
        return file.toString();
    }

    @Test
    void everyChangeIsNamed() throws IOException {
        String one = cgroup.path().toString();
        String two = child.path().toString();
        String old = compiled("old.o", OLD);
        assertThat(commands.done("apply", old, "--dry-run", "--cgroup", one))
                .hasSize(2)
                .first()
                .isEqualTo("dry@main: can be applied here");
        commands.done("apply", old, "--cgroup", one, "--param", "closed=10");
        assertThat(commands.done("apply", old, "--dry-run"))
                .containsExactly("dry@main: can be applied here", "  replaces generation 1 by the same object");
        List<String> before = commands.done("status");
        assertThat(commands.done("apply", compiled("new.o", NEW), "--dry-run", "--reset-params", "--cgroup", one, two))
                .contains(
                        "  replaces generation 1 by another object",
                        "  param `closed` changes from 10 to 9",
                        "  param `fresh` is new: 2",
                        "  param `gone` is no longer there",
                        "  ends at bind4 bind6",
                        "  begins at `" + two + "`",
                        "  `opened` is new and empty",
                        "  `others` and its content are discarded");
        assertThat(commands.done("status")).isEqualTo(before);
    }
}
