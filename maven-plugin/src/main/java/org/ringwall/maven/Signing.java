// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.ringwall.compiler.api.InvalidBundleException;
import org.ringwall.compiler.api.PolicyBundle;

/**
 * The settings for signing a bundle.
 *
 * @param key the file of the private key; empty if this build does not sign
 * @param passphrase its passphrase, which is read only if the key is encrypted
 * @param payload the file for the bytes to be signed elsewhere; empty if none
 * @param signature a signature that was made elsewhere; empty if there is none
 * @param signer the public key of that signature
 */
record Signing(
        Optional<Path> key,
        Passphrase passphrase,
        Optional<Path> payload,
        Optional<Path> signature,
        Optional<Path> signer) {
    private static final String ENCRYPTED = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

    /** Returns a key that changes with the files on which the signed bundle depends. */
    String state() throws IOException {
        StringBuilder state = new StringBuilder();
        for (Optional<Path> file : List.of(key, signature, signer)) {
            state.append(file.map(Path::toString).orElse("-")).append(' ');
            if (file.isPresent() && Files.isRegularFile(file.get())) {
                state.append(FileState.of(file.get()).sha256()).append(' ');
            }
        }
        return state.append(payload.isEmpty() || Files.exists(payload.get())).toString();
    }

    /** Signs a bundle, and writes the bytes to be signed elsewhere. */
    PolicyBundle sign(PolicyBundle bundle) throws MojoExecutionException, MojoFailureException {
        if (signature.isPresent() != signer.isPresent()) {
            throw new MojoFailureException("a signature that was made elsewhere needs both parameters: signature, and"
                    + " signer for the public key whose signature it is");
        }
        PolicyBundle signed = bundle;
        if (payload.isPresent()) {
            write(payload.get(), bundle.payload());
        }
        if (key.isPresent()) {
            byte[] pem = read(key.get());
            Optional<char[]> words = passphraseOf(key.get(), pem);
            signed = with(key.get(), () -> bundle.signedBy(pem, words));
        }
        if (signature.isPresent()) {
            PolicyBundle before = signed;
            byte[] publicKey = read(signer.orElseThrow());
            byte[] made = read(signature.get());
            signed = with(signature.get(), () -> before.withSignature(publicKey, made));
        }
        return signed;
    }

    private Optional<char[]> passphraseOf(Path file, byte[] pem) throws MojoFailureException {
        if (!new String(pem, StandardCharsets.ISO_8859_1).contains(ENCRYPTED)) {
            return Optional.empty();
        }
        Optional<char[]> words = passphrase.get();
        if (words.isEmpty()) {
            throw new MojoFailureException("the private key `" + file + "` is encrypted, and there is no passphrase;"
                    + " set the environment variable " + Passphrase.VARIABLE
                    + ", or signingServer to a server of settings.xml with a passphrase");
        }
        return words;
    }

    private static PolicyBundle with(Path file, Supplier<PolicyBundle> signing) throws MojoFailureException {
        try {
            return signing.get();
        } catch (InvalidBundleException e) {
            throw new MojoFailureException("cannot sign with `" + file + "`: " + e.getMessage() + "; " + e.help(), e);
        }
    }

    private static byte[] read(Path file) throws MojoExecutionException {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw Failures.cannot("read", file, e);
        }
    }

    private static void write(Path file, byte[] content) throws MojoExecutionException {
        try {
            Path folder = file.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Files.write(file, content);
        } catch (IOException e) {
            throw Failures.cannot("write", file, e);
        }
    }
}
