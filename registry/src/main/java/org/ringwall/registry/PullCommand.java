// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.BundleFile;
import org.ringwall.bundle.sign.VerifyingKey;
import org.ringwall.compiler.cli.Console;
import org.ringwall.compiler.cli.ExitCode;
import org.ringwall.compiler.cli.InputException;
import org.ringwall.compiler.cli.KeyFiles;
import org.ringwall.compiler.cli.Outputs;
import org.ringwall.compiler.files.OutputFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "pull", description = "get a bundle from an OCI registry")
final class PullCommand implements Callable<Integer> {
    private static final String SUFFIX = ".wallpack";

    @Parameters(
            index = "0",
            paramLabel = "REGISTRY/REPO[:TAG|@DIGEST]",
            description = "the bundle; the default tag is latest")
    private String name = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE.wallpack",
            description = "the file to write; by default the last part of REPO, in this folder")
    private Optional<Path> output = Optional.empty();

    @Option(
            names = "--public-key",
            paramLabel = "KEY.pub",
            description = "write the file only if this key has signed the artifact, by push --sign or by cosign")
    private Optional<Path> key = Optional.empty();

    @Mixin
    private Connection connection = new Connection();

    @Mixin
    private Console console = new Console();

    @Override
    public Integer call() {
        Reference reference = Reference.parse(name);
        Optional<VerifyingKey> signer = key.map(KeyFiles::publicKey);
        Path file = output.orElseGet(() -> Path.of(reference.name() + SUFFIX));
        OutputFile checked = Outputs.checked(file, OutputFile.Kind.BUNDLE, List.of());
        Remote remote = connection.open(reference);
        byte[] manifest = remote.manifest(reference)
                .orElseThrow(() -> new InputException(
                        "there is no `" + reference + "`", "check the repository and its tags, or push it first"));
        String digest = Sha256.of(manifest);
        Blob layer = BundleArtifact.layer(reference, manifest);
        Optional<String> fault = signer.flatMap(each -> CosignSignatures.fault(remote, reference, digest, each));
        if (fault.isPresent()) {
            return refused(reference, fault.get());
        }
        byte[] content = remote.blob(layer);
        Bundle bundle = bundle(reference, content);
        Outputs.write(checked, content);
        PrintWriter text = console.out();
        text.println(file + ": pulled from " + reference);
        text.println("  digest " + digest);
        text.println("  SHA-256 " + bundle.digest());
        signer.ifPresent(each -> text.println("  signed by " + each.id()));
        text.flush();
        return ExitCode.DONE;
    }

    private static Bundle bundle(Reference reference, byte[] content) {
        try {
            return Bundle.of(Archive.of(BundleFile.of(content)));
        } catch (BundleException e) {
            throw new InputException("the bundle `" + reference + "` is refused: " + e.getMessage(), e.help());
        }
    }

    private int refused(Reference reference, String fault) {
        PrintWriter err = console.err();
        err.println("error: `" + reference + "` " + fault);
        err.println("  = help: do not use it; ask its publisher to sign it: ringwallc push --sign KEY.pem");
        err.flush();
        return ExitCode.CHECK_FAILED;
    }
}
