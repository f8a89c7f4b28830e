// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A file that the compiler may write: one that does not exist, is empty, or holds an earlier output
 * of the same kind. It is never an input or a policy.
 *
 * @param named the path as the user wrote it
 * @param real the absolute path without symbolic links
 */
public record OutputFile(Path named, Path real) {
    private static final String POLICY = ".wall";

    /** The maximum size in bytes of a dependency file. */
    private static final int LARGEST_RULE = 16 << 20;

    /** The kind of content. */
    public enum Kind {
        OBJECT("an ELF object", "-o %s.o"),
        DEPENDENCIES("a dependency file", "--deps %s.d"),
        BUNDLE("a bundle", "-o %s.wallpack");

        /** The first bytes of a bundle: the name of its first entry, or the magic of gzip. */
        private static final String FIRST = "manifest.json\0";

        private static final String GZIP = "\u001f\u008b";

        private final String phrase;
        private final String example;

        Kind(String phrase, String example) {
            this.phrase = phrase;
            this.example = example;
        }

        /** Returns whether a file is empty or holds this kind of content. */
        public boolean holds(Path file) throws IOException {
            try (InputStream in = Files.newInputStream(file)) {
                byte[] content = in.readNBytes(this == DEPENDENCIES ? LARGEST_RULE : FIRST.length());
                String text = new String(content, StandardCharsets.ISO_8859_1);
                return text.isEmpty()
                        || switch (this) {
                            case OBJECT -> text.startsWith("\u007fELF");
                            case DEPENDENCIES -> DependencyRule.isOne(text);
                            case BUNDLE -> text.equals(FIRST) || text.startsWith(GZIP);
                        };
            }
        }
    }

    /**
     * Returns the file at a path if a file of this kind may be written there. A device or a pipe
     * may be written.
     *
     * @param inputs the files that were read, compared by identity, so that links are recognized
     * @throws RefusedOutputException if a file would be destroyed
     */
    public static OutputFile at(Path path, Kind kind, List<Path> inputs) throws IOException {
        Path whole = path.toAbsolutePath();
        Path name = whole.getFileName();
        if (Files.exists(whole)) {
            refuseExisting(whole, kind, inputs);
        } else if (Files.isSymbolicLink(whole)) {
            throw new RefusedOutputException(
                    "it is a symbolic link to a file that does not exist", "remove the link, or name the file itself");
        }
        if (name == null) {
            throw new RefusedOutputException("it is a folder", "name a file in it");
        }
        if (name.toString().endsWith(POLICY)) {
            throw new RefusedOutputException(
                    "its name ends in `" + POLICY + "`, as that of a policy", another(name, kind));
        }
        return new OutputFile(
                path,
                Files.exists(whole)
                        ? whole.toRealPath()
                        : whole.resolveSibling(".").toRealPath().resolve(name));
    }

    private static void refuseExisting(Path file, Kind kind, List<Path> inputs) throws IOException {
        if (Files.isDirectory(file)) {
            throw new RefusedOutputException("it is a folder", "name a file in it");
        }
        if (!Files.isRegularFile(file)) {
            return;
        }
        for (Path input : inputs) {
            if (Files.exists(input) && Files.isSameFile(input, file)) {
                throw new RefusedOutputException(
                        "it is an input of the same compilation", another(file.getFileName(), kind));
            }
        }
        boolean isPolicy = file.toString().endsWith(POLICY);
        if (!isPolicy && !kind.holds(file)) {
            throw new RefusedOutputException(
                    "the file exists and is not " + kind.phrase, "write to another file, or remove this one first");
        }
    }

    private static String another(Path name, Kind kind) {
        String plain = name.toString();
        int dot = plain.lastIndexOf('.');
        return "name another file, as in `" + kind.example.formatted(dot > 0 ? plain.substring(0, dot) : plain) + "`";
    }

    /**
     * Writes the whole file, or leaves the old content: writes a temporary file in the same folder
     * and renames it. A device or a pipe is opened and written directly.
     */
    public void write(byte[] content) throws IOException {
        if (Files.exists(real) && !Files.isRegularFile(real)) {
            Files.write(real, content, StandardOpenOption.WRITE);
            return;
        }
        // Files.createTempFile makes a file that only its owner can read, but the umask must decide
        // who can read an object.
        Path part = real.resolveSibling(".ringwallc-" + System.currentTimeMillis() + "-" + System.nanoTime() + ".part");
        try {
            Files.write(part, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Files.move(part, real, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Returns whether both paths name one file. */
    public boolean isSameAs(OutputFile other) {
        return real.equals(other.real) && (!Files.exists(real) || Files.isRegularFile(real));
    }
}
