// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bundle.sign.CrossSignature;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.sys.IoReason;
import org.ringwall.sys.TrustedPath;

/**
 * The files on which admission depends: a directory with one file for each key, and the record of
 * versions. All users can read them. A file that cannot be read, or that a user besides root can
 * change, is an error; it is never ignored.
 */
public final class TrustFiles {
    private static final String SUFFIX = ".pem";
    private static final int MAX_BYTES = 1 << 24;

    private final Path keys;
    private final Path versions;
    private final TrustedPath owners;

    private TrustFiles(Path root, TrustedPath owners) {
        this.keys = root.resolve("etc/ringwall/trust.d");
        this.versions = root.resolve("var/lib/ringwall/versions");
        this.owners = owners;
    }

    /** Returns the files of this host, which only root may change. */
    public static TrustFiles ofThisHost() {
        return new TrustFiles(Path.of("/"), TrustedPath.ofRoot());
    }

    /** Returns the files below another directory; the user of this process may change them, too. */
    public static TrustFiles below(Path root) {
        try {
            return new TrustFiles(root, TrustedPath.ofThisProcess());
        } catch (IOException e) {
            throw new HostException("cannot read /proc/self: " + IoReason.of(e), "mount /proc");
        }
    }

    /** Returns the directory of the keys. */
    public Path folder() {
        return keys;
    }

    /** Returns the record of versions. */
    VersionStore versions() {
        return new VersionStore(versions, this);
    }

    /**
     * Returns all keys by their ids.
     *
     * @throws HostException if a file is not a valid key, or another user could change it
     */
    public List<TrustedKey> keys() {
        List<TrustedKey> found = new ArrayList<>();
        for (Path file : files()) {
            found.add(key(file));
        }
        return found;
    }

    private List<Path> files() {
        List<Path> files = new ArrayList<>();
        // Files that are being written have names that begin with a dot.
        try (DirectoryStream<Path> all = Files.newDirectoryStream(
                keys, file -> !file.getFileName().toString().startsWith("."))) {
            all.forEach(files::add);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new HostException(
                    "cannot read the trusted keys in `" + keys + "`: " + IoReason.of(e), "restore the directory");
        }
        files.sort(null);
        return files;
    }

    private TrustedKey key(Path file) {
        try {
            TrustedKey key = TrustedKey.read(read(file));
            if (!file.equals(file(key))) {
                throw new InputException("its name must be the id of its key, " + key.id() + SUFFIX, "");
            }
            return key;
        } catch (NoSuchFileException e) {
            throw unusable(file, "it was removed while it was read");
        } catch (IOException e) {
            throw unusable(file, IoReason.of(e));
        } catch (InputException e) {
            throw unusable(file, String.valueOf(e.getMessage()));
        }
    }

    private static HostException unusable(Path file, String why) {
        return new HostException(
                "the trusted key `" + file + "` cannot be used: " + why,
                "restore the file, or remove it and add the key again: ringwall trust add KEY.pub");
    }

    private Path file(TrustedKey key) {
        return keys.resolve(key.id() + SUFFIX);
    }

