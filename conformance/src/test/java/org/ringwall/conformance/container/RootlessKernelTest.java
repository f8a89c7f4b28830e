// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.conformance.container.ContainerHost.DENIED;
import static org.ringwall.conformance.container.ContainerHost.REFUSED;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.ToolTest;

/** Containers of an ordinary user, whose cgroups are below one that belongs to that user. */
@KernelTest
@ToolTest({"podman", "crun", "busybox", "setpriv", "newuidmap"})
class RootlessKernelTest {
    private static final String SLICE = "/sys/fs/cgroup/user.slice/user-5.slice";
    private static final String DELEGATED = SLICE + "/user@5.service";
    private static final String PODMAN = "podman --storage-driver vfs run --rm --network none ";
    private static final String IMAGE = "--rootfs /run/rootfs nc -w 1 127.0.0.1 9";

    private static final Map<String, String> FILES = Map.of(
            "etc/containers/containers.conf",
            """
            [containers]
            pids_limit = 0
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            """,
            "etc/subuid",
            "games:100000:65536\n",
            "etc/subgid",
            "games:100000:65536\n");

    /** Runs the text of a shell as the user, in a cgroup of that user. */
    private static final String AS_USER = """
            #!/bin/bash
            echo $$ >%s/init/cgroup.procs
            exec setpriv --reuid games --regid games --clear-groups env -i PATH=%s:/usr/sbin:/usr/bin:/bin \\
                HOME=/run/home XDG_RUNTIME_DIR=/run/user/5 bash -c "cd / && $1" 2>&1
            """;

    /** Starts docker without root. With the network of the host `docker version` 26.1 panics. */
    private static final String DOCKER = """
            set -e
            rootlesskit --net=host --copy-up=/etc --copy-up=/run dockerd --rootless --bridge=none --iptables=false \\
                --ip6tables=false --storage-driver vfs --data-root %s/data --exec-root /run/user/5/docker \\
                -H unix:///run/user/5/docker.sock --add-runtime ringwall=/usr/lib/ringwall/ringwall-runc \\
                >/run/home/dockerd.log 2>&1 </dev/null &
            until docker -H unix:///run/user/5/docker.sock ps >/dev/null 2>&1; do
                kill -0 $! || { tail -n 5 /run/home/dockerd.log; exit 1; }
                sleep 0.2
            done
            tar -C /run/rootfs -c . | docker -H unix:///run/user/5/docker.sock import --change 'ENV PATH=/bin' - busybox
            """;

    @TempDir
    private Path dir = Path.of("");

    private ContainerHost host;

    @BeforeEach
    void start() throws IOException {
        // The user reads the checkout, the object and these scripts.
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
        script("as-user", AS_USER.formatted(DELEGATED, GoldenCase.projectRoot().resolve("bin")));
        script("docker", DOCKER.formatted(dir));
        host = ContainerHost.make(dir, FILES);
        host.apply("web", DockerKernelTest.POLICY);
        host.succeeds("mkdir -p " + DELEGATED + "/init && chown -R games " + DELEGATED
                + " && install -d -o games -m 700 /run/user/5 /run/home && cp -a " + host.root()
                + " /run/rootfs && chown -R games /run/rootfs && chmod 644 web.o && install -d -o games data");
    }

    @AfterEach
    void end() {
        host.close();
    }

    private void script(String name, String text) throws IOException {
        Path file = Files.writeString(dir.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Command user(String shell) {
        return host.run("./as-user '" + shell + "'");
    }

    @Test
    void aPolicyOfRootOnTheSliceJudgesContainersOfPodman() {
        assertThat(user(PODMAN + IMAGE).output()).contains(REFUSED);
        host.succeeds("ringwall join web --cgroup " + SLICE);
        for (String options : List.of("", "--cgroups disabled ", "--cgroups split ", "--cgroup-parent /other ")) {
            Command run = user(PODMAN + options + IMAGE);
            assertThat(run.output()).as(options).doesNotContain(REFUSED);
            assertThat(options.contains("parent") || run.output().contains(DENIED))
                    .as(run.output())
                    .isTrue();
        }
    }

    @Test
    void aPolicyByAnnotationKeepsAContainerFromStarting() throws IOException {
        String page = Files.readString(GoldenCase.projectRoot().resolve("docs/containers.md"));
        String hook =
                page.split("echo '(?=\\{\"version\": \"1\\.0\\.0\")", 2)[1].split("'", 2)[0];
        Files.writeString(dir.resolve("hook.json"), hook);
        host.succeeds("mkdir -p /usr/share/containers/oci/hooks.d && cp hook.json /usr/share/containers/oci/hooks.d/");
        Command refused = user(PODMAN + "--annotation org.ringwall.policy=web " + IMAGE);
        assertThat(refused.status()).isEqualTo(126);
        assertThat(refused.output()).contains("error executing hook").doesNotContain(DENIED, REFUSED);
        assertThat(user(PODMAN + IMAGE).output()).contains(REFUSED);
    }

    /** Only with `--cgroups disabled` the container stays in the cgroup that `run` has made. */
    @Test
    void aPreparedUserRunsPodmanUnderAPolicy() {
        RunningKernel.needs(6, 9, "delegation of BPF");
        host.succeeds("ringwall prepare --user games --accept-host-wide");
        String run = "ringwall run " + dir + "/web.o -- " + PODMAN;
        assertThat(user(run + "--cgroups disabled " + IMAGE).output()).contains(DENIED);
        assertThat(user(run + IMAGE).output())
                .contains("warning: the command could leave its cgroup and its policy")
                .contains(REFUSED);
        Command strict = user(run.replace("run ", "run --strict ") + "--cgroups disabled " + IMAGE);
        assertThat(strict.status()).isPositive();
        assertThat(strict.output()).doesNotContain(REFUSED);
    }

    @ToolTest({"docker", "dockerd", "rootlesskit", "runc"})
    @Test
    void aPolicyOfRootOnTheSliceJudgesContainersOfDocker() {
        user(dir + "/docker").succeeded();
        String docker =
                "docker -H unix:///run/user/5/docker.sock run --rm --network none %s busybox nc -w 1 127.0.0.1 9";
        assertThat(user(docker.formatted("")).output()).contains(REFUSED);
        Command annotated = user(docker.formatted("--runtime ringwall --annotation org.ringwall.policy=web"));
        assertThat(annotated.status()).isPositive();
        assertThat(annotated.output())
                .contains("ringwall: the container is not started")
                .doesNotContain(DENIED, REFUSED);
        host.succeeds("ringwall join web --cgroup " + SLICE);
        assertThat(user(docker.formatted("")).output()).contains(DENIED);
    }
}
