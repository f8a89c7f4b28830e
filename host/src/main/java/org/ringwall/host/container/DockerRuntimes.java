// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ringwall.bpf.json.JsonException;
import org.ringwall.loader.model.CgroupException;

/**
 * The OCI runtimes of docker's containers. A container keeps the runtime with which it was created,
 * whatever the default has become since, and only that of Ringwall puts policies in force when it
 * starts.
 *
 * @param byDefault the name of the default runtime
 * @param defaultApplies whether that is the runtime of Ringwall
 * @param containers in the order of their names
 */
public record DockerRuntimes(String byDefault, boolean defaultApplies, List<Entry> containers) {
    /** The file name of the runtime of Ringwall. */
    private static final String OURS = "ringwall-runc";

    private static final Path SOCKET = Path.of("/run/docker.sock");
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /**
     * A container.
     *
     * @param state as docker calls it, such as `running`
     * @param runtime the name of its runtime
     * @param applies whether that is the runtime of Ringwall
     */
    public record Entry(String id, String name, String state, String runtime, boolean applies) {}

    public DockerRuntimes {
        containers = List.copyOf(containers);
    }

    /**
     * Returns the runtimes of the docker of this host; empty if none listens.
     *
     * @throws CgroupException if it does not answer
     */
    public static Optional<DockerRuntimes> ofThisHost() {
        return at(SOCKET, PATIENCE);
    }

    static Optional<DockerRuntimes> at(Path socket, Duration patience) {
        if (!Files.exists(socket)) {
            return Optional.empty();
        }
        DockerSocket docker = new DockerSocket(socket, patience);
        try {
            return Optional.of(read(docker));
        } catch (IOException e) {
            throw new CgroupException(
                    "cannot list the runtimes of docker: " + e.getMessage(), "check that it works: docker info");
        }
    }

    static DockerRuntimes read(DockerSocket docker) throws IOException {
        Map<?, ?> info = object(docker.get("/info").orElse(""));
        String byDefault = String.valueOf(info.get("DefaultRuntime"));
        Map<?, ?> runtimes = info.get("Runtimes") instanceof Map<?, ?> all ? all : Map.of();
        List<Entry> entries = new ArrayList<>();
        for (Container container : docker.containers()) {
            Optional<String> json = docker.get("/containers/" + container.id() + "/json");
            if (json.isEmpty()) {
                // It was removed meanwhile.
                continue;
            }
            Map<?, ?> found = object(json.get());
            String runtime = text(found, "HostConfig", "Runtime");
            String own = runtime.isEmpty() ? byDefault : runtime;
            entries.add(new Entry(
                    container.id(),
                    container.shown(),
                    text(found, "State", "Status"),
                    own,
                    applies(runtimes.get(own))));
        }
        entries.sort(Comparator.comparing(Entry::name));
        return new DockerRuntimes(byDefault, applies(runtimes.get(byDefault)), entries);
    }

    private static String text(Map<?, ?> fields, String object, String name) {
        return fields.get(object) instanceof Map<?, ?> inner && inner.get(name) instanceof String text ? text : "";
    }

    /** Returns whether a runtime of docker's configuration is that of Ringwall. */
    private static boolean applies(@Nullable Object runtime) {
        if (!(runtime instanceof Map<?, ?> fields)) {
            return false;
        }
        Object path = fields.get("options") instanceof Map<?, ?> options ? options.get("BinaryName") : null;
        String program = String.valueOf(path == null ? fields.get("path") : path);
        return program.substring(program.lastIndexOf('/') + 1).equals(OURS);
    }

    private static Map<?, ?> object(String json) throws IOException {
        try {
            if (RuntimeJson.read(json) instanceof Map<?, ?> fields) {
                return fields;
            }
        } catch (JsonException e) {
            throw new IOException("its answer " + e.getMessage(), e);
        }
        throw new IOException("its answer is not an object");
    }

    /** Returns the containers of other runtimes than that of Ringwall. */
    public List<Entry> outside() {
        return containers.stream().filter(each -> !each.applies()).toList();
    }
}
