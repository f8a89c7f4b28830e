// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.cli.InputException;

/**
 * A reader of the credential files of docker and podman. The client library has one too, but it
 * rejects passwords with a colon, such as those of Google's registry, and ignores {@code
 * DOCKER_CONFIG}.
 */
final class Credentials {
    private static final int MAX_BYTES = 1 << 20;

    /** The key of docker for Docker Hub. */
    private static final String HUB = "https://index.docker.io/v1/";

    private static final String LOGIN = "log in again with docker or podman, or write --username NAME --password-stdin";

    private final Map<String, String> environment;

    Credentials(Map<String, String> environment) {
        this.environment = environment;
    }

    /** A user with a password. */
    record Login(String user, String password) {
        @Override
        public String toString() {
            return user;
        }
    }

    /**
     * Returns the credentials for a repository, from the most specific entry of the first file that
     * has one.
     *
     * @param named the only file to read, if the user names one
     * @throws InputException if a file or an entry cannot be used
     */
    Optional<Login> find(Reference reference, Optional<Path> named) {
        for (Path file : files(named)) {
            if (named.isPresent() || Files.isRegularFile(file)) {
                Optional<Login> found = find(reference, file);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private List<Path> files(Optional<Path> named) {
        Optional<Path> only = named.or(() -> variable("REGISTRY_AUTH_FILE").map(Path::of));
        if (only.isPresent()) {
            return List.of(only.get());
        }
        List<Path> files = new ArrayList<>();
        variable("XDG_RUNTIME_DIR").ifPresent(folder -> files.add(Path.of(folder, "containers", "auth.json")));
        variable("DOCKER_CONFIG")
                .map(Path::of)
                .or(() -> variable("HOME").map(home -> Path.of(home, ".docker")))
                .ifPresent(folder -> files.add(folder.resolve("config.json")));
        return files;
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }

    private Optional<Login> find(Reference reference, Path file) {
        JsonValue root = read(file);
        JsonValue entries = root.at("auths");
        for (String key = reference.repositoryName(); ; key = key.substring(0, key.lastIndexOf('/'))) {
            String auth = entries.at(key).at("auth").text();
            if (!auth.isEmpty()) {
                return Optional.of(decoded(file, key, auth));
            }
            if (key.equals(reference.registry())) {
                break;
            }
        }
        String hub = entries.at(HUB).at("auth").text();
        if (reference.registry().equals("docker.io") && !hub.isEmpty()) {
            return Optional.of(decoded(file, HUB, hub));
        }
        String helper = root.at("credHelpers").at(reference.registry()).text();
        String fallback = helper.isEmpty() ? root.at("credsStore").text() : helper;
        return fallback.isEmpty() ? Optional.empty() : fromHelper(fallback, reference.registry());
    }

    private static JsonValue read(Path file) {
        try {
            if (Files.size(file) <= MAX_BYTES) {
                return JsonValue.read(Files.readAllBytes(file))
                        .orElseThrow(() -> new InputException("`" + file + "` is not JSON", LOGIN));
            }
            throw new InputException("`" + file + "` is too large for a file of credentials", LOGIN);
        } catch (IOException e) {
            throw new InputException("cannot read the credentials in `" + file + "`", LOGIN);
        }
    }

    private static Login decoded(Path file, String key, String auth) {
        try {
            String text = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            if (colon > 0) {
                return new Login(text.substring(0, colon), text.substring(colon + 1));
            }
        } catch (IllegalArgumentException e) {
            // Not base64: the message is the same.
        }
        throw new InputException("the credentials for `" + key + "` in `" + file + "` are damaged", LOGIN);
    }

    /**
     * Runs a docker credential helper; empty if it exits with an error, as for an unknown registry.
     */
    private static Optional<Login> fromHelper(String name, String registry) {
        String program = "docker-credential-" + name;
        if (!name.matches("[A-Za-z0-9._-]+")) {
            throw new InputException("`" + UntrustedText.line(name) + "` is not a credential helper", LOGIN);
        }
        try {
            Process process = new ProcessBuilder(program, "get")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(registry.getBytes(StandardCharsets.UTF_8));
            }
            byte[] out = process.getInputStream().readNBytes(MAX_BYTES);
            if (process.waitFor() != 0) {
                return Optional.empty();
            }
            JsonValue root = JsonValue.read(out)
                    .orElseThrow(() -> new InputException("`" + program + "` does not print JSON", LOGIN));
            return Optional.of(
                    new Login(root.at("Username").text(), root.at("Secret").text()));
        } catch (IOException e) {
            throw new InputException("cannot run `" + program + "`, which keeps the credentials", LOGIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InputException("interrupted while `" + program + "` was running", "try again");
        }
    }
}
