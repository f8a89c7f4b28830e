// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.sign.Envelope;
import org.ringwall.bundle.sign.VerifyingKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "verify", description = "check that a key has signed a bundle, and that nothing in it was changed")
final class VerifyCommand implements Callable<Integer> {
    @Parameters(arity = "1", paramLabel = "FILE.wallpack", description = "the bundle")
    private Path bundle = Path.of("");

    @Option(names = "--public-key", required = true, paramLabel = "KEY.pub", description = "the public key")
    private Path publicKey = Path.of("");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help")
    @SuppressWarnings("UnusedVariable")
    private boolean help;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        VerifyingKey key = KeyFiles.publicKey(publicKey);
        Archive archive = KeyFiles.archive(bundle);
        Envelope envelope = KeyFiles.envelope(bundle, archive);
        Optional<String> fault = fault(archive, envelope, key);
        if (fault.isPresent()) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("error: `" + bundle + "` " + fault.get());
            err.println("  = help: do not use it; get the bundle from its publisher again");
            err.flush();
            return ExitCode.CHECK_FAILED;
        }
        PrintWriter text = spec.commandLine().getOut();
        text.println(bundle + ": signed by " + key.id());
        text.println("  SHA-256 " + archive.manifestDigest());
        text.flush();
        return ExitCode.DONE;
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
        return archive.hasWhatItsManifestNames()
                ? Optional.empty()
                : Optional.of("has other files than its signed manifest names: it was changed");
    }
}
