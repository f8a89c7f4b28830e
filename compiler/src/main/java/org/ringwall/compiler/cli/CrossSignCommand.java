// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.ringwall.bundle.sign.CrossSignature;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.bundle.sign.VerifyingKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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

    @Mixin
    private Passphrase passphrase = new Passphrase();

    @Option(
            names = {"-o", "--out"},
            required = true,
            paramLabel = "FILE",
            description = "write the signed key to this file, which must not exist")
    private Path out = Path.of("");

    @Mixin
    private Console console = new Console();

    @Override
    public Integer call() {
        VerifyingKey fresh = KeyFiles.publicKey(successor);
        SigningKey secret = passphrase.open(key);
        KeygenCommand.write(out, CrossSignature.of(fresh, secret).getBytes(StandardCharsets.US_ASCII));
        PrintWriter text = console.out();
        text.println(out + ": key " + fresh.id() + ", signed by "
                + secret.publicKey().id());
        text.flush();
        return ExitCode.DONE;
    }
}
