// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.container;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The use of Ringwall's OCI runtime by a Docker engine whose default it is. Docker keeps the
 * runtime with which a container was created, also when the default is another one since.
 *
 * @param runtime the name of the default runtime
 * @param containers how many containers there are
 * @param outside the names of those with another runtime, which puts no policy on them
 */
public record RuntimeUse(String runtime, int containers, List<String> outside) {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Path OURS = Path.of("ringwall-runc");

    public RuntimeUse {
        outside = List.copyOf(outside);
    }

    /**
     * Returns the use of the runtime on this host; empty if there is no Docker engine, or its
     * default runtime is another one.
     *
     * @throws IOException if the engine does not answer as its API says
     */
    public static Optional<RuntimeUse> ofDocker() throws IOException {
        DockerSocket docker = new DockerSocket(Path.of("/run/docker.sock"), PATIENCE);
        return docker.listens() ? of(docker) : Optional.empty();
    }

    static Optional<RuntimeUse> of(DockerSocket docker) throws IOException {
        Map<?, ?> info = object(docker.get("/info"));
        Map<?, ?> runtimes = info.get("Runtimes") instanceof Map<?, ?> all ? all : Map.of();
        Set<String> ours = runtimes.entrySet().stream()
                .filter(each -> isOurs(JsonFields.texts(each.getValue()).get("path")))
                .map(each -> String.valueOf(each.getKey()))
                .collect(Collectors.toSet());
        String usual = String.valueOf(info.get("DefaultRuntime"));
        if (!ours.contains(usual)) {
            return Optional.empty();
        }
        List<Container> all = docker.containers();
        List<String> outside = new ArrayList<>();
        for (Container each : all) {
            Object host =
                    object(docker.get("/containers/" + each.id() + "/json")).get("HostConfig");
            String runtime = JsonFields.texts(host).get("Runtime");
            if (runtime != null && !ours.contains(runtime)) {
                outside.add(each.shown());
            }
        }
        return Optional.of(new RuntimeUse(usual, all.size(), outside));
    }

    private static boolean isOurs(@Nullable String path) {
        return path != null && Path.of(path).endsWith(OURS);
    }

    private static Map<?, ?> object(Optional<String> json) throws IOException {
        try {
            // A container that was removed meanwhile has no object.
            return json.isPresent() && JsonFields.parse(json.get()) instanceof Map<?, ?> fields ? fields : Map.of();
        } catch (YamlEngineException e) {
            throw new IOException("its answer is not JSON", e);
        }
    }
}