    /**
     * Reads a file that only root may change.
     *
     * @throws HostException if another user could change it
     */
    byte[] read(Path file) throws IOException {
        owners.weaknessOfName(file.toAbsolutePath()).ifPresent(weakness -> {
            throw new HostException(
                    "`" + file + "` is not used: `" + weakness.path() + "` " + weakness.why(), weakness.help());
        });
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException("it is too large");
        }
        return Files.readAllBytes(file);
    }

    /**
     * Adds a key. The first key also creates the record of versions.
     *
     * @throws InputException if the key is known already, trusted or revoked
     */
    public void add(TrustedKey key) {
        List<TrustedKey> known = keys();
        Optional<TrustedKey> same =
                known.stream().filter(each -> each.id().equals(key.id())).findFirst();
        if (same.isPresent()) {
            refuseRevoked(same.get());
            throw new InputException(
                    "the key " + key.id() + " is trusted already",
                    "to trust it with other restrictions: ringwall trust add KEY.pub --replace");
        }
        if (known.isEmpty()) {
            versions().begin();
        }
        write(file(key), key.text());
    }

    /**
     * Gives a trusted key other restrictions, at one instant. Returns it with those before.
     *
     * @throws InputException if it is not there, or was revoked
     */
    public TrustedKey replace(TrustedKey key) {
        TrustedKey before = keys().stream()
                .filter(each -> each.id().equals(key.id()))
                .findFirst()
                .orElseThrow(() -> new InputException("the key " + key.id() + " is not trusted", "omit --replace"));
        refuseRevoked(before);
        write(file(key), key.text());
        return before;
    }

    private static void refuseRevoked(TrustedKey key) {
        if (key.revoked().isPresent()) {
            throw new InputException(
                    "the key " + key.id() + " was revoked on " + key.revoked().get(),
                    "to trust it again, first: ringwall trust remove " + key.id());
        }
    }

    /**
     * Returns the trusted key that has signed another one.
     *
     * @throws HostException if no valid key has signed it, or the signature by a known key is wrong
     */
    public TrustedKey signer(CrossSignature signed) {
        LocalDate today = TrustedKey.today();
        List<TrustedKey> known = keys().stream()
                .filter(each -> signed.signers().contains(each.id()))
                .toList();
        for (TrustedKey each : known) {
            if (!signed.isSignedBy(each.key())) {
                throw new HostException(
                        "the key is refused: its signature by " + each.id() + " is not valid: it was changed",
                        "get it again from where it was signed");
            }
        }
        return known.stream()
                .filter(each -> each.invalid(today).isEmpty())
                .findFirst()
                .orElseThrow(() -> new HostException(
                        "the key is refused: it is signed by " + String.join(", ", signed.signers())
                                + ", and this host trusts none of them",
                        "sign it with a key that ringwall trust list shows as valid, or add the key itself"));
    }

    /** Marks a key as revoked today. */
    public TrustedKey revoke(String name) {
        TrustedKey key = named(name);
        TrustedKey revoked = key.revoked(key.revoked().orElse(TrustedKey.today()));
        write(file(key), revoked.text());
        return revoked;
    }

    /** Removes a key. */
    public TrustedKey remove(String name) {
        TrustedKey key = named(name);
        try {
            Files.delete(file(key));
            sync(keys);
        } catch (IOException e) {
            throw new HostException(
                    "cannot remove `" + file(key) + "`: " + IoReason.of(e), IoReason.help(e, "run as root"));
        }
        return key;
    }

    /** Returns the key with this id, or the only one whose id begins with this text. */
    private TrustedKey named(String name) {
        List<TrustedKey> found =
                keys().stream().filter(each -> each.id().startsWith(name)).toList();
        if (name.length() < 8 || found.size() != 1) {
            throw new InputException(
                    (found.size() > 1 ? "several keys begin with `" : "there is no trusted key `") + name + "`",
                    "write a key id of ringwall trust list, or at least its first 8 digits");
        }
        return found.get(0);
    }

    /** Creates a folder that all users can read, and its missing parents. */
    static void createFolder(Path folder) {
        createFolder(folder, "rwxr-xr-x");
    }

    /** Creates a folder with these permissions, as `ls` shows them, and its missing parents. */
    static void createFolder(Path folder, String permissions) {
        try {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
        } catch (IOException e) {
            throw new HostException(
                    "cannot create `" + folder + "`: " + IoReason.of(e), IoReason.help(e, "run as root"));
        }
    }

    /** Writes a whole file, or leaves the old content, also if the machine stops. */
    void write(Path file, byte[] content) {
        Path folder = file.resolveSibling(".").normalize();
        try {
            createFolder(folder);
            Path fresh = Files.createTempFile(folder, ".", ".part");
            try {
                try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                    ByteBuffer bytes = ByteBuffer.wrap(content);
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                    Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
                    channel.force(true);
                }
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(fresh);
            }
            sync(folder);
        } catch (IOException e) {
            throw new HostException("cannot write `" + file + "`: " + IoReason.of(e), IoReason.help(e, "run as root"));
        }
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, Set.of(StandardOpenOption.READ))) {
            channel.force(true);
        }
    }
}
