// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ringwall.bpf.json.JsonException;

/**
 * A parser of the list of containers in JSON that podman and Docker's API return: an array of
 * objects with `Id`, `Names` and `Labels`.
 */
final class ContainerList {
    private ContainerList() {}

    /**
     * Parses a list.
     *
     * @throws IOException if the text is not JSON, or not a list of containers with ids
     */
    static List<Container> parse(String runtime, String json) throws IOException {
        @Nullable Object root;
        try {
            root = RuntimeJson.read(json);
        } catch (JsonException e) {
            throw new IOException("its answer " + e.getMessage(), e);
        }
        if (!(root instanceof List<?> list)) {
            throw new IOException("its answer is not a list of containers");
        }
        List<Container> containers = new ArrayList<>();
        for (Object each : list) {
            if (!(each instanceof Map<?, ?> fields)
                    || !(fields.get("Id") instanceof String id)
                    || !Container.isUnique(id)) {
                throw new IOException("its answer has a container without an id");
            }
            containers.add(new Container(
                    runtime,
                    id,
                    names(fields.get("Names")),
                    RuntimeJson.texts(fields.get("Labels")),
                    Optional.empty()));
        }
        return containers;
    }

    private static List<String> names(@Nullable Object value) {
        List<String> names = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object each : list) {
                String name = String.valueOf(each);
                names.add(name.startsWith("/") ? name.substring(1) : name);
            }
        }
        return names;
    }
}
