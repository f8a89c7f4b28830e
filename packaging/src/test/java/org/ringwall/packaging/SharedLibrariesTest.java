// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A library of the JDK, as it is and with other names of what it needs. */
final class SharedLibrariesTest {
    private static final Path LIBRARY = Path.of(System.getProperty("java.home"), "lib", "libnet.so");

    @Test
    void namesThePackageOfTheCLibraryAndTheOldestVersion() throws IOException {
        FileTree data = new FileTree().copy("lib/libnet.so", LIBRARY).text("notes", "not ELF");
        data.text("lib/libjvm.so", "").text("lib/libjava.so", "");
        assertThatThrownBy(() -> SharedLibraries.depends(data))
                .isInstanceOf(PackagingException.class)
                .hasMessageStartingWith("`lib/libnet.so` needs `libj")
                .hasMessageContaining("\n  help: add it to SharedLibraries");
        byte[] content = Files.readAllBytes(LIBRARY);
        assertThat(SharedLibraries.depends(new FileTree()
                        .bytes(
                                "lib/libnet.so",
                                renamed(renamed(content, "libjvm.so", "libc.so.6"), "libjava.so", "libdl.so.2"))))
                .matches("libc6 \\(>= 2\\.\\d+\\)");
    }

    /** Exchanges a name, and what follows it in the string table, by one of the same length. */
    private static byte[] renamed(byte[] content, String from, String to) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        return text.replace(from + "\0", to + "\0").getBytes(StandardCharsets.ISO_8859_1);
    }
}
