// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.ringwall.bundle.sign.SigningKey;
import picocli.CommandLine.Option;

/** The option that decrypts the private key of a command. */
public final class Passphrase {
    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "the private key is encrypted with the first line of this file")
    private Optional<Path> file = Optional.empty();

    /**
     * Reads a private key in PEM. The file with the passphrase is read only if the key is
     * encrypted.
     */
    public SigningKey open(Path key) {
        byte[] pem = KeyFiles.bytes(key);
        boolean encrypted = KeyFiles.with(key, () -> SigningKey.isEncrypted(pem));
        Optional<char[]> words = encrypted ? file.map(KeyFiles::passphrase) : Optional.empty();
        return KeyFiles.with(key, () -> SigningKey.read(pem, words));
    }
}
