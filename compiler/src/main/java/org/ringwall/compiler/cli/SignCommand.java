// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleWriter;
import org.ringwall.bundle.Version;
import org.ringwall.bundle.sign.Envelope;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.bundle.sign.VerifyingKey;
import org.ringwall.compiler.files.OutputFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "sign", description = "add a signature to a bundle")
final class SignCommand implements Callable<Integer> {
    /** The magic bytes of a gzip file. */
    private static final int GZIP = 0x1f;

    @Parameters(arity = "1", paramLabel = "FILE", description = "the bundle (.wallpack), which is replaced")
    private Path bundle = Path.of("");

    @Option(names = "--key", paramLabel = "KEY.pem", description = "sign with this private key (PKCS#8)")
    private Optional<Path> key = Optional.empty();

    @Mixin
    private Passphrase passphrase = new Passphrase();

    @Option(
            names = "--payload",
            description = "print exactly the bytes to be signed elsewhere, as by an HSM, and change nothing")
    private boolean payload;

    @Option(
            names = "--attach",
            paramLabel = "SIGNATURE",
            description = "add the signature in this file: 64 bytes for Ed25519, DER or 64 bytes for ECDSA")
    private Optional<Path> attach = Optional.empty();

    @Option(names = "--public-key", paramLabel = "KEY.pub", description = "with --attach: whose signature it is")
    private Optional<Path> publicKey = Optional.empty();

    @Mixin
    private Console console = new Console();

    @Override
    public Integer call() {
        int ways = (key.isPresent() ? 1 : 0) + (payload ? 1 : 0) + (attach.isPresent() ? 1 : 0);
        if (ways != 1 || attach.isPresent() != publicKey.isPresent()) {
            throw console.misuse("write one of: --key KEY.pem, --payload, --attach SIGNATURE --public-key KEY.pub");
        }
        Archive archive = KeyFiles.archive(bundle);
        if (!archive.matchesManifest()) {
            throw new InputException(
                    "the bundle `" + bundle + "` is refused: its files are not those that its manifest names",
                    "build the bundle again with ringwallc bundle or Maven, and copy it as a whole");
        }
        Version version = KeyFiles.with(bundle, () -> Bundle.manifest(archive).signable());
        Envelope envelope = KeyFiles.envelope(bundle, archive);
        PrintWriter text = console.out();
        if (payload) {
            text.print(new String(envelope.message(), StandardCharsets.US_ASCII));
            text.flush();
            return ExitCode.DONE;
        }
        VerifyingKey signer;
        byte[] signature;
        if (key.isPresent()) {
            SigningKey secret = passphrase.open(key.get());
            signer = secret.publicKey();
            signature = secret.sign(envelope.message());
        } else {
            signer = KeyFiles.publicKey(publicKey.orElseThrow());
            signature = KeyFiles.bytes(attach.orElseThrow());
        }
        Envelope signed = KeyFiles.with(attach.orElse(bundle), () -> envelope.with(signer, signature));
        write(archive, signed);
        text.println(bundle + ": signed by " + signer.id());
        text.println("  SHA-256 " + archive.manifestDigest());
        if (version.isSnapshot()) {
            text.println("  note: hosts refuse another build of version " + version
                    + " once one is applied: raise the version, or apply it with --allow-downgrade");
        }
        text.flush();
        return ExitCode.DONE;
    }

    private void write(Archive archive, Envelope signed) {
        byte[] content = KeyFiles.with(bundle, () -> archive.withEnvelope(signed.text()));
        boolean gzip = KeyFiles.with(bundle, this::isGzip);
        OutputFile file = Outputs.checked(bundle, OutputFile.Kind.BUNDLE, List.of());
        Outputs.write(file, gzip ? BundleWriter.compressed(content) : content);
    }

    private boolean isGzip() throws IOException {
        try (InputStream in = Files.newInputStream(bundle)) {
            return in.read() == GZIP;
        }
    }
}
