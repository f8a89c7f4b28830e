// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleFile;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.compiler.cli.Console;
import org.ringwall.compiler.cli.ExitCode;
import org.ringwall.compiler.cli.InputException;
import org.ringwall.compiler.cli.KeyFiles;
import org.ringwall.compiler.cli.Passphrase;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "push", description = "store a bundle in an OCI registry")
final class PushCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE.wallpack", description = "the bundle")
    private Path file = Path.of("");

    @Parameters(index = "1", paramLabel = "REGISTRY/REPO:TAG", description = "where to store it")
    private String name = "";

    @Option(
            names = "--sign",
            paramLabel = "KEY.pem",
            description = "also store a signature that cosign verifies, by this private key (PKCS#8)")
    private Optional<Path> key = Optional.empty();

    @Mixin
    private Passphrase passphrase = new Passphrase();

    @Mixin
    private Connection connection = new Connection();

    @Mixin
    private Console console = new Console();

    @Override
    public Integer call() {
        Reference reference = Reference.parse(name);
        if (reference.hasDigest()) {
            throw new InputException(
                    "`" + name + "` names a digest, which follows from the content", "write REGISTRY/REPO:TAG");
        }
        Optional<SigningKey> signer = key.map(passphrase::open);
        byte[] content = KeyFiles.with(file, this::read);
        Bundle bundle = KeyFiles.with(file, () -> Bundle.of(Archive.of(BundleFile.of(content))));
        String title =
                Optional.ofNullable(file.getFileName()).map(Path::toString).orElse("");
        byte[] manifest = BundleArtifact.manifest(title, content, bundle);
        Remote remote = connection.open(reference);
        remote.store(content);
        remote.store(BundleArtifact.EMPTY_CONFIG);
        // The signature is stored first, so that there is no moment at which the tag lacks it.
        String digest = Sha256.of(manifest);
        signer.ifPresent(each -> CosignSignatures.add(remote, reference, digest, each));
        remote.store(reference, manifest);
        PrintWriter text = console.out();
        text.println(file + ": pushed to " + reference);
        text.println("  digest " + digest);
        signer.ifPresent(each -> text.println("  signed by " + each.publicKey().id()));
        text.flush();
        return ExitCode.DONE;
    }

    private byte[] read() throws IOException {
        if (Files.size(file) > Archive.MAX_BYTES) {
            throw new InputException(
                    "the bundle `" + file + "` has more than " + (Archive.MAX_BYTES >> 20) + " MiB",
                    "make several bundles");
        }
        return Files.readAllBytes(file);
    }
}
