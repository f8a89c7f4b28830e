// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A package as read from its bytes.
 *
 * @param members the names and times of the members of the ar archive, in their order
 * @param control the control files by their names
 * @param data the data files by their names, in their order
 */
record DebFile(Map<String, Long> members, Map<String, Member> control, Map<String, Member> data) {
    /** A file in a tar archive with its content. */
    record Member(TarArchiveEntry entry, byte[] content) {
        String text() {
            return new String(content, StandardCharsets.UTF_8);
        }

        /** Returns the text of a compressed file. */
        String expanded() {
            try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(content))) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    static DebFile read(Path file) throws IOException {
        Map<String, Long> members = new LinkedHashMap<>();
        Map<String, Map<String, Member>> archives = new LinkedHashMap<>();
        try (ArArchiveInputStream ar = new ArArchiveInputStream(Files.newInputStream(file))) {
            for (ArArchiveEntry entry = ar.getNextEntry(); entry != null; entry = ar.getNextEntry()) {
                members.put(entry.getName(), entry.getLastModified());
                if (entry.getName().endsWith(".tar.gz")) {
                    archives.put(entry.getName(), tar(ar.readAllBytes()));
                }
            }
        }
        return new DebFile(
                members,
                archives.getOrDefault("control.tar.gz", Map.of()),
                archives.getOrDefault("data.tar.gz", Map.of()));
    }

    private static Map<String, Member> tar(byte[] bytes) throws IOException {
        Map<String, Member> members = new LinkedHashMap<>();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new GZIPInputStream(new ByteArrayInputStream(bytes)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                members.put(entry.getName(), new Member(entry, tar.readAllBytes()));
            }
        }
        return members;
    }

    /** Returns a field of the control file. */
    String field(String name) {
        return controlFile("control")
                .text()
                .lines()
                .filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2))
                .findFirst()
                .orElse("");
    }

    /** Returns a file of the data by its path without a slash before it. */
    Member file(String path) {
        return file(path, data);
    }

    Member controlFile(String name) {
        return file(name, control);
    }

    private static Member file(String path, Map<String, Member> files) {
        Member member = files.get("./" + path);
        if (member == null) {
            throw new AssertionError("the package has no file " + path);
        }
        return member;
    }

    /** Writes the data below a directory, as dpkg-deb(1) does. */
    void extract(Path directory) throws IOException {
        for (Member member : data.values()) {
            Path path = directory.resolve(member.entry().getName()).normalize();
            if (member.entry().isDirectory()) {
                Files.createDirectories(path);
            } else if (member.entry().isSymbolicLink()) {
                Files.createSymbolicLink(path, Path.of(member.entry().getLinkName()));
                continue;
            } else {
                Files.write(path, member.content());
            }
            Files.setAttribute(path, "unix:mode", member.entry().getMode() & 07777);
            Files.setLastModifiedTime(path, member.entry().getLastModifiedTime());
        }
    }
}
