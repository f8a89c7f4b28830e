// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.LocalRegistry;
import org.ringwall.testkit.ToolTest;

/** Registries that want a password, speak TLS, or do not run. */
@ToolTest(LocalRegistry.PROGRAM)
final class LoginTest {
    private static final String PASSWORD = "secret:with colon";

    /** The password by bcrypt. */
    private static final String HTPASSWD = "user:$2b$05$abcdefghijklmnopqrstuui90UCXlqHq3TkXktXCP2l38BnuREfvm\n";

    @TempDir
    private Path folder = Path.of("");

    private String bundle = "";

    @BeforeEach
    void makeABundle() throws IOException {
        bundle = Typed.bundle(folder).toString();
    }

    private LocalRegistry protectedRegistry(String http) throws IOException {
        Path file = folder.resolve("htpasswd");
        Files.writeString(file, HTPASSWD);
        return LocalRegistry.start(folder, http, "auth: {htpasswd: {realm: test, path: " + file + "}}\n");
    }

    private String authfile(String key, String password) throws IOException {
        Path file = folder.resolve("auth.json");
        String auth = Base64.getEncoder().encodeToString(("user:" + password).getBytes(StandardCharsets.UTF_8));
        Files.writeString(file, "{\"auths\":{\"" + key + "\":{\"auth\":\"" + auth + "\"}}}");
        return file.toString();
    }

    /** Gives a command a line on its standard input. */
    private static String typing(String line, Supplier<String> command) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream((line + "\n").getBytes(StandardCharsets.UTF_8)));
        try {
            return command.get();
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void aRegistryWithAPasswordIsUsedWithIt() throws IOException {
        try (LocalRegistry registry = protectedRegistry("")) {
            String name = registry.address() + "/acme/agents:7";
            String pulled = folder.resolve("pulled.wallpack").toString();
            String none = folder.resolve("none.json").toString();
            Files.writeString(Path.of(none), "{}");
            assertThat(Typed.failed(1, "push", bundle, name, "--authfile", none))
                    .contains("needs credentials: it answers 401", "docker login " + registry.address());
            assertThat(Typed.failed(1, "push", bundle, name, "--authfile", authfile(registry.address(), "wrong")))
                    .contains("refuses the credentials: it answers 401");
            assertThat(typing(
                            "wrong",
                            () -> Typed.failed(1, "push", bundle, name, "--username", "user", "--password-stdin")))
                    .contains("refuses the credentials");
            Typed.done("push", bundle, name, "--authfile", authfile(registry.address() + "/acme", PASSWORD));
            assertThat(Typed.failed(1, "pull", name, "-o", pulled, "--authfile", none))
                    .contains("needs credentials");
            assertThat(Path.of(pulled)).doesNotExist();
            typing(PASSWORD, () -> Typed.done("pull", name, "-o", pulled, "--username", "user", "--password-stdin"));
            assertThat(Path.of(pulled)).hasSameBinaryContentAs(Path.of(bundle));
        }
    }

    @Test
    @ToolTest("openssl")
    void anUnknownAuthorityIsRefused() throws IOException {
        Path key = folder.resolve("tls.key");
        Path certificate = folder.resolve("tls.pem");
        Command.run(
                        folder,
                        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -addext subjectAltName=DNS:localhost -keyout KEY -out CERTIFICATE"
                                .replace("KEY", key.toString())
                                .replace("CERTIFICATE", certificate.toString())
                                .split(" "))
                .succeeded();
        String tls = ", tls: {certificate: " + certificate + ", key: " + key + "}";
        try (LocalRegistry registry = protectedRegistry(tls)) {
            String name = registry.address() + "/agents:7";
            String login = authfile(registry.address(), PASSWORD);
            assertThat(Typed.failed(1, "push", bundle, name, "--authfile", login))
                    .contains("has a certificate that is not trusted", "--ca FILE.pem");
            assertThat(Typed.failed(1, "push", bundle, name, "--authfile", login, "--insecure"))
                    .contains("has a certificate that is not trusted");
            assertThat(Typed.failed(1, "push", bundle, name, "--authfile", login, "--ca", bundle))
                    .contains("has no certificates");
            Typed.done("push", bundle, name, "--authfile", login, "--ca", certificate.toString());
            String pulled = folder.resolve("pulled.wallpack").toString();
            Typed.done("pull", name, "-o", pulled, "--authfile", login, "--ca", certificate.toString());
            assertThat(Path.of(pulled)).hasSameBinaryContentAs(Path.of(bundle));
        }
    }

    @Test
    void aRegistryThatDoesNotRunIsNamed() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        assertThat(Typed.failed(1, "push", bundle, "localhost:" + port + "/agents:7"))
                .contains("cannot connect to `localhost:" + port + "`: connection refused");
        assertThat(Typed.failed(1, "pull", "no-such-host.invalid/agents:7"))
                .contains("cannot find the address of `no-such-host.invalid`");
        assertThat(folder.resolve("agents.wallpack")).doesNotExist();
    }
}
