// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The author of a change, from procfs and the environment of sudo. */
class AuthorTest {
    private static final Map<String, String> SUDO = Map.of("SUDO_UID", "1000", "SUDO_USER", "alice");

    @TempDir
    private Path process = Path.of("");

    private Author author(String loginUid, Map<String, String> environment) throws IOException {
        Files.writeString(process.resolve("status"), "Name:\tx\nUid:\t7\t0\t0\t0\nGid:\t1\t1\t1\t1\n");
        Files.writeString(process.resolve("loginuid"), loginUid);
        return Author.of(process, environment, "x");
    }

    @Test
    void theLoginUidIsReadFromTheKernel() throws IOException {
        assertThat(author("1000", Map.of())).isEqualTo(new Author(7, OptionalLong.of(1000), "", "x"));
        assertThat(author("1000", SUDO)).isEqualTo(new Author(7, OptionalLong.of(1000), "alice", "x"));
    }

    @Test
    void sudoNamesTheUserWhereTheKernelDoesNot() throws IOException {
        assertThat(author("4294967295", SUDO)).isEqualTo(new Author(7, OptionalLong.of(1000), "alice", "x"));
        assertThat(author("4294967295", Map.of())).isEqualTo(new Author(7, OptionalLong.empty(), "", "x"));
    }

    /** Another login uid is of the user who called su before sudo. */
    @Test
    void aUserNameIsOnlyUsedWithItsOwnUid() throws IOException {
        assertThat(author("1001", SUDO)).isEqualTo(new Author(7, OptionalLong.of(1001), "", "x"));
        assertThat(author("4294967295", Map.of("SUDO_UID", "-1", "SUDO_USER", "eve"))
                        .login())
                .isEmpty();
    }

    @Test
    void aKernelWithoutAuditHasNoLoginUid() throws IOException {
        author("1", Map.of());
        Files.delete(process.resolve("loginuid"));
        assertThat(Author.of(process, Map.of(), "x").login()).isEmpty();
    }

    @Test
    void wordsAreQuotedAsAShellReadsThem() {
        assertThat(Author.line(List.of("apply", "/a b/c.o", "--reason", "it's", "", "--param", "a=1")))
                .isEqualTo("apply '/a b/c.o' --reason 'it'\\''s' '' --param a=1");
    }
}
