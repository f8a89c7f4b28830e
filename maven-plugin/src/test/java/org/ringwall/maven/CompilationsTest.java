// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.Options;

final class CompilationsTest {
    private static final Path POLICY = Path.of("a.wall");

    @TempDir
    private Path folder = Path.of("");

    private final Compilations compilations = new Compilations();

    @BeforeEach
    void begin() throws Exception {
        Files.writeString(
                folder.resolve("a.wall"), "policy a\ninclude \"b.wall\"\negress { deny if uid in b; default allow }\n");
        Files.writeString(folder.resolve("b.wall"), "set b = { 1 }\n");
    }

    private CompileResult compile(Options options) throws Exception {
        return compilations.compile(POLICY, options.withBase(folder));
    }

    @Test
    void compilesOnceForOptions() throws Exception {
        CompileResult first = compile(Options.DEFAULT);
        assertThat(compile(Options.DEFAULT)).isSameAs(first);
        CompileResult newer = compile(Options.DEFAULT.withTargets("6.12"));
        assertThat(newer).isNotSameAs(first);
        assertThat(compile(Options.DEFAULT.withTargets("6.12"))).isSameAs(newer);
        assertThat(compile(Options.DEFAULT)).isSameAs(first);
    }

    @Test
    void compilesAgainIfAFileHasChanged() throws Exception {
        CompileResult first = compile(Options.DEFAULT);
        Path included = folder.resolve("b.wall");
        FileTime time = Files.getLastModifiedTime(included);
        Files.writeString(included, "set b = { 2 }\n");
        Files.setLastModifiedTime(included, time);
        CompileResult second = compile(Options.DEFAULT);
        assertThat(second).isNotSameAs(first);
        Files.setLastModifiedTime(included, FileTime.fromMillis(0));
        assertThat(compile(Options.DEFAULT)).as("only the time").isSameAs(second);
        Files.delete(included);
        assertThat(compile(Options.DEFAULT).policy()).isEmpty();
    }

    @Test
    void doesNotRememberErrors() throws Exception {
        Files.writeString(folder.resolve("b.wall"), "set b = { \"\" }\n");
        assertThat(compile(Options.DEFAULT).policy()).isEmpty();
        Files.writeString(folder.resolve("b.wall"), "set b = { 1 }\n");
        assertThat(compile(Options.DEFAULT).policy()).isPresent();
    }
}
