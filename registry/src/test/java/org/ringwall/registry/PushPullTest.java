// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.BundleWriter;
import org.ringwall.testkit.LocalRegistry;
import org.ringwall.testkit.ToolTest;

/** Bundles that go to a registry and return, byte for byte. */
@ToolTest(LocalRegistry.PROGRAM)
final class PushPullTest {
    private static final int LARGE = 38 << 20;

    @TempDir
    private Path folder = Path.of("");

    private Optional<LocalRegistry> registry = Optional.empty();

    @BeforeEach
    void start() {
        registry = Optional.of(LocalRegistry.start(folder));
    }

    @AfterEach
    void stop() {
        registry.ifPresent(LocalRegistry::close);
    }

    private String at(String name) {
        return registry.orElseThrow().address() + "/" + name;
    }

    private Path pulled(String name, String... more) throws IOException {
        Path file = folder.resolve("pulled-" + name.replaceAll("[^a-z0-9]", "-") + ".wallpack");
        List<String> words = new ArrayList<>(List.of("pull", at(name), "-o", file.toString()));
        words.addAll(List.of(more));
        assertThat(Typed.done(words.toArray(String[]::new))).startsWith(file + ": pulled from " + at(name));
        return file;
    }

    @Test
    void aBundleReturnsByTagAndByDigest() throws IOException {
        Path bundle = Typed.bundle(folder);
        String said = Typed.done("push", bundle.toString(), at("acme/agents:7"));
        String digest = Typed.digest(said);
        assertThat(said).isEqualTo(bundle + ": pushed to " + at("acme/agents:7") + "\n  digest " + digest + "\n");
        assertThat(pulled("acme/agents:7")).hasSameBinaryContentAs(bundle);
        assertThat(pulled("acme/agents@" + digest)).hasSameBinaryContentAs(bundle);
        assertThat(Typed.digest(Typed.done("push", bundle.toString(), at("acme/agents:latest"))))
                .as("the same bundle has the same digest")
                .isEqualTo(digest);
        assertThat(pulled("acme/agents")).hasSameBinaryContentAs(bundle);
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void otherClientsSeeTheTypeAndTheNames() throws IOException {
        Path bundle = Typed.bundle(folder, "--gzip");
        String digest = Typed.digest(Typed.done("push", bundle.toString(), at("agents:7")));
        byte[] manifest = Files.readAllBytes(registry.orElseThrow().blob(digest));
        JsonValue root = JsonValue.read(manifest).orElseThrow();
        assertThat(root.at("artifactType").text()).isEqualTo("application/vnd.ringwall.wallpack.v1");
        assertThat(root.at("mediaType").text()).isEqualTo("application/vnd.oci.image.manifest.v1+json");
        JsonValue layer = root.at("layers").list().get(0);
        assertThat(layer.at("mediaType").text()).isEqualTo("application/vnd.ringwall.wallpack.v1.tar+gzip");
        assertThat(layer.at("annotations").at("org.opencontainers.image.title").text())
                .isEqualTo("web.wallpack");
        JsonValue annotations = root.at("annotations");
        assertThat(annotations.at("org.opencontainers.image.title").text()).isEqualTo("agents");
        assertThat(annotations.at("org.opencontainers.image.version").text()).isEqualTo("7");
        assertThat(annotations.at("org.ringwall.policies").text()).isEqualTo("web");
        assertThat(Typed.done(
                        "pull",
                        at("agents:7"),
                        "-o",
                        folder.resolve("b.wallpack").toString()))
                .contains("\n  SHA-256 "
                        + annotations.at("org.ringwall.bundle.sha256").text() + "\n");
        assertThat(folder.resolve("b.wallpack")).hasSameBinaryContentAs(bundle);
    }

    @Test
    void aLargeBundleReturns() throws IOException, BundleException {
        byte[] noise = new byte[LARGE];
        new Random(1).nextBytes(noise);
        BpfObject object = new BpfObject(
                ByteOrder.LITTLE_ENDIAN, "GPL", List.of(), List.of(), List.of(), new BtfBuilder().build());
        BundleWriter writer = new BundleWriter("large", "1", "ringwallc", "1");
        writer.add(
                "large",
                Map.of("large.wall", noise),
                List.of(),
                List.of(),
                List.of(),
                List.of(new BundleWriter.Compiled(object, Bytes.of(new byte[] {1}), List.of("5.10"))));
        Path bundle = folder.resolve("large.wallpack");
        Files.write(bundle, writer.write());
        Typed.done("push", bundle.toString(), at("large:1"));
        assertThat(pulled("large:1")).hasSameBinaryContentAs(bundle);
    }

    @Test
    void theSignatureOfABundleTravelsWithIt() throws IOException {
        Path bundle = Typed.bundle(folder);
        String key = folder.resolve("key").toString();
        Typed.done("keygen", "--out", key);
        Typed.done("sign", bundle.toString(), "--key", key + ".pem");
        Typed.done("push", bundle.toString(), at("agents:7"));
        assertThat(Typed.done("verify", pulled("agents:7").toString(), "--public-key", key + ".pub"))
                .contains(": signed by ");
    }

    @Test
    void aPullReplacesABundleAndNothingElse() throws IOException {
        Path bundle = Typed.bundle(folder);
        Typed.done("push", bundle.toString(), at("agents:7"));
        Path file = pulled("agents:7");
        assertThat(pulled("agents:7")).isEqualTo(file).hasSameBinaryContentAs(bundle);
        Files.writeString(file, "my notes");
        assertThat(Typed.failed(1, "pull", at("agents:7"), "-o", file.toString()))
                .contains("the file exists and is not a bundle");
        assertThat(file).hasContent("my notes");
    }

    /** 0.0.0.0 reaches this machine, but its name does not say so. */
    @Test
    void plainHttpNeedsPermissionElsewhere() throws IOException {
        Path bundle = Typed.bundle(folder);
        String name = at("agents:7").replace("localhost", "0.0.0.0");
        assertThat(Typed.failed(1, "push", bundle.toString(), name)).contains("does not speak TLS", "--insecure");
        Typed.done("push", bundle.toString(), name, "--insecure");
        String file = folder.resolve("pulled.wallpack").toString();
        assertThat(Typed.failed(1, "pull", name, "-o", file)).contains("does not speak TLS");
        assertThat(Path.of(file)).doesNotExist();
        Typed.done("pull", name, "-o", file, "--insecure");
        assertThat(Path.of(file)).hasSameBinaryContentAs(bundle);
    }

    @Test
    void onlyBundlesArePushed() throws IOException {
        Path file = folder.resolve("notes");
        Files.writeString(file, "my notes");
        assertThat(Typed.failed(1, "push", file.toString(), at("agents:7"))).contains("is refused: it is not a bundle");
        assertThat(Typed.failed(1, "pull", at("agents:7"))).contains("there is no `" + at("agents:7") + "`");
        Path bundle = Typed.bundle(folder);
        assertThat(Typed.failed(1, "push", bundle.toString(), at("agents@sha256:" + "0".repeat(64))))
                .contains("names a digest, which follows from the content");
    }
}
