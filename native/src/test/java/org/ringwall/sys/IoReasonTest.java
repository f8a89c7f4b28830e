// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class IoReasonTest {
    /** A privilege does not help where a file system is full. */
    @Test
    void helpIsThatOfTheFileSystem() throws IOException {
        try {
            Files.write(Path.of("/dev/full"), new byte[1]);
            throw new AssertionError("/dev/full took a byte");
        } catch (IOException e) {
            assertThat(IoReason.help(e, "run as root"))
                    .isEqualTo("free space on that file system: see `df -h` and `df -i`");
        }
        assertThat(IoReason.help(new FileSystemException("/x", null, "Read-only file system"), "run as root"))
                .startsWith("mount that file system writable");
        assertThat(IoReason.help(new AccessDeniedException("/x"), "run as root"))
                .isEqualTo("run as root");
        assertThat(IoReason.help(new IOException(), "run as root")).isEqualTo("run as root");
    }

    @Test
    void reasonIsWordsAndNeverThePath() {
        assertThat(IoReason.of(new AccessDeniedException("/etc/x"))).isEqualTo("permission denied");
        assertThat(IoReason.of(new NoSuchFileException("/etc/x"))).isEqualTo("no such file or directory");
        assertThat(IoReason.of(new FileAlreadyExistsException("/etc/x"))).isEqualTo("it exists already");
        assertThat(IoReason.of(new DirectoryNotEmptyException("/etc/x"))).isEqualTo("the directory is not empty");
        assertThat(IoReason.of(new FileSystemException("/etc/x", null, "Read-only file system")))
                .isEqualTo("Read-only file system");
        assertThat(IoReason.of(new FileSystemException("/etc/x"))).isEqualTo("input or output failed");
        assertThat(IoReason.of(new IOException("Stream closed"))).isEqualTo("Stream closed");
        assertThat(IoReason.of(new IOException())).isEqualTo("input or output failed");
    }
}
