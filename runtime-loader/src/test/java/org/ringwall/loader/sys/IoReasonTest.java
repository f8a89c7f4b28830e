// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class IoReasonTest {
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
