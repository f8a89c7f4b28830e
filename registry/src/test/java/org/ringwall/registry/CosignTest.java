// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.LocalRegistry;
import org.ringwall.testkit.ToolTest;

/** Signatures in a registry: cosign and {@code pull} agree about each. */
@ToolTest({LocalRegistry.PROGRAM, "cosign"})
final class CosignTest {
    @TempDir
    private Path folder = Path.of("");

    private Optional<LocalRegistry> registry = Optional.empty();
    private Path bundle = Path.of("");

    @BeforeEach
    void start() throws IOException {
        registry = Optional.of(LocalRegistry.start(folder));
        bundle = Typed.bundle(folder);
        for (String algorithm : new String[] {"p256", "ed25519"}) {
            Typed.done("keygen", "--out", path(algorithm), "--algorithm", algorithm);
        }
        Typed.done("keygen", "--out", path("other"), "--algorithm", "p256");
    }

    @AfterEach
    void stop() {
        registry.ifPresent(LocalRegistry::close);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private String at(String name) {
        return registry.orElseThrow().address() + "/" + name;
    }

    private boolean cosign(String name, String key) {
        ProcessBuilder builder = new ProcessBuilder(
                "cosign", "verify", "--insecure-ignore-tlog=true", "--key", path(key + ".pub"), at(name));
        builder.environment().put("HOME", folder.toString());
        Command run = Command.run(folder, builder);
        if (run.status() != 0) {
            assertThat(run.output()).containsAnyOf("no matching signatures", "no signatures found");
        }
        return run.status() == 0;
    }

    private boolean pull(String name, String key) throws IOException {
        Path file = folder.resolve("pulled.wallpack");
        Files.deleteIfExists(file);
        String[] words = {"pull", at(name), "-o", file.toString(), "--public-key", path(key + ".pub")};
        StringBuilder said = new StringBuilder();
        int code = Typed.code(said, words);
        if (code == 0) {
            assertThat(file).hasSameBinaryContentAs(bundle);
        } else {
            assertThat(file).doesNotExist();
            assertThat(said.toString().lines()).as("%s", said).hasSize(2);
        }
        return code == 0;
    }

    /** Checks that both verify a signature, or neither. */
    private void verified(boolean wanted, String name, String key) throws IOException {
        assertThat(new boolean[] {cosign(name, key), pull(name, key)})
                .as("cosign and pull with %s.pub", key)
                .containsExactly(wanted, wanted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"p256", "ed25519"})
    void aSignedBundleIsVerified(String key) throws IOException {
        assertThat(Typed.done("push", bundle.toString(), at("agents:7"), "--sign", path(key + ".pem")))
                .contains("\n  signed by ");
        verified(true, "agents:7", key);
        verified(false, "agents:7", "other");
    }

    @Test
    void severalKeysSignOneBundle() throws IOException {
        Typed.done("push", bundle.toString(), at("agents:7"));
        verified(false, "agents:7", "p256");
        for (String key : new String[] {"p256", "ed25519", "p256"}) {
            Typed.done("push", bundle.toString(), at("agents:7"), "--sign", path(key + ".pem"));
        }
        verified(true, "agents:7", "p256");
        verified(true, "agents:7", "ed25519");
        assertThat(signatures("agents:7").at("layers").list())
                .as("one for each key")
                .hasSize(2);
    }

    /** Returns the digest of the artifact, as push without a signature prints it. */
    private String digest(String name) {
        return Typed.digest(Typed.done("push", bundle.toString(), at(name)));
    }

    private JsonValue signatures(String name) {
        Reference reference = Reference.parse(at(name));
        byte[] manifest =
                remote().manifest(reference.signatureImage(digest(name))).orElseThrow();
        return JsonValue.read(manifest).orElseThrow();
    }

    private Remote remote() {
        return new Connection().open(Reference.parse(at("agents:7")));
    }

    @Test
    void changedSignaturesAreRefused() throws IOException {
        Typed.done("push", bundle.toString(), at("agents:7"), "--sign", path("p256.pem"));
        Reference place = Reference.parse(at("agents:7")).signatureImage(digest("agents:7"));
        String good = new String(remote().manifest(place).orElseThrow(), StandardCharsets.UTF_8);
        Matcher signature = Pattern.compile("cosign/signature\":\"([^\"]+)\"").matcher(good);
        assertThat(signature.find()).isTrue();
        byte[] bytes = Base64.getDecoder().decode(signature.group(1));
        for (int i = 0; i < bytes.length; i += 9) {
            bytes[i] ^= 4;
            String changed =
                    good.replace(signature.group(1), Base64.getEncoder().encodeToString(bytes));
            remote().store(place, changed.getBytes(StandardCharsets.UTF_8));
            verified(false, "agents:7", "p256");
            bytes[i] ^= 4;
        }
        remote().store(place, good.getBytes(StandardCharsets.UTF_8));
        verified(true, "agents:7", "p256");
    }

    @Test
    void theSignatureOfAnotherBundleIsRefused() throws IOException {
        Typed.done("push", bundle.toString(), at("agents:7"), "--sign", path("p256.pem"));
        byte[] signed = remote().manifest(Reference.parse(at("agents:7")).signatureImage(digest("agents:7")))
                .orElseThrow();
        Path old = folder.resolve("old.wallpack");
        Files.copy(bundle, old);
        Typed.bundle(folder, "--gzip");
        String digest = digest("agents:8");
        remote().store(Reference.parse(at("agents:8")).signatureImage(digest), signed);
        verified(false, "agents:8", "p256");
        assertThat(Typed.failed(4, "pull", at("agents:8"), "-o", path("x.wallpack"), "--public-key", path("p256.pub")))
                .contains("that belongs to another artifact");
        Typed.done("push", bundle.toString(), at("agents:8"), "--sign", path("p256.pem"));
        verified(true, "agents:8", "p256");
        Files.copy(old, bundle, StandardCopyOption.REPLACE_EXISTING);
        verified(true, "agents:7", "p256");
    }

    @Test
    void whatCosignSignsIsPulled() throws IOException {
        digest("agents:7");
        ProcessBuilder builder =
                new ProcessBuilder("cosign", "generate-key-pair", "--output-key-prefix", path("cosign"));
        builder.environment().put("COSIGN_PASSWORD", "");
        Command.run(folder, builder).succeeded();
        ProcessBuilder sign = new ProcessBuilder(
                "cosign", "sign", "--yes", "--tlog-upload=false", "--key", path("cosign.key"), at("agents:7"));
        sign.environment().put("COSIGN_PASSWORD", "");
        sign.environment().put("HOME", folder.toString());
        Command.run(folder, sign).succeeded();
        verified(true, "agents:7", "cosign");
        Typed.done("push", bundle.toString(), at("agents:7"), "--sign", path("ed25519.pem"));
        verified(true, "agents:7", "cosign");
        verified(true, "agents:7", "ed25519");
    }
}
