// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.loader.instance.HostException;

/**
 * The record of the highest version applied of each policy. The file has a line `POLICY VERSION`
 * for each, and a last line with the SHA-256 of the preceding lines, which detects damage.
 */
final class VersionStore {
    private static final String FIRST = "ringwall-versions 1\n";
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

    /** Creates an empty record if there is none. */
    void begin() {
        if (!Files.exists(file)) {
            write(new TreeMap<>());
        }
    }

    /**
     * Returns the versions by the names of the policies.
     *
     * @throws HostException if the record is missing or damaged
     */
    SortedMap<String, Version> read() {
        try {
            return parse(new String(files.read(file), StandardCharsets.US_ASCII))
                    .orElseThrow(
                            () -> new HostException("the record of versions `" + file + "` is damaged", RESTORE_HELP));
        } catch (NoSuchFileException e) {
            throw new HostException("the record of versions `" + file + "` is missing", RESTORE_HELP);
        } catch (IOException e) {
            throw new HostException(
                    "the record of versions `" + file + "` cannot be read: " + e.getMessage(), "check its permissions");
        }
    }

    private static Optional<SortedMap<String, Version>> parse(String text) {
        SortedMap<String, Version> versions = new TreeMap<>();
        for (String line : text.lines().skip(1).toList()) {
            int space = line.indexOf(' ');
            if (space <= 0 || line.startsWith(LAST)) {
                break;
            }
            Optional<Version> version = Version.of(line.substring(space + 1));
            version.ifPresent(each -> versions.put(line.substring(0, space), each));
        }
        return text(versions).equals(text) ? Optional.of(versions) : Optional.empty();
    }

    private static String text(SortedMap<String, Version> versions) {
        StringBuilder out = new StringBuilder(FIRST);
        for (Map.Entry<String, Version> each : versions.entrySet()) {
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

    private void write(SortedMap<String, Version> versions) {
        files.write(file, text(versions).getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Records the version of a policy that is in force.
     *
     * @param replace whether to replace a higher version, and a missing or damaged record
     * @return the version that was recorded before, if it was higher and was replaced
     */
    Optional<Version> record(String policy, Version version, boolean replace) {
        Path lock = file.resolveSibling(".versions.lock");
        try {
            Files.createDirectories(lock.toAbsolutePath().getParent());
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock ignored = channel.lock()) {
                SortedMap<String, Version> versions = replace ? readable() : read();
                Optional<Version> before = Optional.ofNullable(versions.get(policy));
                Optional<Version> higher = before.filter(each -> each.compareTo(version) > 0);
                if (higher.isPresent() && !replace) {
                    return Optional.empty();
                }
                if (before.isEmpty() || !before.get().equals(version) || !Files.exists(file)) {
                    versions.put(policy, version);
                    write(versions);
                }
                return higher;
            }
        } catch (IOException e) {
            throw new HostException("cannot lock the record of versions: " + e.getMessage(), "run as root");
        }
    }

    /** Returns the versions; none if the record is missing or damaged. */
    SortedMap<String, Version> readable() {
        try {
            return read();
        } catch (HostException e) {
            return new TreeMap<>();
        }
    }
}
