// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.attest.Attestation;
import org.ringwall.bundle.attest.AttestationText;
import org.ringwall.bundle.sign.Envelope;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.VerifyingKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "verify",
        description = "check that a key has signed a bundle or an attestation, and that nothing in it was changed")
final class VerifyCommand implements Callable<Integer> {
    @Parameters(arity = "1", paramLabel = "FILE", description = "the bundle or attestation")
    private Path bundle = Path.of("");

    @Option(
            names = "--attestation",
            description = "the file is a statement of `ringwall attest --sign`; print what it says")
    private boolean attestation;

    @Option(names = "--public-key", required = true, paramLabel = "KEY.pub", description = "the public key")
    private Path publicKey = Path.of("");

    @Mixin
    private Console console = new Console();

    @Override
    public Integer call() {
        VerifyingKey key = KeyFiles.publicKey(publicKey);
        if (attestation) {
            return attestation(key);
        }
        Archive archive = KeyFiles.archive(bundle);
        Envelope envelope = KeyFiles.envelope(bundle, archive);
        Optional<String> fault = fault(archive, envelope, key);
        if (fault.isPresent()) {
            return failed(fault.get(), help(envelope, key));
        }
        PrintWriter text = console.out();
        text.println(bundle + ": signed by " + key.id());
        text.println("  SHA-256 " + archive.manifestDigest());
        text.flush();
        return ExitCode.DONE;
    }

    private int failed(String fault, String help) {
        PrintWriter err = console.err();
        err.println("error: `" + bundle + "` " + fault);
        err.println("  = help: " + help);
        err.flush();
        return ExitCode.CHECK_FAILED;
    }

    /** Prints what the owner of the key says about its host. */
    private int attestation(VerifyingKey key) {
        byte[] file = KeyFiles.with(bundle, () -> {
            if (Files.size(bundle) > Attestation.MAX_BYTES) {
                throw new InputException("`" + bundle + "` is too large to be an attestation", "name another file");
            }
            return Files.readAllBytes(bundle);
        });
        Attestation read;
        try {
            read = Attestation.read(file, key);
        } catch (SigningException e) {
            return failed("is not an attestation by this key: " + e.getMessage(), e.help());
        }
        PrintWriter text = console.out();
        text.println(bundle + ": signed by " + key.id());
        text.print(AttestationText.of(read));
        text.flush();
        return ExitCode.DONE;
    }

    private String help(Envelope envelope, VerifyingKey key) {
        if (envelope.keys().isEmpty()) {
            return "sign it, if it is yours: ringwallc sign " + bundle + " --key KEY.pem; otherwise do not use it";
        }
        return envelope.keys().contains(key.id())
                ? "do not use it; get the bundle from its publisher again"
                : "name the public key of the publisher; if you did, do not use the bundle";
    }

    private static Optional<String> fault(Archive archive, Envelope envelope, VerifyingKey key) {
        if (envelope.keys().isEmpty()) {
            return Optional.of("is not signed");
        }
        if (!envelope.keys().contains(key.id())) {
            return Optional.of("is not signed by " + key.id() + ", but by " + String.join(", ", envelope.keys()));
        }
        if (!envelope.isSignedBy(key)) {
            return Optional.of("has a signature of " + key.id() + " that is not valid: it was changed");
        }
        return archive.matchesManifest()
                ? Optional.empty()
                : Optional.of("has other files than its signed manifest names: it was changed");
    }
}
