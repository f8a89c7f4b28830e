// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.json.Json;
import org.ringwall.host.words.PathText;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.IoReason;

/**
 * The file in which each command that changes state leaves a line of JSON.
 *
 * <p>Each line is one write(2) to a descriptor that was opened for it with O_APPEND, so lines of
 * commands that run at the same time do not mix, and a file that was renamed is created again.
 */
public final class Journal {
    /** The variable that names another file; if it is empty, no journal is kept. */
    private static final String VARIABLE = "RINGWALL_JOURNAL";

    private static final Path USUAL = Path.of("/var/log/ringwall/journal.jsonl");
    private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OUR_FOLDER = PosixFilePermissions.fromString("rwx------");

    private final Optional<Path> file;

    private Journal(Optional<Path> file) {
        this.file = file;
    }

    /**
     * Returns the file of this host, or the one that the environment names; empty for none.
     *
     * @param root whether the user can write the file of this host
     */
    public static Optional<Path> file(Map<String, String> environment, boolean root) {
        String named = environment.getOrDefault(VARIABLE, root ? USUAL.toString() : "");
        return named.isEmpty() ? Optional.empty() : Optional.of(PathText.parse(named, VARIABLE + " names a file"));
    }

    public static Journal at(Path file) {
        return new Journal(Optional.of(file.toAbsolutePath()));
    }

    /**
     * Returns the journal to read: this one, or that of this host if this one keeps nothing, as for
     * a user who cannot write that of this host.
     *
     * @throws HostException if the environment says that none is kept
     */
    public Journal toRead(Map<String, String> environment) {
        if (file.isPresent()) {
            return this;
        }
        Optional<Path> named = file(environment, true);
        return at(named.orElseThrow(() -> new HostException(
                "no journal is kept: " + VARIABLE + " is empty", "unset it to read `" + USUAL + "`")));
    }

    /** Returns a journal that keeps nothing. */
    public static Journal none() {
        return new Journal(Optional.empty());
    }

    /** Appends a line. Returns why it could not; empty if it did, or if there is no journal. */
    public Optional<String> append(Map<String, Object> fields) {
        if (file.isEmpty()) {
            return Optional.empty();
        }
        Path path = file.get();
        try {
            write(path, Json.of(fields) + "\n");
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("the journal `" + path + "` could not be written: " + IoReason.of(e));
        }
    }

    private static void write(Path path, String line) throws IOException {
        Path folder = path.getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OUR_FOLDER));
        }
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        Set<? extends java.nio.file.OpenOption> how = Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.APPEND,
                LinkOption.NOFOLLOW_LINKS);
        try (FileChannel open = FileChannel.open(path, how, PosixFilePermissions.asFileAttribute(OURS))) {
            int length = bytes.remaining();
            if (open.write(bytes) != length) {
                throw new IOException("only a part of the line found room");
            }
        }
    }

    /**
     * Returns the lines, oldest first.
     *
     * @throws HostException if the file cannot be read
     */
    public List<String> lines() {
        if (file.isEmpty()) {
            return List.of();
        }
        try {
            return new String(Files.readAllBytes(file.get()), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new HostException(
                    "cannot read the journal `" + file.get() + "`: " + IoReason.of(e), IoReason.help(e, "run as root"));
        }
    }
}
