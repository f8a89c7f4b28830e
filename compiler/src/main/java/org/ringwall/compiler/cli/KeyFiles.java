// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.BundleFile;
import org.ringwall.bundle.sign.Envelope;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.VerifyingKey;

/** The files that the commands for signatures read, each with its name in the message. */
public final class KeyFiles {
    /** The maximum size in bytes, far above that of a key, a passphrase or a signature. */
    private static final int LARGEST = 1 << 16;

    private KeyFiles() {}

    /** Something that is read, with the exceptions that a file can cause. */
    public interface Reading<T> {
        T get() throws IOException, SigningException, BundleException;
    }

    /**
     * Returns what is read from a file.
     *
     * @throws InputException if it cannot be read, or is not what it must be
     */
    public static <T> T with(Path file, Reading<T> reading) {
        try {
            return reading.get();
        } catch (SigningException e) {
            throw new InputException("cannot use `" + file + "`: " + e.getMessage(), e.help());
        } catch (BundleException e) {
            throw new InputException("the bundle `" + file + "` is refused: " + e.getMessage(), e.help());
        } catch (IOException e) {
            throw InputException.of("read", file, e, "name a file that exists");
        }
    }

    static byte[] bytes(Path file) {
        return with(file, () -> {
            if (Files.size(file) > LARGEST) {
                throw new InputException("`" + file + "` is too large to be a key or a signature", "name another file");
            }
            return Files.readAllBytes(file);
        });
    }

    /** Reads a public key in PEM. */
    public static VerifyingKey publicKey(Path file) {
        return with(file, () -> VerifyingKey.read(bytes(file)));
    }

    /** Returns the first line of a file. */
    static char[] passphrase(Path file) {
        if (!Files.exists(file)) {
            throw new InputException(
                    "there is no file `" + file + "`",
                    "write the passphrase to its first line, or name another one: --passphrase-file FILE");
        }
        String text = new String(bytes(file), StandardCharsets.UTF_8);
        return text.lines().findFirst().orElse("").toCharArray();
    }

    static Archive archive(Path file) {
        return with(file, () -> Archive.of(BundleFile.read(file)));
    }

    /** Returns the signatures of a bundle; an envelope without one if it is not signed. */
    static Envelope envelope(Path file, Archive archive) {
        Optional<ByteBuffer> content = archive.envelope();
        String digest = archive.manifestDigest();
        try {
            return content.isPresent() ? Envelope.read(content.get(), digest) : Envelope.of(digest);
        } catch (SigningException e) {
            throw new InputException("the bundle `" + file + "` is refused: " + e.getMessage(), e.help());
        }
    }
}
