// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * The units of samples/containers in a systemd that boots: podman's generator makes services of the
 * Quadlet files, which run containers and a pod (`kube play`). The images have busybox alone, the
 * containers have no network, and as there is no D-Bus, podman makes the cgroups of the pod itself.
 */
@KernelTest
@ToolTest({SystemdMachine.NSPAWN, "nsenter", "busybox", "podman", "crun", "catatonit"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QuadletKernelTest {
    private static final Path ROOT = GoldenCase.projectRoot();
    private static final Path SAMPLES = ROOT.resolve("samples/containers");
    private static final String QUADLETS = "etc/containers/systemd/";
    private static final String UNITS = "etc/systemd/system/";
    private static final String SETTINGS = """
            [containers]
            pids_limit = 0
            keyring = false
            log_driver = "k8s-file"
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            """;
    private static final String STORE = """
            [storage]
            driver = "vfs"
            runroot = "/run/containers/storage"
            graphroot = "/var/lib/containers/storage"
            """;

    /** Images with busybox that have the names of those in the samples. */
    private static final String IMAGES = """
            set -e
            mkdir -p /run/image/bin /run/image/etc && cp /bin/busybox /run/image/bin/
            for name in sh nc sleep true; do ln -s busybox /run/image/bin/$name; done
            import() {
                tar -C /run/image -c . | podman import --change 'ENV PATH=/bin' --change "$2" - "$1"
            }
            import docker.io/library/nginx:stable 'CMD ["sleep", "600"]'
            import docker.io/library/python:3-slim 'CMD ["true"]'
            import docker.io/envoyproxy/envoy:v1.36-latest 'ENTRYPOINT ["sh", "-c", "exec sleep 600"]'
            """;

    private SystemdMachine machine;

    @BeforeAll
    void boot(@TempDir Path dir) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        try (Stream<Path> all = Files.walk(SAMPLES)) {
            all.filter(Files::isRegularFile).forEach(file -> files.putAll(installed(file)));
        }
        for (String policy : List.of("internal-networks", "billing", "service-mesh", "gpu")) {
            String text = Files.readString(ROOT.resolve("samples/policies/" + policy + ".wall"));
            files.put("etc/ringwall/" + policy + ".o", SystemdMachine.object(policy, text));
        }
        Map<String, String> texts = new HashMap<>();
        texts.put("etc/containers/containers.conf", SETTINGS);
        texts.put("etc/containers/storage.conf", STORE);
        texts.put("etc/images.sh", IMAGES);
        for (String name : List.of("shop.container", "tenant-shop.container", "training.container", "mesh.kube")) {
            String section = name.endsWith(".kube") ? "Kube" : "Container";
            texts.put(QUADLETS + name + ".d/test.conf", "[" + section + "]\nNetwork=none\n");
        }
        String page = Files.readString(ROOT.resolve("docs/containers.md"));
        texts.put(
                "usr/share/containers/oci/hooks.d/ringwall.json",
                page.split("echo '(?=\\{\"version\": \"1\\.0\\.0\")", 2)[1].split("'", 2)[0]);
        texts.forEach((path, text) -> files.put(path, text.getBytes(StandardCharsets.UTF_8)));
        machine = SystemdMachine.boot(dir, files, List.of("basic.target/ringwall-sync.service"));
        machine.succeeds("bash /etc/images.sh >/run/images 2>&1 || { cat /run/images; exit 1; }");
    }

    @AfterAll
    void end() {
        machine.close();
    }

    /** Returns a file of the samples by the path at which their page installs it. */
    private static Map<String, byte[]> installed(Path file) {
        String name = file.getFileName().toString();
        String folder = Objects.requireNonNull(file.getParent()).getFileName().toString();
        String path = name.matches(".*\\.(container|kube)|mesh\\.yaml")
                ? QUADLETS + name
                : name.matches(".*\\.(slice|service)")
                        ? UNITS + name
                        : folder.endsWith(".service.d")
                                ? UNITS + folder + "/" + name
                                : folder.equals("policies.d") ? "etc/ringwall/policies.d/" + name : "";
        try {
            return path.isEmpty() ? Map.of() : Map.of(path, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void start(String unit) {
        machine.succeeds("systemctl start " + unit + " || { journalctl --no-pager --output cat --unit " + unit
                + " | tail -n 30; exit 1; }");
    }

    private String connect(String container, String address) {
        return machine.run("podman exec " + container + " nc -w 1 " + address).output();
    }

    @Test
    void aContainerOfATenantReachesNoInternalNetworkAlsoAfterARestart() {
        start("tenant-shop.service");
        for (String step : List.of("true", "systemctl restart tenant-shop.service", "systemctl daemon-reload")) {
            machine.succeeds(step);
            assertThat(connect("tenant-shop", "10.0.0.2 80")).as(step).contains(SystemdMachine.DENIED);
            assertThat(connect("tenant-shop", "10.0.0.1 80")).as(step).contains("Network is unreachable");
        }
    }

    @Test
    void theTrafficOfAContainerIsCountedByName() {
        start("shop.service");
        assertThat(connect("shop", "127.0.0.1 80")).contains(SystemdMachine.REFUSED);
        assertThat(machine.succeeds("ringwall counters billing")).contains("(container shop)");
        assertThat(machine.succeeds("ringwall counters billing --json"))
                .contains("\"labels\":{", "\"customer\":\"4711\"");
    }

    @Test
    void aContainerJoinsThePolicyOfGpus() {
        start("training.service");
        assertThat(machine.succeeds("ringwall status gpu")).contains("(container training)");
        machine.succeeds("ringwall remove gpu");
        assertThat(machine.run("systemctl restart training.service").status()).isPositive();
        assertThat(machine.run("systemctl is-active training.service").output()).isNotEqualTo("active\n");
        machine.succeeds("ringwall sync");
    }

    @Test
    void aPodOfKubePlayGoesThroughItsProxy() {
        start("mesh.service");
        assertThat(connect("mesh-app", "203.0.113.9 80")).contains(SystemdMachine.REFUSED);
        assertThat(connect("mesh-app", "203.0.113.9 443")).contains("Network is unreachable");
        assertThat(connect("mesh-proxy", "203.0.113.9 80")).contains("Network is unreachable");
    }
}
