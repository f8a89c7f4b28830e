// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * A test that places are found, and shown everywhere, by the names that people know: containers of
 * docker, podman, ctr and Kubernetes, and units.
 */
@KernelTest
@ToolTest({"docker", "dockerd", "containerd", "ctr", "podman", "runc", "busybox"})
class CgroupNamesKernelTest {
    private static final String POLICY = """
            policy web

            counter tries [cgroup] { n: attempts }  max 100

            egress {
              deny if remote.ip in 127.0.0.0/8 and remote.port == 9 { log; count tries }
              default allow
            }
            """;

    /** Podman without systemd and controllers. */
    private static final Map<String, String> FILES = Map.of(
            "etc/containers/containers.conf",
            """
            [containers]
            pids_limit = 0
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            runtime = "runc"
            """,
            "etc/containers/storage.conf",
            """
            [storage]
            driver = "vfs"
            runroot = "/run/containers/storage"
            graphroot = "/var/lib/containers/storage"
            """,
            "etc/containerd/config.toml",
            "version = 2\n" + Pods.SETTINGS);

    private static final String LOOP = "sh -c 'while :; do nc -w 1 127.0.0.1 9; sleep 1; done'";
    private static final String UNIT = "/sys/fs/cgroup/system.slice/till.service";

    @TempDir
    private Path dir = Path.of("");

    private ContainerHost host;

    @BeforeEach
    void start() {
        host = ContainerHost.make(dir, FILES);
        host.startDocker();
        host.startContainerd();
        host.apply("web", POLICY);
    }

    @AfterEach
    void end() {
        host.close();
    }

    /** Runs containers of each runtime and a process of a unit; returns the places by option. */
    private Map<String, String> places() {
        host.succeeds("docker run --network none --detach --name shop --label app=docker busybox " + LOOP);
        host.succeeds("podman run --network none --detach --name cart --label app=podman --rootfs " + host.root() + " "
                + LOOP + " >podman.out 2>&1 || { cat podman.out; exit 1; }");
        host.succeeds("ctr run --detach --label app=ctr " + Pods.IMAGE + " till " + LOOP + " >/dev/null 2>&1");
        new Pods(host, dir)
                .run("front", "runc", "{}", LOOP.replace("sh -c ", "").replace("'", ""));
        host.succeeds("mkdir -p " + UNIT + " && (echo $BASHPID >" + UNIT + "/cgroup.procs; exec busybox " + LOOP
                + ") >/dev/null 2>&1 &");
        Map<String, String> places = new LinkedHashMap<>();
        places.put("--container sho?", "shop");
        places.put("--label app=podman", "cart");
        places.put("--container default/till", "default/till");
        places.put("--label app=front", "shop/front/app");
        places.put("--unit till.service", "");
        return places;
    }

    @Test
    void everyCommandShowsTheNamesOfContainersAndUnits() {
        places().forEach((option, name) ->
                assertThat(host.succeeds("ringwall join web " + option)).contains("in force also at"));
        host.await("[ $(ringwall counters web | grep -c ' n=') -ge 5 ] || { ringwall counters web; false; }");
        List<String> containers = List.of("shop", "cart", "default/till", "shop/front/app");
        for (String command : List.of("status", "tree", "counters web")) {
            String text = host.succeeds("ringwall " + command);
            String json = host.succeeds("ringwall " + command + " --json");
            for (String name : containers) {
                assertThat(text).as(command).contains("(container " + name + ")");
                assertThat(json).as(command).contains("\"container\":\"" + name + "\",\"labels\":{");
            }
            assertThat(text).as(command).contains("/system.slice/till.service");
            assertThat(json)
                    .as(command)
                    .contains("\"unit\":\"till.service\"")
                    .contains("\"app\":\"docker\"", "\"app\":\"podman\"", "\"app\":\"ctr\"", "\"app\":\"front\"");
        }
        host.succeeds("(ringwall metrics --listen 127.0.0.1:9435 >/dev/null 2>&1 &)");
        host.await("busybox wget -q -O metrics.out http://127.0.0.1:9435/metrics");
        String metrics = host.succeeds("cat metrics.out");
        for (String name : containers) {
            assertThat(metrics).contains("container=\"" + name + "\"");
        }
        assertThat(metrics)
                .contains("unit=\"till.service\"", "container_label_app=\"docker\"", "container_label_app=\"front\"");
        host.await("ringwall events web >>events; [ $(grep -c -e 'container=\"shop\"' -e 'container=\"cart\"'"
                + " -e 'container=\"default/till\"' -e 'container=\"shop/front/app\"' -e 'unit=\"till.service\"' events)"
                + " -ge 5 ]");
        String text = host.succeeds("cat events");
        containers.forEach(name -> assertThat(text).contains(" container=\"" + name + "\"  web.wall:"));
        assertThat(text).contains(" unit=\"till.service\"  web.wall:");
        host.await("ringwall events web --json >>json; grep -F '\"unit\":\"till.service\",\"hook\"' json"
                + " && grep -F '\"container\":\"default/till\",\"labels\":{\"app\":\"ctr\"' json");
    }

    @Test
    void aRestartedContainerIsTheSamePlace() {
        places();
        host.succeeds("mkdir -p policies.d; echo '{policy: " + dir + "/web.o, places: [{path: web.slice},"
                + " {container: default/till}, {label: app=front}]}' >policies.d/web.yaml");
        host.succeeds("ringwall sync --dir policies.d");
        assertThat(host.succeeds("ringwall status"))
                .contains("(container default/till)", "(container shop/front/app)", "(container shop/front)");
        host.succeeds("ctr tasks kill --signal KILL till; until ctr tasks delete till || ! ctr tasks list | grep till;"
                + " do sleep 0.1; done; ctr tasks start --detach till");
        host.succeeds("ringwall sync --dir policies.d");
        DockerKernelTest.assertDenied(
                host.succeeds("ctr tasks exec --exec-id probe till sh -c 'nc -w 1 127.0.0.1 9; sleep 1' 2>&1 || true"));
        // A cgroup that another user could have made is no container's.
        host.succeeds("mkdir -p /sys/fs/cgroup/other/default/till && chown 1000 /sys/fs/cgroup/other");
        assertThat(host.succeeds("ringwall tree")).doesNotContain("/other/");
        assertThat(host.run("ringwall join web --container default/other").output())
                .contains("found no running container `default/other`");
    }
}
