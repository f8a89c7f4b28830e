// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.BundleFile;

/** A registry that wants tokens, and stores its blobs at another host. */
final class TokenTest {
    private static final byte[] NOTHING = new byte[0];
    private static final String MANIFEST = "/v2/acme/agents/manifests/7";

    @TempDir
    private Path folder = Path.of("");

    /** The header `Authorization` of the last request for each path; empty if there was none. */
    private final Map<String, String> sent = new ConcurrentHashMap<>();

    private FakeRegistry.Answer seen(FakeRegistry.Answer answer) {
        return exchange -> {
            sent.put(exchange.getRequestURI().getPath(), authorization(exchange));
            answer.to(exchange);
        };
    }

    private static String authorization(HttpExchange exchange) {
        return String.join("", exchange.getRequestHeaders().getOrDefault("Authorization", List.of()));
    }

    /** Answers 401 and names a server of tokens of its own, at which every path is seen. */
    private static FakeRegistry.Answer wantsToken(FakeRegistry at) {
        return FakeRegistry.plain(
                401,
                NOTHING,
                "WWW-Authenticate",
                "Bearer realm=\"http://" + at.address() + "/token\",service=\"test\",scope=\"x\"");
    }

    @Test
    void anotherHostGetsNoPassword() throws IOException, BundleException {
        byte[] bundle = Files.readAllBytes(Typed.bundle(folder));
        byte[] manifest = BundleArtifact.manifest("web.wallpack", bundle, Bundle.of(Archive.of(BundleFile.of(bundle))));
        String basic = Base64.getEncoder().encodeToString("user:secret".getBytes(StandardCharsets.UTF_8));
        try (FakeRegistry registry = new FakeRegistry();
                FakeRegistry storage = new FakeRegistry()) {
            Path login = folder.resolve("auth.json");
            Files.writeString(login, "{\"auths\":{\"" + registry.address() + "\":{\"auth\":\"" + basic + "\"}}}");
            storage.on(
                    "GET",
                    "/token",
                    seen(FakeRegistry.plain(200, "{\"token\":\"T\"}".getBytes(StandardCharsets.US_ASCII))));
            storage.on("GET", "/stored", seen(wantsToken(storage)));
            storage.on("PUT", "/upload", seen(wantsToken(storage)));
            registry.manifest("7", manifest);
            registry.on(
                    "GET",
                    "/v2/acme/agents/blobs/" + Sha256.of(bundle),
                    seen(FakeRegistry.plain(307, NOTHING, "Location", "http://" + storage.address() + "/stored")));
            registry.on(
                    "POST",
                    "/v2/acme/agents/blobs/uploads/",
                    seen(FakeRegistry.plain(202, NOTHING, "Location", "http://" + storage.address() + "/upload")));
            String name = registry.address() + "/acme/agents:7";
            String pulled = folder.resolve("pulled.wallpack").toString();
            Typed.failed(1, "pull", name, "-o", pulled, "--authfile", login.toString());
            assertThat(sent)
                    .containsEntry("/v2/acme/agents/blobs/" + Sha256.of(bundle), "Basic " + basic)
                    .containsKey("/token")
                    .doesNotContainEntry("/token", "Basic " + basic)
                    .doesNotContainEntry("/stored", "Basic " + basic);
            sent.clear();
            registry.on("GET", "/v2/acme/agents/blobs/" + Sha256.of(bundle), FakeRegistry.plain(404, NOTHING));
            String file = folder.resolve("web.wallpack").toString();
            Typed.failed(1, "push", file, name, "--authfile", login.toString());
            assertThat(sent)
                    .containsEntry("/v2/acme/agents/blobs/uploads/", "Basic " + basic)
                    .containsKey("/upload")
                    .doesNotContainEntry("/token", "Basic " + basic)
                    .doesNotContainEntry("/upload", "Basic " + basic);
            storage.on("PUT", "/upload", seen(FakeRegistry.plain(404, NOTHING)));
            FakeRegistry.Answer elsewhere =
                    FakeRegistry.plain(202, NOTHING, "Location", "http://" + storage.address() + "/upload");
            registry.on(
                    "GET", "/token", FakeRegistry.plain(200, "{\"token\":\"R\"}".getBytes(StandardCharsets.US_ASCII)));
            registry.on(
                    "POST",
                    "/v2/acme/agents/blobs/uploads/",
                    seen(exchange -> (authorization(exchange).equals("Bearer R") ? elsewhere : wantsToken(registry))
                            .to(exchange)));
            Typed.failed(1, "push", file, name, "--authfile", login.toString());
            assertThat(sent)
                    .containsEntry("/v2/acme/agents/blobs/uploads/", "Bearer R")
                    .containsKey("/upload")
                    .doesNotContainEntry("/upload", "Bearer R");
        }
    }

    @Test
    void aTokenIsFetchedWithThePasswordAndSentToTheRegistryAlone() throws IOException, BundleException {
        byte[] bundle = Files.readAllBytes(Typed.bundle(folder));
        byte[] manifest = BundleArtifact.manifest("web.wallpack", bundle, Bundle.of(Archive.of(BundleFile.of(bundle))));
        String basic = Base64.getEncoder().encodeToString("user:secret".getBytes(StandardCharsets.UTF_8));
        try (FakeRegistry registry = new FakeRegistry();
                FakeRegistry storage = new FakeRegistry()) {
            Path login = folder.resolve("auth.json");
            Files.writeString(login, "{\"auths\":{\"" + registry.address() + "\":{\"auth\":\"" + basic + "\"}}}");
            String challenge = "Bearer realm=\"http://" + registry.address()
                    + "/token\",service=\"test\",scope=\"repository:acme/agents:pull\"";
            FakeRegistry.Answer refused = FakeRegistry.plain(401, NOTHING, "WWW-Authenticate", challenge);
            FakeRegistry.Answer served = FakeRegistry.plain(200, manifest);
            registry.on(
                    "GET",
                    MANIFEST,
                    seen(exchange -> (authorization(exchange).equals("Bearer T") ? served : refused).to(exchange)));
            byte[] token = "{\"token\":\"T\"}".getBytes(StandardCharsets.US_ASCII);
            registry.on(
                    "GET",
                    "/token",
                    seen(exchange -> (authorization(exchange).equals("Basic " + basic)
                                    ? FakeRegistry.plain(200, token)
                                    : refused)
                            .to(exchange)));
            String blob = "/v2/acme/agents/blobs/" + Sha256.of(bundle);
            registry.on(
                    "GET",
                    blob,
                    seen(FakeRegistry.plain(307, NOTHING, "Location", "http://" + storage.address() + "/stored")));
            storage.on("GET", "/stored", seen(FakeRegistry.plain(200, bundle)));
            Path pulled = folder.resolve("pulled.wallpack");
            String name = registry.address() + "/acme/agents:7";
            Path none = Files.writeString(folder.resolve("none.json"), "{}");
            assertThat(Typed.failed(1, "pull", name, "-o", pulled.toString(), "--authfile", none.toString()))
                    .contains("redirects endlessly, or refuses its own tokens", "docker login " + registry.address());
            registry.on("HEAD", "/v2/", refused);
            assertThat(pulled).doesNotExist();
            Typed.done("pull", name, "-o", pulled.toString(), "--authfile", login.toString());
            assertThat(pulled).hasBinaryContent(bundle);
            assertThat(sent)
                    .containsEntry(MANIFEST, "Bearer T")
                    .containsEntry(blob, "Bearer T")
                    .containsEntry("/stored", "");
        }
    }
}
