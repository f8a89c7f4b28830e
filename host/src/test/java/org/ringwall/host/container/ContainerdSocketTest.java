// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Names and labels of containers whose images, or whose pods, have misleading labels. */
final class ContainerdSocketTest {
    private static final String SANDBOX = "1".repeat(64);
    private static final String APP = "2".repeat(64);

    /** The labels that the kubelet gives to all containers of a pod. */
    private static final Map<String, String> OF_POD = Map.of(
            "io.kubernetes.pod.name", "web-0", "io.kubernetes.pod.namespace", "shop", "io.kubernetes.pod.uid", "u1");

    private static ContainerdSocket.Entry entry(String namespace, String id, Map<String, String> labels) {
        return new ContainerdSocket.Entry(namespace, id, labels, new byte[0]);
    }

    private static Map<String, String> with(Map<String, String> labels, String... more) {
        Map<String, String> all = new HashMap<>(labels);
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return all;
    }

    private static ContainerdSocket.Entry sandbox(String... labels) {
        return entry("k8s.io", SANDBOX, with(with(OF_POD, labels), "io.cri-containerd.kind", "sandbox"));
    }

    private static ContainerdSocket.Entry app(String... labels) {
        return entry(
                "k8s.io",
                APP,
                with(
                        with(OF_POD, labels),
                        "io.cri-containerd.kind",
                        "container",
                        "io.kubernetes.container.name",
                        "app"));
    }

    private static Container last(ContainerdSocket.Entry... entries) {
        List<Container> all = ContainerdSocket.containers(List.of(entries));
        return all.get(all.size() - 1);
    }

    @Test
    void containersOfAPodHaveItsNameAndLabels() {
        assertThat(last(sandbox("app", "web")).names()).containsExactly("shop/web-0", "k8s.io/" + SANDBOX);
        Container app = last(sandbox("app", "web"), app("made-by", "ci"));
        assertThat(app.names()).containsExactly("shop/web-0/app", "k8s.io/" + APP);
        assertThat(app.labels())
                .containsEntry("app", "web")
                .containsEntry("made-by", "ci")
                .containsEntry("io.cri-containerd.kind", "container")
                .containsEntry("io.kubernetes.container.name", "app");
    }

    @Test
    void anImageDoesNotReplaceTheLabelsOfThePod() {
        assertThat(last(sandbox("app", "web"), app("app", "db")).labels()).containsEntry("app", "web");
    }

    @Test
    void anImageDoesNotNameItsContainer() {
        for (Map<String, String> labels : List.of(
                Map.of("nerdctl/name", "db"),
                OF_POD,
                with(OF_POD, "io.cri-containerd.kind", "sandbox"),
                with(OF_POD, "io.cri-containerd.kind", "container", "io.kubernetes.container.name", "app"))) {
            for (String namespace : List.of("default", "k8s.io")) {
                assertThat(last(entry(namespace, "web", labels)).names()).containsExactly(namespace + "/web");
            }
        }
        assertThat(last(entry("default", APP, with(OF_POD, "nerdctl/name", "web")))
                        .names())
                .containsExactly("default/web", "default/" + APP);
    }

    @Test
    void anImageDoesNotReplaceTheSandboxOfAPod() {
        ContainerdSocket.Entry forged =
                entry("default", "x", with(OF_POD, "io.cri-containerd.kind", "sandbox", "app", "db"));
        assertThat(last(sandbox("app", "web"), forged, app()).labels()).containsEntry("app", "web");
    }

    @Test
    void aPodDoesNotNameItsContainers() {
        ContainerdSocket.Entry pod = sandbox("io.kubernetes.container.name", "x", "nerdctl/name", "y");
        assertThat(last(pod).shown()).isEqualTo("shop/web-0");
        Container app = last(pod, app());
        assertThat(app.shown()).isEqualTo("shop/web-0/app");
        assertThat(app.labels()).containsEntry("io.kubernetes.container.name", "app");
    }
}
