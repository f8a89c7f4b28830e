// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.BundleFile;
import org.ringwall.compiler.cli.InputException;

/** Registries that send wrong content: each gives a message, and no file is written. */
final class MaliciousRegistryTest {
    private static final int ENDLESS = 5 << 20;

    @TempDir
    private Path folder = Path.of("");

    private final FakeRegistry registry = new FakeRegistry();
    private byte[] bundle = new byte[0];
    private byte[] manifest = new byte[0];
    private String blob = "";

    @BeforeEach
    void serveABundle() throws IOException, BundleException {
        Path file = Typed.bundle(folder);
        bundle = Files.readAllBytes(file);
        manifest = BundleArtifact.manifest("web.wallpack", bundle, Bundle.of(Archive.of(BundleFile.of(bundle))));
        blob = Sha256.of(bundle);
        registry.manifest("7", manifest).blob(blob, bundle);
    }

    @AfterEach
    void noFileIsLeft() throws IOException {
        registry.close();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("web.wall", "web.wallpack");
        }
    }

    private String at(String target) {
        return registry.address() + "/acme/agents" + target;
    }

    private String refused(String target) {
        return Typed.failed(
                1, "pull", at(target), "-o", folder.resolve("pulled.wallpack").toString());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String manifestText() {
        return new String(manifest, StandardCharsets.UTF_8);
    }

    @Test
    void theUnchangedBundleIsAccepted() throws IOException {
        Path file = folder.resolve("pulled.wallpack");
        Typed.done("pull", at(":7"), "-o", file.toString());
        assertThat(file).hasBinaryContent(bundle);
        Files.delete(file);
    }

    @Test
    void aManifestMustHaveItsDigest() {
        String wrong = "sha256:" + "1".repeat(64);
        registry.manifest(wrong, manifest);
        assertThat(refused("@" + wrong)).contains("sent the manifest of", Sha256.of(manifest) + " instead of " + wrong);
        registry.on(
                "GET",
                "/v2/acme/agents/manifests/7",
                FakeRegistry.plain(200, manifest, "Docker-Content-Digest", wrong));
        assertThat(refused(":7")).contains("sent the manifest of");
    }

    @Test
    void aBlobMustHaveItsDigestAndItsSize() {
        byte[] other = bundle.clone();
        other[other.length / 2] ^= 1;
        registry.blob(blob, other);
        assertThat(refused(":7")).contains("sent a blob with the digest");
        registry.blob(blob, Arrays.copyOf(bundle, bundle.length - 1));
        assertThat(refused(":7")).contains("ends the blob " + blob + " after " + (bundle.length - 1) + " of ");
        registry.blob(blob, Arrays.copyOf(bundle, bundle.length + 1));
        assertThat(refused(":7")).contains("sends more than " + bundle.length + " bytes");
        registry.on(
                "GET",
                "/v2/acme/agents/blobs/" + blob,
                FakeRegistry.truncated(Arrays.copyOf(bundle, 1000), bundle.length));
        assertThat(refused(":7")).contains("breaks the connection");
        registry.on("GET", "/v2/acme/agents/blobs/" + blob, FakeRegistry.plain(404, new byte[0]));
        assertThat(refused(":7")).contains("cannot read the blob " + blob + ": it answers 404");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vnd.ringwall.wallpack.v1\" | vnd.acme.sbom\" | it is not a bundle, but an artifact of the type"
                        + " `application/vnd.acme.sbom`",
                "artifactType\" | artifact\" | it is not a bundle, but something of the type"
                        + " `application/vnd.oci.image.manifest.v1+json`",
                "v1.tar\" | v1.zip\" | its layer is of the type `application/vnd.ringwall.wallpack.v1.zip`",
                "\"layers\":[ | \"layers\":[{}, | it has 2 layers instead of one",
                "\"size\": | \"size\":99999999999,\"x\": | its layer has more than 40 MiB, or no size",
                "\"digest\":\"sha256: | \"digest\":\"sha512: | its layer has the digest `sha512:",
                "{\"schemaVersion\":2 | {\"schemaVersion\":2,\"layers\":[] | its manifest is not JSON",
                "{\"schemaVersion\":2 | <html>{\"schemaVersion\":2 | its manifest is not JSON"
            })
    void aManifestMustDescribeABundle(String row) {
        String[] parts = row.split(" \\| ", -1);
        String old = parts[0];
        String changed = parts[1];
        String message = parts[2];
        String text = manifestText();
        assertThat(text).contains(old);
        registry.manifest("7", utf8(text.replace(old, changed)));
        assertThat(refused(":7")).contains("`" + at(":7") + "` is refused: " + message);
    }

    @Test
    void aContainerImageIsReportedAsSuch() {
        registry.manifest("7", utf8("{\"schemaVersion\":2,\"manifests\":[]}"));
        assertThat(refused(":7")).contains("it is not a bundle, but an index of images");
        registry.manifest(
                "7", utf8("{\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\"},\"layers\":[]}"));
        assertThat(refused(":7")).contains("it is not a bundle, but a container image");
        registry.manifest("7", utf8("{\"artifactType\":\"a\\u001b[2J\\u202e\"}"));
        assertThat(refused(":7")).contains("an artifact of the type `a\uFFFD[2J\uFFFD`");
    }

    @Test
    void aLayerMustBeABundle() {
        byte[] other = utf8("not a bundle");
        registry.manifest(
                        "7",
                        utf8(manifestText()
                                .replace(blob, Sha256.of(other))
                                .replace("\"size\":" + bundle.length, "\"size\":" + other.length)))
                .blob(Sha256.of(other), other);
        assertThat(refused(":7")).contains("the bundle `" + at(":7") + "` is refused: it is not a bundle");
    }

    @Test
    void answersHaveALimit() {
        registry.manifest("7", new byte[ENDLESS]);
        assertThat(refused(":7")).contains("sends more than " + (4 << 20) + " bytes");
        registry.on(
                "GET",
                "/v2/acme/agents/manifests/7",
                FakeRegistry.plain(
                        302,
                        new byte[0],
                        "Location",
                        "http://" + at("").replace("/acme/agents", "") + "/v2/acme/agents/manifests/7"));
        assertThat(refused(":7")).contains("redirects endlessly, or refuses its own tokens");
    }

    @Test
    void anExchangeHasATimeout() {
        registry.on("HEAD", "/v2/", exchange -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThatThrownBy(() -> new Connection().open(Reference.parse(at(":7")), Duration.ofSeconds(1)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("does not answer within 1 s");
    }

    @Test
    void errorsOfTheRegistryAreShown() {
        registry.on(
                "GET",
                "/v2/acme/agents/manifests/7",
                FakeRegistry.plain(
                        503, utf8("{\"errors\":[{\"code\":\"UNAVAILABLE\",\"message\":\"in\\nmaintenance\"}]}")));
        assertThat(refused(":7"))
                .contains("cannot read `" + at(":7") + "`: it answers 503 (UNAVAILABLE in\uFFFDmaintenance)");
    }

    @Test
    void aPushIsComparedToo() {
        String upload = "/v2/acme/agents/blobs/uploads/";
        String file = folder.resolve("web.wallpack").toString();
        assertThat(Typed.failed(1, "push", file, at(":8"))).contains("cannot begin an upload: it answers 404");
        registry.on("POST", upload, FakeRegistry.plain(202, new byte[0], "Location", upload + "1?state=x y"));
        assertThat(Typed.failed(1, "push", file, at(":8"))).contains("sent the invalid upload location");
        registry.on("POST", upload, FakeRegistry.plain(202, new byte[0], "Location", upload + "1"));
        assertThat(Typed.failed(1, "push", file, at(":8"))).contains("cannot upload a blob: it answers 404");
        registry.on("PUT", upload + "1", FakeRegistry.plain(201, new byte[0]));
        assertThat(Typed.failed(1, "push", file, at(":8"))).contains("cannot store `" + at(":8") + "`: it answers 404");
        registry.on(
                "PUT",
                "/v2/acme/agents/manifests/8",
                FakeRegistry.plain(201, new byte[0], "Docker-Content-Digest", "sha256:" + "2".repeat(64)));
        assertThat(Typed.failed(1, "push", file, at(":8"))).contains("stored the manifest under the digest");
        registry.on("PUT", "/v2/acme/agents/manifests/8", FakeRegistry.plain(201, new byte[0]));
        Typed.done("push", file, at(":8"));
    }

    @Test
    void invalidNamesAreRefused() {
        for (String name : List.of(
                "agents:7",
                "reg/agents:7",
                "localhost:5000/Agents",
                "localhost:5000/a:",
                "localhost:5000/a@sha256:12",
                "localhost:5000/a:b@sha256:" + "0".repeat(64),
                "localhost:5000/../a",
                "http://localhost:5000/a",
                "")) {
            assertThat(Typed.failed(1, "pull", name))
                    .contains("write REGISTRY/REPO:TAG or REGISTRY/REPO@sha256:DIGEST");
        }
    }
}
