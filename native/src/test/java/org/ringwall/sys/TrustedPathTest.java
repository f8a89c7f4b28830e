// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustedPathTest {
    @TempDir
    Path dir = Path.of("");

    private Path ours = dir;
    private Path open = dir;
    private Path file = dir;
    private TrustedPath trusted = new TrustedPath(Set.of());

    @BeforeEach
    void make() throws IOException {
        dir = dir.toRealPath();
        ours = Files.createDirectory(dir.resolve("ours"));
        open = Files.createDirectory(dir.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        file = Files.createFile(ours.resolve("file"));
        trusted = TrustedPath.ofThisProcess();
    }

    private Optional<Path> weak(Path named) throws IOException {
        return trusted.weaknessOfName(named).map(TrustedPath.Weakness::path);
    }

    @Test
    void aFileAndALinkInTrustedDirectoriesAreTrusted() throws IOException {
        Path link = Files.createSymbolicLink(ours.resolve("link"), Path.of("../ours/file"));
        Path second = Files.createSymbolicLink(ours.resolve("second"), link);
        assertThat(weak(file)).isEmpty();
        assertThat(weak(link)).isEmpty();
        assertThat(weak(second)).isEmpty();
        assertThat(weak(ours.resolve("../ours/file"))).isEmpty();
    }

    @Test
    void aLinkInAnUntrustedDirectoryIsNotTrusted() throws IOException {
        Path link = Files.createSymbolicLink(open.resolve("link"), file);
        assertThat(weak(link)).contains(open);
        Path between = Files.createSymbolicLink(ours.resolve("between"), link);
        assertThat(weak(between)).contains(open);
        Path folder = Files.createSymbolicLink(ours.resolve("folder"), open);
        assertThat(weak(folder.resolve("link"))).contains(open);
        assertThat(weak(open.resolve("../ours/file"))).contains(open);
    }

    @Test
    void aLinkOfAnotherUserIsNotTrusted() throws IOException {
        Path link = Files.createSymbolicLink(ours.resolve("link"), file);
        int uid = (Integer) Files.getAttribute(link, "unix:uid");
        assertThat(new TrustedPath(Set.of(uid + 1)).weaknessOfName(link)).isPresent();
    }

    @Test
    void directoriesMissingFilesAndLinkLoopsAreRefused() throws IOException {
        assertThat(weak(ours)).contains(ours);
        assertThatThrownBy(() -> weak(ours.resolve("none"))).isInstanceOf(NoSuchFileException.class);
        Path loop = Files.createSymbolicLink(ours.resolve("loop"), Path.of("loop"));
        assertThatThrownBy(() -> weak(loop)).isInstanceOf(FileSystemLoopException.class);
    }
}
