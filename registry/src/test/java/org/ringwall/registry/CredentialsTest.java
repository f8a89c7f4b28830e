// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.cli.InputException;
import org.ringwall.registry.Credentials.Login;

/** Tests of the files of credentials that docker and podman write. */
final class CredentialsTest {
    @TempDir
    private Path folder = Path.of("");

    private static String entry(String key, String user) {
        String text = Base64.getEncoder().encodeToString((user + ":a:b").getBytes(StandardCharsets.UTF_8));
        return "\"" + key + "\":{\"auth\":\"" + text + "\"}";
    }

    private Path file(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, content);
        return file;
    }

    private static Optional<String> user(Map<String, String> environment, String reference) {
        return new Credentials(environment)
                .find(Reference.parse(reference), Optional.empty())
                .map(Login::user);
    }

    @Test
    void theMostSpecificEntryIsUsed() throws IOException {
        Path file = file(
                "auth.json",
                "{\"auths\":{" + entry("reg.example:5000", "host") + "," + entry("reg.example:5000/acme", "folder")
                        + "," + entry("reg.example:5000/acme/agents", "repository") + "}}");
        Map<String, String> environment = Map.of("REGISTRY_AUTH_FILE", file.toString());
        assertThat(user(environment, "reg.example:5000/acme/agents:7")).contains("repository");
        assertThat(user(environment, "reg.example:5000/acme/others")).contains("folder");
        assertThat(user(environment, "reg.example:5000/a/b/c")).contains("host");
        assertThat(user(environment, "reg.example/acme/agents")).isEmpty();
        Path hub = file("hub.json", "{\"auths\":{" + entry("https://index.docker.io/v1/", "hub") + "}}");
        assertThat(user(Map.of("REGISTRY_AUTH_FILE", hub.toString()), "docker.io/acme/agents"))
                .contains("hub");
        assertThat(new Credentials(Map.of()).find(Reference.parse("reg.example:5000/a"), Optional.of(file)))
                .contains(new Login("host", "a:b"));
    }

    @Test
    void filesHaveAnOrder() throws IOException {
        file("run/containers/auth.json", "{\"auths\":{" + entry("a.example", "podman") + "}}");
        file(
                "docker/config.json",
                "{\"auths\":{" + entry("a.example", "docker") + "," + entry("b.example", "d") + "}}");
        file("home/.docker/config.json", "{\"auths\":{" + entry("b.example", "home") + "}}");
        Map<String, String> all = Map.of(
                "XDG_RUNTIME_DIR", folder.resolve("run").toString(),
                "DOCKER_CONFIG", folder.resolve("docker").toString(),
                "HOME", folder.resolve("home").toString());
        assertThat(user(all, "a.example/x")).contains("podman");
        assertThat(user(all, "b.example/x")).contains("d");
        assertThat(user(Map.of("HOME", folder.resolve("home").toString()), "b.example/x"))
                .contains("home");
        assertThat(user(Map.of(), "b.example/x")).isEmpty();
    }

    @Test
    void damagedFilesAreNamed() throws IOException {
        for (String text : new String[] {
            "", "[]", "{\"auths\":{\"a.example\":{\"auth\":\"?\"}}}", "{\"auths\":{\"a.example\":{\"auth\":\"YWJj\"}}}"
        }) {
            Path file = file("auth.json", text);
            assertThatThrownBy(() -> new Credentials(Map.of()).find(Reference.parse("a.example/x"), Optional.of(file)))
                    .as(text)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(file.toString());
        }
        assertThatThrownBy(() -> new Credentials(Map.of())
                        .find(Reference.parse("a.example/x"), Optional.of(folder.resolve("none"))))
                .hasMessageContaining("cannot read the credentials");
        Path helper = file("auth.json", "{\"credsStore\":\"../../bin/sh\"}");
        assertThatThrownBy(() -> new Credentials(Map.of()).find(Reference.parse("a.example/x"), Optional.of(helper)))
                .hasMessageContaining("is not a credential helper");
        Path missing = file("auth.json", "{\"credHelpers\":{\"a.example\":\"ringwall-none\"}}");
        assertThatThrownBy(() -> new Credentials(Map.of()).find(Reference.parse("a.example/x"), Optional.of(missing)))
                .hasMessageContaining("cannot run `docker-credential-ringwall-none`");
        assertThat(new Credentials(Map.of()).find(Reference.parse("b.example/x"), Optional.of(missing)))
                .isEmpty();
    }
}
