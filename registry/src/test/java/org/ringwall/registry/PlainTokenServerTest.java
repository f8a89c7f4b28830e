// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleFile;
import org.ringwall.testkit.Command;

/**
 * Registries whose server of tokens speaks plain HTTP. The address 0.0.0.0 reaches this machine,
 * and is none of those at which plain HTTP is allowed.
 */
final class PlainTokenServerTest {
    private static final byte[] NOTHING = new byte[0];
    private static final String MANIFEST = "/v2/acme/agents/manifests/7";
    private static final String BASIC =
            Base64.getEncoder().encodeToString("user:secret".getBytes(StandardCharsets.UTF_8));

    @TempDir
    private Path folder = Path.of("");

    /** The header `Authorization` of the last request for each path. */
    private final Map<String, String> sent = new ConcurrentHashMap<>();

    private byte[] bundle = NOTHING;

    @BeforeEach
    void makeABundle() throws IOException {
        bundle = Files.readAllBytes(Typed.bundle(folder));
    }

    private FakeRegistry.Answer seen(FakeRegistry.Answer answer) {
        return exchange -> {
            List<String> none = List.of("");
            sent.put(
                    exchange.getRequestURI().getPath(),
                    exchange.getRequestHeaders()
                            .getOrDefault("Authorization", none)
                            .get(0));
            answer.to(exchange);
        };
    }

    /** Serves a bundle to those who have a token of a server. */
    private void serve(FakeRegistry registry, String tokens) throws Exception {
        byte[] manifest = BundleArtifact.manifest("web.wallpack", bundle, Bundle.of(Archive.of(BundleFile.of(bundle))));
        FakeRegistry.Answer refused = FakeRegistry.plain(
                401,
                NOTHING,
                "WWW-Authenticate",
                "Bearer realm=\"" + tokens + "/token\",service=\"test\",scope=\"repository:acme/agents:pull\"");
        FakeRegistry.Answer served = FakeRegistry.plain(200, manifest);
        registry.on("HEAD", "/v2/", refused);
        registry.on("GET", MANIFEST, seen(exchange -> (sent.containsKey("/token") ? served : refused).to(exchange)));
        registry.on("GET", "/v2/acme/agents/blobs/" + Sha256.of(bundle), FakeRegistry.plain(200, bundle));
    }

    private void grant(FakeRegistry tokens) {
        tokens.on(
                "GET",
                "/token",
                seen(FakeRegistry.plain(200, "{\"token\":\"T\"}".getBytes(StandardCharsets.US_ASCII))));
    }

    private String[] pull(String registry, String... more) throws IOException {
        Path login = folder.resolve("auth.json");
        Files.writeString(login, "{\"auths\":{\"" + registry + "\":{\"auth\":\"" + BASIC + "\"}}}");
        String pulled = folder.resolve("pulled.wallpack").toString();
        List<String> words = new ArrayList<>(
                List.of("pull", registry + "/acme/agents:7", "-o", pulled, "--authfile", login.toString()));
        words.addAll(List.of(more));
        return words.toArray(String[]::new);
    }

    @Test
    void aRegistryOfThisMachineSendsNoPasswordToAnotherOne() throws Exception {
        try (FakeRegistry registry = new FakeRegistry();
                FakeRegistry tokens = new FakeRegistry()) {
            String other = "http://0.0.0.0:" + tokens.port();
            grant(tokens);
            serve(registry, other);
            assertThat(Typed.failed(1, pull(registry.address())))
                    .contains(
                            "the registry `" + registry.address() + "` sends its clients to " + other + ", without TLS",
                            "--insecure allows plain HTTP");
            assertThat(sent).containsKey(MANIFEST).doesNotContainKey("/token");
            assertThat(folder.resolve("pulled.wallpack")).doesNotExist();

            Typed.done(pull(registry.address(), "--insecure"));
            assertThat(sent).containsEntry("/token", "Basic " + BASIC);
            assertThat(folder.resolve("pulled.wallpack")).hasBinaryContent(bundle);
        }
    }

    @Test
    void aRegistryWithTlsSendsNoPasswordWithoutIt() throws Exception {
        try (FakeRegistry registry = new FakeRegistry(tls());
                FakeRegistry tokens = new FakeRegistry()) {
            String name = "0.0.0.0:" + registry.port();
            String ca = folder.resolve("ca.pem").toString();
            grant(tokens);
            grant(registry);
            serve(registry, "http://" + tokens.address());
            assertThat(Typed.failed(1, pull(name, "--ca", ca)))
                    .contains("sends its clients to http://" + tokens.address() + ", without TLS");
            assertThat(sent).containsKey(MANIFEST).doesNotContainKey("/token");

            serve(registry, "https://" + name);
            Typed.done(pull(name, "--ca", ca));
            assertThat(sent).containsEntry("/token", "Basic " + BASIC);
            assertThat(folder.resolve("pulled.wallpack")).hasBinaryContent(bundle);
        }
    }

    /** Makes a certificate for 0.0.0.0, and writes it to `ca.pem`. */
    private SSLContext tls() throws IOException, GeneralSecurityException {
        Path store = folder.resolve("store.p12");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        List<String> common = List.of("-alias", "r", "-keystore", store.toString(), "-storepass", "secret");
        List<String> make = new ArrayList<>(
                List.of(keytool, "-genkeypair", "-keyalg", "EC", "-dname", "CN=r", "-ext", "san=ip:0.0.0.0"));
        make.addAll(common);
        Command.run(folder, make).succeeded();
        List<String> export = new ArrayList<>(List.of(
                keytool,
                "-exportcert",
                "-rfc",
                "-file",
                folder.resolve("ca.pem").toString()));
        export.addAll(common);
        Command.run(folder, export).succeeded();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        char[] password = "secret".toCharArray();
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, password);
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }
}
