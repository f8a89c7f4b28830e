// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;

/**
 * The files of a package by their paths, such as {@code usr/bin/ringwall}. All belong to root. The
 * directories of files need not be added.
 */
final class FileTree {
    private static final int OTHERS = 255;

    /** A file of the package. */
    sealed interface Entry {
        /** A directory, which may be empty. */
        record Directory() implements Entry {}

        /**
         * A symbolic link.
         *
         * @param target the path that it contains
         */
        record Link(String target) implements Entry {}

        /** A regular file with generated content. */
        record Bytes(byte[] content, boolean executable) implements Entry {}

        /** A copy of a regular file of the build machine. */
        record Copy(Path source, boolean executable) implements Entry {}
    }

    private final NavigableMap<String, Entry> entries = new TreeMap<>();

    /** Returns the entries in the order of their paths, each directory before what is in it. */
    NavigableMap<String, Entry> entries() {
        return Collections.unmodifiableNavigableMap(entries);
    }

    FileTree directory(String path) {
        return put(path, new Entry.Directory());
    }

    FileTree link(String path, String target) {
        return put(path, new Entry.Link(target));
    }

    FileTree text(String path, String content) {
        return put(path, new Entry.Bytes(content.getBytes(StandardCharsets.UTF_8), false));
    }

    /** Adds an executable script. */
    FileTree script(String path, String content) {
        return put(path, new Entry.Bytes(content.getBytes(StandardCharsets.UTF_8), true));
    }

    FileTree bytes(String path, byte[] content) {
        return put(path, new Entry.Bytes(content, false));
    }

    /** Adds a text as a gzip file without name and time. */
    FileTree compressed(String path, String content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GzipCompressorOutputStream gzip = new GzipCompressorOutputStream(bytes, gzip())) {
            gzip.write(content.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes(path, bytes.toByteArray());
    }

    static GzipParameters gzip() {
        GzipParameters parameters = new GzipParameters();
        parameters.setCompressionLevel(Deflater.BEST_COMPRESSION);
        parameters.setOperatingSystem(OTHERS);
        return parameters;
    }

    FileTree copy(String path, Path source) {
        return put(path, new Entry.Copy(source, false));
    }

    FileTree program(String path, Path source) {
        return put(path, new Entry.Copy(source, true));
    }

    /** Adds the files below a directory. Links stay links; the executable bit is kept. */
    FileTree copyAll(String path, Path source) throws IOException {
        try (Stream<Path> all = Files.walk(source)) {
            for (Path file : all.toList()) {
                String name = path + "/" + source.relativize(file);
                if (Files.isSymbolicLink(file)) {
                    link(name, Files.readSymbolicLink(file).toString());
                } else if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    put(name, new Entry.Copy(file, Files.isExecutable(file)));
                }
            }
        }
        return this;
    }

    private FileTree put(String path, Entry entry) {
        if (path.startsWith("/") || path.endsWith("/")) {
            throw new IllegalStateException("not a path in a package: " + path);
        }
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            Entry above = entries.computeIfAbsent(path.substring(0, slash), name -> new Entry.Directory());
            if (!(above instanceof Entry.Directory)) {
                throw new IllegalStateException(path + " is below a file");
            }
        }
        if (entries.putIfAbsent(path, entry) != null) {
            throw new IllegalStateException(path + " exists already");
        }
        return this;
    }

    /** Returns the content of a regular file. */
    static byte[] content(Entry entry) throws IOException {
        if (entry instanceof Entry.Bytes bytes) {
            return bytes.content();
        }
        return entry instanceof Entry.Copy copy ? Files.readAllBytes(copy.source()) : new byte[0];
    }
}
