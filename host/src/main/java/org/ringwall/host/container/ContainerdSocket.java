// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.ringwall.bpf.json.JsonException;
import org.ringwall.host.place.CgroupsPath;
import org.ringwall.host.protobuf.WireReader;
import org.ringwall.host.protobuf.WireWriter;

/**
 * A containerd, queried by its API on a Unix socket. The containers of docker, which docker names
 * itself, are left out.
 *
 * <p>A container of Kubernetes is named {@code NAMESPACE/POD/CONTAINER}, and the sandbox of a pod
 * {@code NAMESPACE/POD}, by the labels that the kubelet gives them. All containers of a pod have
 * the labels of the pod. Another container is named {@code NAMESPACE/NAME} in its namespace of
 * containerd, by the name that nerdctl gave it. Each is also named {@code NAMESPACE/ID}.
 *
 * <p>Clients copy the labels of an image to its containers. So a label names or selects a container
 * only where the client sets it afterwards, and those of a pod replace those of the image.
 */
final class ContainerdSocket implements ContainerRuntime {
    private static final String API = "/containerd.services.";
    private static final String KUBERNETES = "io.kubernetes.";
    private static final String CONTAINER_NAME = KUBERNETES + "container.name";

    /** The namespace of containerd that has the containers of Kubernetes, and no others. */
    private static final String CRI = "k8s.io";

    /** The label that says whether a container of Kubernetes is the sandbox of a pod. */
    private static final String KIND = "io.cri-containerd.kind";

    private static final String SANDBOX = "sandbox";

    private final Path socket;
    private final Duration patience;

    /**
     * Creates a runtime.
     *
     * @param patience how long it waits for all answers
     */
    ContainerdSocket(Path socket, Duration patience) {
        this.socket = socket;
        this.patience = patience;
    }

    @Override
    public String name() {
        return "containerd";
    }

    @Override
    public String check() {
        return "ctr version";
    }

    @Override
    public boolean choosesIds() {
        return false;
    }

    @Override
    public boolean present() {
        return Files.exists(socket) || new ContainerdTasks(socket.resolveSibling("")).ofOthers();
    }

    /**
     * A container as containerd has it.
     *
     * @param spec its OCI configuration as JSON
     */
    record Entry(String namespace, String id, Map<String, String> labels, byte[] spec) {
        String label(String key) {
            return labels.getOrDefault(key, "");
        }

        /** Returns whether the kubelet, or another client of the CRI, has made the container. */
        boolean ofKubernetes() {
            return namespace.equals(CRI)
                    && Container.isUnique(id)
                    && !label(KIND).isEmpty();
        }

        /** Returns the uid of its pod; empty if it has none. */
        String pod() {
            return ofKubernetes() ? label(KUBERNETES + "pod.uid") : "";
        }

        boolean isSandbox() {
            return label(KIND).equals(SANDBOX);
        }

        Container container(Map<String, String> ofPod) {
            Map<String, String> all = new LinkedHashMap<>(labels);
            ofPod.forEach((key, value) -> {
                if (!key.equals(KIND) && !key.equals(CONTAINER_NAME)) {
                    all.put(key, value);
                }
            });
            List<String> names =
                    Stream.of(shown(), namespace + "/" + id).distinct().toList();
            return new Container("containerd", id, names, all, cgroup());
        }

        private String shown() {
            String pod = label(KUBERNETES + "pod.name");
            if (ofKubernetes() && !pod.isEmpty()) {
                // The author of a pod can give its sandbox any other label.
                return Stream.of(label(KUBERNETES + "pod.namespace"), pod, isSandbox() ? "" : label(CONTAINER_NAME))
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining("/"));
            }
            // nerdctl gives each container an id and a name; `ctr` copies a name from the image.
            String name = Container.isUnique(id) ? label("nerdctl/name") : "";
            return namespace + "/" + (name.isEmpty() ? id : name);
        }

        /** Returns the cgroup of a container whose id does not find it. */
        private Optional<Path> cgroup() {
            if (Container.isUnique(id)) {
                return Optional.empty();
            }
            try {
                return field(RuntimeJson.read(new String(spec, StandardCharsets.UTF_8)), "linux", "cgroupsPath")
                        .filter(path -> path.startsWith("/") || path.contains(":"))
                        .flatMap(CgroupsPath::relative)
                        // One that does not belong to the container alone is not taken for its own.
                        .filter(path -> path.endsWith(id) || path.toString().endsWith("-" + id + ".scope"));
            } catch (JsonException e) {
                return Optional.empty();
            }
        }

        private static Optional<String> field(@Nullable Object value, String... keys) {
            @Nullable Object at = value;
            for (String key : keys) {
                at = at instanceof Map<?, ?> fields ? fields.get(key) : null;
            }
            return Optional.ofNullable(at).map(Objects::toString);
        }
    }

    @Override
    public List<Container> containers() throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (GrpcSocket api = new GrpcSocket(socket, patience)) {
            List<String> namespaces = new ArrayList<>();
            api.call(API + "namespaces.v1.Namespaces/List", Map.of(), new byte[0], reply -> {
                WireReader message = new WireReader(reply);
                while (message.next()) {
                    if (message.field() == 1) {
                        namespaces.add(first(message.message()));
                    }
                }
            });
            namespaces.remove(ContainerdTasks.DOCKER);
            for (String namespace : namespaces) {
                api.call(
                        API + "containers.v1.Containers/ListStream",
                        Map.of("containerd-namespace", namespace),
                        new WireWriter().message(),
                        reply -> {
                            WireReader message = new WireReader(reply);
                            while (message.next()) {
                                if (message.field() == 1) {
                                    entries.add(entry(namespace, message.message()));
                                }
                            }
                        });
            }
        }
        return containers(entries);
    }

    /** Returns the containers of these entries with their names, and the labels of their pods. */
    static List<Container> containers(List<Entry> entries) {
        Map<String, Map<String, String>> pods = new HashMap<>();
        for (Entry entry : entries) {
            if (entry.ofKubernetes() && entry.isSandbox()) {
                pods.put(entry.pod(), entry.labels());
            }
        }
        // Containers of other clients belong to no pod.
        pods.put("", Map.of());
        return entries.stream()
                .map(entry -> entry.container(pods.getOrDefault(entry.pod(), Map.of())))
                .toList();
    }

    /** Returns the first field of a message, a text. */
    private static String first(WireReader message) throws ProtocolException {
        String text = "";
        while (message.next()) {
            if (message.field() == 1) {
                text = message.text();
            }
        }
        return text;
    }

    private static Entry entry(String namespace, WireReader message) throws ProtocolException {
        String id = "";
        Map<String, String> labels = WireReader.newMap();
        byte[] spec = {};
        while (message.next()) {
            switch (message.field()) {
                case 1 -> id = message.text();
                case 2 -> message.readMapEntry(labels);
                case 5 -> spec = value(message.message());
                default -> message.skip();
            }
        }
        return new Entry(namespace, id, labels, Container.isUnique(id) ? new byte[0] : spec);
    }

    /** Returns the value of an `Any`. */
    private static byte[] value(WireReader any) throws ProtocolException {
        byte[] value = {};
        while (any.next()) {
            if (any.field() == 2) {
                value = any.bytes();
            }
        }
        return value;
    }
}
