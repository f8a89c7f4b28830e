// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;

/** A reader of the files that policies name, from this machine's file system. */
public final class DiskFiles implements SourceFiles {
    /**
     * The maximum size in bytes: a million entries of the longest kind take less than half of it.
     */
    public static final int LARGEST = 128 << 20;

    /** The maximum number of names in a folder that are compared for a suggestion. */
    private static final int MOST_NAMES = 1000;

    private final Path base;

    /** Creates a reader; the names of policies are relative to `base`. */
    public DiskFiles(Path base) {
        this.base = base;
    }

    @Override
    public Answer read(SourceFile from, String path) {
        try {
            Path named = Path.of(from.name()).resolveSibling(path).normalize();
            return read(path, base.resolve(named), named.toString().replace('\\', '/'));
        } catch (InvalidPathException e) {
            return refused(
                    Code.NOT_A_FILE,
                    "`%s` is not a path".formatted(shown(path)),
                    "write a path such as `\"lists/feed.txt\"`");
        }
    }

    private static Answer read(String path, Path file, String name) {
        try {
            Path real = file.toRealPath();
            if (Files.isDirectory(real)) {
                return refused(
                        Code.NOT_A_FILE, "`%s` is a folder".formatted(shown(path)), "write the path of a file in it");
            }
            if (!Files.isRegularFile(real)) {
                return refused(
                        Code.NOT_A_FILE,
                        "`%s` is not a regular file".formatted(shown(path)),
                        "copy its content into a file");
            }
            long size = Files.size(real);
            if (size > LARGEST) {
                return refused(
                        Code.FILE_TOO_LARGE,
                        "`%s` has %d bytes; the limit is %d".formatted(shown(path), size, LARGEST),
                        "merge adjacent prefixes, or split the policy");
            }
            return decoded(path, Files.readAllBytes(real), name, real.toString());
        } catch (IOException e) {
            return unread(path, file, e);
        }
    }

    /**
     * Decodes UTF-8; if a byte is invalid, the answer names the first one. Messages call the file
     * `path`.
     */
    public static Answer decoded(String path, byte[] bytes, String name, String identity) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            return new Answer.Text(new SourceFile(name, decoder.decode(in).toString()), identity);
        } catch (CharacterCodingException e) {
            return notText(path, bytes, name);
        }
    }

    /** Returns the answer with the position of the first byte that is not UTF-8. */
    private static Answer notText(String path, byte[] bytes, String name) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        if (!result.isError()) {
            throw new IllegalStateException("a decoder refused and took the same bytes");
        }
        int offset = out.position();
        SourceFile readable = new SourceFile(name, new String(bytes, StandardCharsets.UTF_8));
        return new Answer.Refused(
                Code.NOT_TEXT,
                "`%s` is not text in UTF-8: byte %d is 0x%02x"
                        .formatted(shown(path), in.position(), bytes[in.position()]),
                "save the file as UTF-8",
                Optional.of(readable.span(offset, offset + 1)));
    }

    private static Answer unread(String path, Path file, IOException e) {
        if (e instanceof NoSuchFileException || e instanceof NotDirectoryException) {
            return refused(Code.MISSING_FILE, "there is no file `%s`".formatted(shown(path)), meant(path, file));
        }
        if (e instanceof AccessDeniedException) {
            return refused(
                    Code.NOT_A_FILE,
                    "you have no permission to read `%s`".formatted(shown(path)),
                    "grant read permission on the file and search permission on its folders");
        }
        if (isLoop(e)) {
            return refused(
                    Code.NOT_A_FILE,
                    "`%s` is a symbolic link that points to itself".formatted(shown(path)),
                    "let the link point to the file");
        }
        return refused(
                Code.NOT_A_FILE,
                "`%s` cannot be read: %s".formatted(shown(path), reason(e)),
                "write the path of a readable file");
    }

    private static boolean isLoop(IOException e) {
        return e instanceof FileSystemLoopException || reason(e).contains("symbolic links");
    }

    private static String reason(IOException e) {
        Optional<String> reason = e instanceof FileSystemException system
                ? Optional.ofNullable(system.getReason())
                : Optional.ofNullable(e.getMessage());
        return reason.orElse("input and output failed");
    }

    /**
     * Returns a suggestion: a similar name in the same folder, or the folder to which paths are
     * relative.
     */
    private static String meant(String path, Path file) {
        Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file);
        String last =
                Optional.ofNullable(file.getFileName()).map(Path::toString).orElse("");
        try (Stream<Path> files = Files.list(folder)) {
            List<String> names = files.limit(MOST_NAMES)
                    .map(each -> each.getFileName().toString())
                    .toList();
            Optional<String> nearest = DidYouMean.nearest(last, names);
            if (nearest.isPresent()) {
                return "did you mean `%s`?".formatted(path.substring(0, path.length() - last.length()) + nearest.get());
            }
        } catch (IOException e) {
            return "paths are relative to the folder of the file that contains them, which has no such folder";
        }
        return "paths are relative to the folder of the file that contains them";
    }

    private static Answer refused(Code code, String message, String help) {
        return new Answer.Refused(code, message, help, Optional.empty());
    }

    private static String shown(String path) {
        return path.replaceAll("\\p{Cntrl}", "\uFFFD");
    }
}
