// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ringwall.conformance.systemd.SystemdMachine.DENIED;
import static org.ringwall.conformance.systemd.SystemdMachine.REFUSED;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.ToolTest;

/**
 * The units of the package in a systemd that boots, and two services that they protect: {@code web}
 * by its slice, {@code own} by a command of its own.
 */
@KernelTest
@ToolTest({SystemdMachine.NSPAWN, "nsenter", "busybox"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShippedUnitsKernelTest {
    private static final List<String> ENABLED = List.of(
            "basic.target/ringwall-sync.service",
            "test.target/ringwall-watch.service",
            "test.target/ringwall-metrics.service",
            "test.target/ringwall-agent.service",
            "test.target/ringwall-events@web.service",
            "test.target/ringwall-nri.service",
            "test.target/web.service",
            "test.target/own.service");

    /** Prints how many denials of `web` are in the journal. */
    private static final String RECORDS =
            "journalctl --boot --quiet --no-pager --output cat RINGWALL_POLICY=web" + " | grep -c 'deny connect4'";

    private SystemdMachine machine;

    @BeforeAll
    void boot(@TempDir Path dir) {
        machine = SystemdMachine.boot(dir, files(), ENABLED);
    }

    @AfterAll
    void end() {
        machine.close();
    }

    private static byte[] policy(String name) {
        return SystemdMachine.object(name, """
                policy %s

                egress {
                  deny if remote.ip in 127.0.0.0/8 and remote.port == 9 { log }
                  default allow
                }
                """.formatted(name));
    }

    /** Returns a service that connects before it does anything else, and then waits. */
    private static String service(String unit, String service, String name) {
        return "[Unit]\n" + unit + "[Service]\n" + service + "ExecStart=/bin/sh -c '" + SystemdMachine.nc(9)
                + "; exec /bin/busybox sleep 1000'\nStandardError=append:/run/" + name + ".first\n";
    }

    private static Map<String, byte[]> files() {
        Map<String, String> texts = new HashMap<>();
        texts.put("etc/ringwall/policies.d/web.yaml", "policy: ../web.o\nplaces: [unit: web.slice]\n");
        texts.put("etc/ringwall/policies.d/own.yaml", "policy: ../own.o\nplaces: [unit: own.service]\n");
        texts.put("etc/systemd/system/ringwall-sync.service.d/web.conf", "[Unit]\nWants=web.slice\nAfter=web.slice\n");
        String needs = "Requires=ringwall-sync.service\nAfter=ringwall-sync.service\n";
        texts.put("etc/systemd/system/web.service", service(needs, "Slice=web.slice\n", "web"));
        texts.put("etc/systemd/system/own.service", service("", "ExecStartPre=+/usr/bin/ringwall sync own\n", "own"));
        texts.put("etc/systemd/system/plain.service", "[Service]\nExecStart=/bin/sleep 1000\n");
        texts.put(
                "etc/systemd/system/prepared.service",
                "[Service]\nType=oneshot\nUser=games\nDelegate=yes\nStandardOutput=truncate:/run/prepared\n"
                        + "ExecStart=/usr/bin/ringwall run /etc/ringwall/web.o -- /bin/sh -c '" + SystemdMachine.nc(9)
                        + " 2>&1; true'\n");
        Map<String, byte[]> files = new HashMap<>();
        texts.forEach((path, text) -> files.put(path, text.getBytes(StandardCharsets.UTF_8)));
        files.put("etc/ringwall/web.o", policy("web"));
        files.put("etc/ringwall/own.o", policy("own"));
        return files;
    }

    /** Asserts that both services may connect to no port but 9. */
    private void assertProtected() {
        for (String unit : List.of("web.service", "own.service")) {
            assertThat(machine.connect(unit, 9)).as(unit).contains(DENIED);
            assertThat(machine.connect(unit, 10)).as(unit).contains(REFUSED);
        }
        machine.await("ringwall sync --check");
    }

    /** Returns how often a service was denied its first connection, if it was not allowed one. */
    private long starts(String name) {
        List<String> first = machine.succeeds("cat /run/" + name + ".first | grep -v 'ringwall: note: '")
                .lines()
                .toList();
        assertThat(first).isNotEmpty().allSatisfy(line -> assertThat(line).contains(DENIED));
        return first.size();
    }

    @Test
    void policiesAreInForceBeforeTheirServicesRun() {
        assertThat(starts("web")).isPositive();
        assertThat(starts("own")).isPositive();
        assertProtected();
    }

    @Test
    void everyUnitRunsUnderItsOwnRestrictions() {
        assertThat(machine.succeeds("systemctl list-units --failed --no-legend"))
                .isEmpty();
        for (String unit : List.of("sync", "watch", "metrics", "agent", "events@web", "nri")) {
            String name = "ringwall-" + unit + ".service";
            assertThat(machine.succeeds("systemctl show --property ActiveState,NRestarts " + name))
                    .as(
                            "%s: %s",
                            name,
                            machine.run("journalctl --no-pager --output cat --unit " + name)
                                    .output())
                    .contains("ActiveState=active", "NRestarts=0");
            assertThat(machine.succeeds("systemctl show --property ProtectSystem,NoNewPrivileges " + name))
                    .as(name)
                    .contains("ProtectSystem=strict", "NoNewPrivileges=yes");
        }
        machine.await("busybox wget -q -O - http://127.0.0.1:9435/metrics"
                + " | grep -F 'ringwall_instance_enforced{policy=\"web\",policy_instance=\"main\"} 1'");
        machine.await("journalctl --no-pager --output cat --unit ringwall-nri | grep -F 'ringwall: not connected: '");
    }

    /** Lets the hook act as for a container that is `plain.service`. */
    private void hook(String status) {
        machine.succeeds("echo '{\"id\": \"plain\", \"status\": \"" + status + "\", \"pid\": '$(systemctl show --value"
                + " --property MainPID plain.service)'}' | ringwall oci-hook --agent required web@hooked");
    }

    @Test
    void theAgentServesHooksAndMayBeKilled() {
        machine.succeeds("systemctl start plain.service");
        machine.await("[ -S /run/ringwall-agent/agent.sock ]");
        assertThat(machine.succeeds("stat -c %a-%u /run/ringwall-agent /run/ringwall-agent/agent.sock"))
                .isEqualTo("700-0\n600-0\n");
        machine.succeeds("ringwall apply /etc/ringwall/web.o --instance hooked --unit web.slice");
        assertThat(machine.connect("plain.service", 9)).contains(REFUSED);
        hook("created");
        assertThat(machine.connect("plain.service", 9)).contains(DENIED);
        String peak = machine.succeeds(
                "grep VmHWM /proc/$(systemctl show --value --property MainPID" + " ringwall-agent)/status");
        assertThat(Integer.parseInt(peak.replaceAll("\\D", ""))).as("KiB").isLessThan(96 << 10);
        assertThat(machine.letThrough("plain.service", "systemctl kill --signal KILL ringwall-agent && sleep 0.5"))
                .isZero();
        machine.await("systemctl is-active ringwall-agent && [ -S /run/ringwall-agent/agent.sock ]");
        machine.succeeds("ringwall leave web@hooked --unit plain.service");
        hook("created");
        assertThat(machine.connect("plain.service", 9)).contains(DENIED);
        machine.succeeds("systemctl stop plain.service");
        hook("stopped");
        machine.await("! ringwall status | grep lost");
        machine.succeeds("ringwall remove web@hooked");
        // It was killed once above.
        machine.succeeds("systemctl restart ringwall-agent && systemctl reset-failed ringwall-agent");
        assertProtected();
    }

    @Test
    void changesOfTheLoaderAreInItsJournal() {
        machine.succeeds("systemctl restart own.service");
        assertThat(machine.succeeds("stat -c %a /var/log/ringwall; ringwall journal own"))
                .startsWith("700\n")
                .contains("own@main");
    }

    @Test
    void aServiceThatRestartsIsUnderItsPolicyFromItsFirstInstruction() {
        long web = starts("web");
        long own = starts("own");
        machine.succeeds("systemctl restart web.service own.service");
        machine.await(
                "[ $(cat /run/web.first /run/own.first | grep -vc 'ringwall: note: ') = " + (web + own + 2) + " ]");
        assertThat(starts("web")).isEqualTo(web + 1);
        assertThat(starts("own")).isEqualTo(own + 1);
        assertProtected();
    }

    @Test
    void aSliceWithoutServicesKeepsItsPolicy() {
        machine.succeeds("systemctl stop web.service && sleep 0.2");
        machine.await("ringwall sync web --check");
        machine.succeeds("systemctl start web.service");
        assertProtected();
    }

    @Test
    void policiesStayWhenSystemdReadsItsFilesAgain() {
        machine.succeeds("systemctl daemon-reload");
        assertProtected();
        machine.succeeds("systemctl daemon-reexec");
        assertProtected();
    }

    @Test
    void policiesStayWhileTheLoaderRestarts() {
        String restart =
                "systemctl restart ringwall-sync ringwall-watch ringwall-events@web ringwall-metrics && sleep 0.5";
        assertThat(machine.letThrough("own.service", "{ " + restart + "; }")).isZero();
        // `web` needs ringwall-sync, so that systemd restarts it too.
        machine.succeeds("systemctl is-active web.service");
        assertProtected();
    }

    @Test
    void aDifferenceIsReportedAndRemoved() {
        machine.succeeds("systemctl stop ringwall-watch");
        machine.succeeds("ringwall monitor web --for 15m");
        assertThat(machine.connect("web.service", 9)).contains(REFUSED);
        Command check = machine.run("ringwall sync --check");
        assertThat(check.status()).isEqualTo(4);
        assertThat(check.output()).contains("web@main: not as declared:", "monitored, which is not declared");
        machine.succeeds("systemctl reload ringwall-sync");
        assertProtected();
        machine.succeeds("ringwall monitor web --for 15m");
        machine.succeeds("systemctl start ringwall-watch");
        machine.await("ringwall sync --check");
        assertProtected();
    }

    /** Waits until the journal has this number of records of denials. */
    private void awaitRecords(int number) {
        machine.await("[ $(" + RECORDS + ") = " + number + " ]");
    }

    @Test
    void recordsReachTheJournalThroughARestart() {
        machine.succeeds("systemctl start ringwall-events@web; sleep 1");
        int before = Integer.parseInt(machine.run(RECORDS).output().strip());
        machine.connect("web.service", 9);
        awaitRecords(before + 1);
        machine.succeeds("systemctl stop ringwall-events@web");
        machine.connect("web.service", 9);
        machine.succeeds("systemctl start ringwall-events@web");
        machine.connect("web.service", 9);
        awaitRecords(before + 3);
        machine.succeeds("systemctl restart systemd-journald");
        machine.connect("web.service", 9);
        awaitRecords(before + 4);
        machine.succeeds("systemctl is-active ringwall-events@web");
    }

    @Test
    void aUserIsPreparedWhileItsUnitIsActive() {
        RunningKernel.needs(6, 9, "delegation of BPF");
        machine.succeeds("chmod 644 /etc/ringwall/web.o && systemctl start ringwall-prepare@5");
        String run = "systemctl start prepared.service; cat /run/prepared; systemctl reset-failed prepared.service";
        assertThat(machine.run(run).output()).contains(DENIED);
        machine.succeeds("systemctl stop ringwall-prepare@5 && ! test -e /run/ringwall/user/5");
        assertThat(machine.run(run).output()).contains("root has not delegated it in this boot");
    }

    @Test
    void servicesDoNotStartWithoutTheirPolicy(@TempDir Path dir) {
        Map<String, byte[]> files = files();
        files.remove("etc/ringwall/web.o");
        files.put("etc/ringwall/own.o", "no object".getBytes(StandardCharsets.UTF_8));
        try (SystemdMachine broken = SystemdMachine.boot(dir, files, ENABLED)) {
            assertThat(broken.run("systemctl is-failed ringwall-sync own").output())
                    .isEqualTo("failed\nfailed\n");
            assertThat(broken.run("systemctl is-active web.service").output()).isEqualTo("inactive\n");
            assertThat(broken.run("ls /run/web.first /run/own.first").status()).isEqualTo(2);
            assertThat(broken.run("systemctl start web.service").output())
                    .contains("A dependency job for web.service failed");
            assertThat(broken.run("ls /run/web.first /run/own.first").status()).isEqualTo(2);
        }
    }
}
