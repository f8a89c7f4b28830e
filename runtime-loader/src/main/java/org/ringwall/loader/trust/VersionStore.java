// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bundle.Version;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.IoReason;

/**
 * The record of the highest version applied of each policy. The file has a line `POLICY VERSION
 * SHA-256` for each, where the last word is the digest of the policy's entry in the manifest, and a
 * last line with the SHA-256 of the preceding lines, which detects damage. Files of the first form
 * have no digests of entries.
 */
final class VersionStore {
    private static final String FIRST = "ringwall-versions 2\n";
    private static final String WITHOUT_CONTENT = "ringwall-versions 1\n";
    private static final String LAST = "# sha256 ";
    private static final String RESTORE_HELP =
            "restore it from a backup, or begin it anew with the next apply of a bundle that you"
                    + " know to be the newest: ringwall apply --allow-downgrade";

    private final Path file;
    private final TrustFiles files;

    VersionStore(Path file, TrustFiles files) {
        this.file = file;
        this.files = files;
    }

    /** Creates an empty record if there is none, and what its lock needs. */
    void begin() {
        lock();
        if (!Files.exists(file)) {
            write(new TreeMap<>());
        }
    }

    /**
     * Returns the versions by the names of the policies.
     *
     * @throws HostException if the record is missing or damaged
     */
    SortedMap<String, Recorded> read() {
        try {
            return parse(new String(files.read(file), StandardCharsets.US_ASCII))
                    .orElseThrow(
                            () -> new HostException("the record of versions `" + file + "` is damaged", RESTORE_HELP));
        } catch (NoSuchFileException e) {
            throw new HostException("the record of versions `" + file + "` is missing", RESTORE_HELP);
        } catch (IOException e) {
            throw new HostException(
                    "the record of versions `" + file + "` cannot be read: " + IoReason.of(e), "check its permissions");
        }
    }

    private static Optional<SortedMap<String, Recorded>> parse(String text) {
        SortedMap<String, Recorded> versions = new TreeMap<>();
        String first = text.startsWith(WITHOUT_CONTENT) ? WITHOUT_CONTENT : FIRST;
        for (String line : text.lines().skip(1).toList()) {
            int space = line.indexOf(' ');
            if (space <= 0 || line.startsWith(LAST)) {
                break;
            }
            String[] words = line.substring(space + 1).split(" ", 2);
            Optional<String> content = words.length > 1 ? Optional.of(words[1]) : Optional.empty();
            Version.of(words[0]).ifPresent(each -> versions.put(line.substring(0, space), new Recorded(each, content)));
        }
        return text(first, versions).equals(text) ? Optional.of(versions) : Optional.empty();
    }

    private static String text(String first, SortedMap<String, Recorded> versions) {
        StringBuilder out = new StringBuilder(first);
        for (Map.Entry<String, Recorded> each : versions.entrySet()) {
            out.append(each.getKey()).append(' ').append(each.getValue()).append('\n');
        }
        return out + LAST + digest(out.toString()) + "\n";
    }

    private static String digest(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Writes all versions to disk, or leaves the record as it was. */
    void write(SortedMap<String, Recorded> versions) {
        files.write(file, text(FIRST, versions).getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Returns the folder whose lock each change of the record holds; makes it if needed. Only its
     * owner can open it: a user who can open a folder can lock it, and so could block all changes.
     */
    Path lock() {
        Path lock = file.resolveSibling("versions.lock");
        TrustFiles.createFolder(file.resolveSibling(".").normalize());
        TrustFiles.createFolder(lock, "rwx------");
        return lock;
    }

    /** Returns the versions; empty if the record is missing or damaged. */
    Optional<SortedMap<String, Recorded>> readable() {
        try {
            return Optional.of(read());
        } catch (HostException e) {
            return Optional.empty();
        }
    }
}
