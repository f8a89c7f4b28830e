// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.bundle.sign.CrossSignature;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.bundle.sign.VerifyingKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "cross-sign", description = "sign a new public key with the key that it succeeds")
final class CrossSignCommand implements Callable<Integer> {
    @Parameters(arity = "1", paramLabel = "NEW.pub", description = "the new public key")
    private Path successor = Path.of("");

    @Option(
            names = "--key",
            required = true,
            paramLabel = "OLD.pem",
            description = "the private key (PKCS#8) whose public key hosts trust")
    private Path key = Path.of("");

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "the private key is encrypted with the first line of this file")
    private Optional<Path> passphrase = Optional.empty();

    @Option(
            names = {"-o", "--out"},
            required = true,
            paramLabel = "FILE",
            description = "write the signed key to this file, which must not exist")
    private Path out = Path.of("");

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
        VerifyingKey fresh = KeyFiles.publicKey(successor);
        SigningKey secret = KeyFiles.privateKey(key, passphrase);
        KeygenCommand.write(out, CrossSignature.of(fresh, secret).getBytes(StandardCharsets.US_ASCII));
        PrintWriter text = spec.commandLine().getOut();
        text.println(out + ": key " + fresh.id() + ", signed by "
                + secret.publicKey().id());
        text.flush();
        return ExitCode.DONE;
    }
}
