// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bundle.attest.Attestation;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;

/** A test that the jars beside bin/ringwallc suffice to verify an attestation. */
final class AttestationLauncherTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void verifiesWithTheJarsOfTheCompilerAlone() throws Exception {
        Path root = GoldenCase.projectRoot();
        assumeTrue(Files.isDirectory(root.resolve("compiler/target/lib")), "the module compiler has not been packaged");
        SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519);
        Files.write(folder.resolve("host.pub"), key.publicKey().pem());
        Map<String, Object> host = Map.of("name", "h", "kernel", "6.12", "machine", "x86_64", "bootId", "b");
        Attestation statement = Attestation.of(
                Map.of("web@main", "0".repeat(64)),
                Map.of("time", "t", "tool", "ringwall", "host", host, "instances", List.of(), "programs", List.of()));
        Files.writeString(folder.resolve("host.json"), statement.signed(key));
        Command verify = Command.run(
                folder,
                List.of(
                        root.resolve("bin/ringwallc").toString(),
                        "verify",
                        "--attestation",
                        "host.json",
                        "--public-key",
                        "host.pub"));
        assertThat(verify.succeeded())
                .contains("host.json: signed by " + key.publicKey().id());
    }
}
