// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "keygen", description = "make a key that signs bundles")
final class KeygenCommand implements Callable<Integer> {
    @Option(
            names = "--out",
            required = true,
            paramLabel = "NAME",
            description = "write the private key to NAME.pem, and the public key to NAME.pub")
    private Path out = Path.of("");

    @Option(
            names = "--algorithm",
            paramLabel = "NAME",
            description = "ed25519, or p256 for ECDSA with SHA-256 (default: ed25519)")
    private String algorithm = KeyAlgorithm.ED25519.word();

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "encrypt the private key with the first line of this file")
    private Optional<Path> passphrase = Optional.empty();

    @Mixin
    private Console console = new Console();

    @Override
    public Integer call() {
        KeyAlgorithm chosen = KeyAlgorithm.named(algorithm)
                .orElseThrow(() -> new InputException(
                        "there is no algorithm `" + algorithm + "`",
                        "write one of "
                                + Arrays.stream(KeyAlgorithm.values())
                                        .map(KeyAlgorithm::word)
                                        .collect(Collectors.joining(", "))));
        Optional<char[]> words = passphrase.map(KeyFiles::passphrase);
        SigningKey key = SigningKey.generate(chosen);
        byte[] pem = KeyFiles.with(passphrase.orElse(out), () -> key.pem(words));
        Path secret = Path.of(out + ".pem");
        Path open = Path.of(out + ".pub");
        write(secret, pem);
        write(open, key.publicKey().pem());
        PrintWriter text = console.out();
        text.println(secret + ": private key, " + chosen.word() + (words.isPresent() ? ", encrypted" : ""));
        text.println(open + ": public key");
        text.println("  key id " + key.publicKey().id());
        text.flush();
        return ExitCode.DONE;
    }

    /** Writes a file that only its owner can read, and never over another one. */
    static void write(Path file, byte[] content) {
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        } catch (FileAlreadyExistsException e) {
            throw new InputException(
                    "cannot write `" + file + "`: it exists",
                    "choose another name: --out NAME; a key is never overwritten");
        } catch (IOException e) {
            throw InputException.of("write", file, e, "name a file in a folder that exists");
        }
    }
}
