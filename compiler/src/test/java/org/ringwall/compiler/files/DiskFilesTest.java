// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles.Answer;

class DiskFilesTest {
    @TempDir
    Path folder;

    private Answer read(String from, String path) {
        return new DiskFiles(folder).read(new SourceFile(from, "policy p\n"), path);
    }

    private Answer.Refused refused(String path) {
        return (Answer.Refused) read("agent.wall", path);
    }

    @Test
    void readsFromTheFolderOfTheFileThatNamesIt() throws IOException {
        Files.createDirectories(folder.resolve("a/lists"));
        Files.writeString(folder.resolve("a/lists/feed.txt"), "192.0.2.1\r\n");
        Answer.Text text = (Answer.Text) read("a/agent.wall", "lists/feed.txt");
        assertThat(text.file()).isEqualTo(new SourceFile("a/lists/feed.txt", "192.0.2.1\r\n"));
        Answer.Text again = (Answer.Text) read("a/lists/other.wall", "../lists/./feed.txt");
        assertThat(again).isEqualTo(text);
    }

    @Test
    void twoPathsToOneFileHaveTheSameIdentity() throws IOException {
        Files.writeString(folder.resolve("feed.txt"), "1\n");
        Files.createSymbolicLink(folder.resolve("link.txt"), Path.of("feed.txt"));
        Answer.Text direct = (Answer.Text) read("agent.wall", "feed.txt");
        Answer.Text linked = (Answer.Text) read("agent.wall", "link.txt");
        assertThat(linked.identity()).isEqualTo(direct.identity());
        assertThat(linked.file().name()).isEqualTo("link.txt");
    }

    @Test
    void refusesCyclicLinks() throws IOException {
        Files.createSymbolicLink(folder.resolve("a"), Path.of("b"));
        Files.createSymbolicLink(folder.resolve("b"), Path.of("a"));
        assertThat(refused("a").code()).isEqualTo(Code.NOT_A_FILE);
        assertThat(refused("a").message()).isEqualTo("`a` is a symbolic link that points to itself");
    }

    @Test
    void refusesFoldersDevicesAndInvalidPaths() throws IOException {
        Files.createDirectory(folder.resolve("lists"));
        assertThat(refused("lists").message()).isEqualTo("`lists` is a folder");
        assertThat(refused("").code()).isEqualTo(Code.NOT_A_FILE);
        assertThat(refused("/dev/zero").message()).isEqualTo("`/dev/zero` is not a regular file");
        assertThat(refused("a\0b").message()).isEqualTo("`a\uFFFDb` is not a path");
        Files.writeString(folder.resolve("plain"), "");
        assertThat(refused("plain/feed.txt").code()).isIn(Code.MISSING_FILE, Code.NOT_A_FILE);
    }

    @Test
    void suggestsAFileWithASimilarName() throws IOException {
        Files.writeString(folder.resolve("blocklist.txt"), "");
        assertThat(refused("blocklst.txt").code()).isEqualTo(Code.MISSING_FILE);
        assertThat(refused("blocklst.txt").help()).isEqualTo("did you mean `blocklist.txt`?");
        assertThat(refused("./nowhere/x.txt").help()).contains("no such folder");
    }

    @Test
    void reportsThePositionOfTheFirstInvalidByte() throws IOException {
        byte[] start = "192.0.2.1\n# caf\u00e9 ".getBytes(StandardCharsets.UTF_8);
        byte[] bytes = java.util.Arrays.copyOf(start, start.length + 2);
        bytes[start.length] = (byte) 0xe9;
        bytes[start.length + 1] = 10;
        Files.write(folder.resolve("latin1.txt"), bytes);
        Answer.Refused refused = refused("latin1.txt");
        assertThat(refused.code()).isEqualTo(Code.NOT_TEXT);
        assertThat(refused.message())
                .isEqualTo("`latin1.txt` is not text in UTF-8: byte %d is 0xe9".formatted(start.length));
        assertThat(refused.place().orElseThrow()).hasToString("latin1.txt:2:8");
    }

    @Test
    void refusesAFileThatEndsWithinACharacter() throws IOException {
        Files.write(folder.resolve("cut.txt"), new byte[] {'#', (byte) 0xc3});
        assertThat(refused("cut.txt").place().orElseThrow()).hasToString("cut.txt:1:2");
    }

    @Test
    void refusesAFileThatIsTooLargeWithoutReadingIt() throws IOException {
        try (RandomAccessFile sparse =
                new RandomAccessFile(folder.resolve("huge.txt").toFile(), "rw")) {
            sparse.setLength(DiskFiles.LARGEST + 1L);
        }
        assertThat(refused("huge.txt").code()).isEqualTo(Code.FILE_TOO_LARGE);
        assertThat(refused("huge.txt").message()).contains("134217729 bytes");
    }
}
