// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.systemd.SystemdMachine;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * The OCI runtime of the package where engines use the systemd cgroup driver, as they do by default
 * on hosts with systemd: the runtime requests a scope of systemd instead of creating a cgroup.
 */
@KernelTest
@ToolTest({SystemdMachine.NSPAWN, "nsenter", "runc", "busybox"})
class SystemdDriverKernelTest {
    private static final String RUNTIME = "/opt/ringwall/packaging/oci/ringwall-runc --systemd-cgroup ";

    @TempDir
    private Path dir = Path.of("");

    @Test
    void theScopeOfAContainerHasItsPolicy() throws IOException {
        Map<String, byte[]> files = Map.of(
                "etc/ringwall/runtime.conf", "runtime=/usr/sbin/runc\n".getBytes(StandardCharsets.UTF_8),
                "etc/web.o", SystemdMachine.object("web", DockerKernelTest.POLICY));
        try (SystemdMachine machine = SystemdMachine.boot(dir, files, List.of())) {
            Path bundle = dir.resolve("bundle");
            ContainerHost.bundle(bundle, "system.slice:test:one", "sh", "-c", "nc 127.0.0.1 9; exec sleep 60");
            machine.succeeds("systemctl start web.slice && ringwall apply /etc/web.o --unit web.slice");
            machine.succeeds("cd " + bundle + " && " + RUNTIME + "create --bundle . one </dev/null >log 2>&1 && "
                    + RUNTIME + "start one");
            assertThat(machine.succeeds("ringwall status"))
                    .contains("/sys/fs/cgroup/system.slice/test-one.scope: connect4");
            machine.succeeds("until [ -s " + bundle + "/log ]; do sleep 0.1; done; systemctl daemon-reload");
            DockerKernelTest.assertDenied(Files.readString(bundle.resolve("log")));
            DockerKernelTest.assertDenied(machine.succeeds(RUNTIME + "exec one nc 127.0.0.1 9 2>&1 || true"));
            machine.succeeds(RUNTIME + "delete --force one");
            machine.succeeds("while ringwall status | grep lost; do sleep 0.5; done");
        }
    }
}
