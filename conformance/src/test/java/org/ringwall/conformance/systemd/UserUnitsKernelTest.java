// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.ToolTest;

/** A test of units of a user's own systemd, in both forms of docs/systemd.md. */
@KernelTest
@ToolTest({SystemdMachine.NSPAWN, "nsenter", "setpriv", "busybox"})
class UserUnitsKernelTest {
    /** The user `games`. */
    private static final String MANAGER = "user@5.service";

    private static final String OBJECT = "/etc/ringwall/web.o";
    private static final String AS_USER =
            "setpriv --reuid=games --regid=games --clear-groups env XDG_RUNTIME_DIR=/run/user/5 systemctl --user ";

    @TempDir
    private Path dir = Path.of("");

    /** Without logind no other process makes the directory of the user's sockets. */
    private static Map<String, byte[]> files() {
        Map<String, String> texts = new HashMap<>();
        texts.put("etc/systemd/system/user-runtime-dir@.service", """
                [Service]
                Type=oneshot
                RemainAfterExit=yes
                ExecStart=/bin/sh -c 'install -d -o %i -m 700 /run/user/%i'
                """);
        texts.put(
                "etc/systemd/system/user@.service.d/alone.conf",
                "[Service]\nPAMName=\nEnvironment=XDG_RUNTIME_DIR=/run/user/%i\n");
        String command = "/bin/sh -c 'busybox nc -w 1 127.0.0.1 9; exec sleep 1000'\n";
        String output = "StandardInput=null\nStandardOutput=null\nStandardError=append:/run/user/5/%N.said\n";
        texts.put("etc/systemd/user/plain.service", "[Service]\nExecStart=" + command + output);
        texts.put(
                "etc/systemd/user/agent.service",
                "[Service]\nExecStart=/usr/bin/ringwall run --strict " + OBJECT + " -- " + command + output
                        + "Delegate=yes\n");
        Map<String, byte[]> files = new HashMap<>();
        texts.forEach((path, text) -> files.put(path, text.getBytes(StandardCharsets.UTF_8)));
        files.put(OBJECT.substring(1), SystemdMachine.object("web", """
                policy web
                egress { deny if remote.ip in 127.0.0.0/8 and remote.port == 9; default allow }
                """));
        return files;
    }

    /** Waits until a unit has reported a number of connections, and returns its reports. */
    private static List<String> said(SystemdMachine machine, String unit, int times) {
        String file = "/run/user/5/" + unit + ".said";
        machine.await("[ \"$(grep -c nc: " + file + ")\" = " + times + " ]");
        return machine.succeeds("grep nc: " + file).lines().toList();
    }

    @Test
    void unitsOfAUserAreRestrictedByRootOrByRun() throws IOException {
        RunningKernel.needs(6, 9, "delegation of BPF");
        // The user reads the checkout and the object.
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (SystemdMachine machine = SystemdMachine.boot(dir, files(), List.of())) {
            machine.succeeds("systemctl start " + MANAGER);
            machine.succeeds(AS_USER + "start plain");
            assertThat(said(machine, "plain", 1)).allMatch(line -> line.contains(SystemdMachine.REFUSED));

            // `run` in the unit, for a user whom root has prepared.
            machine.succeeds("ringwall prepare --user games --accept-host-wide");
            machine.succeeds(AS_USER + "start agent");
            assertThat(said(machine, "agent", 1)).allMatch(line -> line.contains(SystemdMachine.DENIED));
            machine.succeeds(AS_USER + "daemon-reload");
            machine.succeeds(AS_USER + "daemon-reexec");
            assertThat(machine.succeeds(AS_USER + "is-active agent")).isEqualTo("active\n");
            machine.succeeds(AS_USER + "restart agent");
            assertThat(said(machine, "agent", 2)).allMatch(line -> line.contains(SystemdMachine.DENIED));
            machine.succeeds(AS_USER + "stop agent");
            assertThat(machine.succeeds("find /run/ringwall/user/5/bpf -type f -not -name '*.debug'"))
                    .isEmpty();

            // A policy of root on all units of the user.
            machine.succeeds("ringwall unit-dropin " + MANAGER + " " + OBJECT + " --install");
            machine.succeeds("systemctl restart " + MANAGER);
            machine.succeeds(AS_USER + "start plain");
            assertThat(said(machine, "plain", 2).get(1)).contains(SystemdMachine.DENIED);
            machine.succeeds(AS_USER + "restart plain");
            assertThat(said(machine, "plain", 3).get(2)).contains(SystemdMachine.DENIED);
        }
    }
}
