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
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** Drop-ins of {@code ringwall unit-dropin} in a systemd that boots. */
@KernelTest
@ToolTest({SystemdMachine.NSPAWN, "nsenter", "busybox", "python3", "systemd-analyze"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnitDropinKernelTest {
    private static final String UNITS = "etc/systemd/system/";

    /** Answers each connection with the result of a connection of its own. */
    private static final String SERVER = """
            import socket, sys
            listening = socket.socket(fileno=3)
            while True:
                peer = listening.accept()[0]
                code = socket.socket().connect_ex(('127.0.0.1', 9))
                peer.send(b'denied\\n' if code == 1 else b'allowed\\n')
                peer.close()
            """;

    private SystemdMachine machine;

    @BeforeAll
    void boot(@TempDir Path dir) {
        Map<String, String> texts = new HashMap<>();
        for (String name : List.of("web", "web@", "strict", "broken", "upgraded")) {
            String connects = "/bin/sh -c '" + SystemdMachine.nc(9) + "; %s'\n";
            texts.put(
                    UNITS + name + ".service",
                    "[Service]\nExecStartPre=" + connects.formatted("true") + "ExecStart="
                            + connects.formatted("exec /bin/busybox sleep 1000")
                            + "StandardError=append:/run/%p.first\n"
                            + (name.equals("strict") ? strict() : ""));
        }
        texts.put(
                UNITS + "rooted.service", "[Service]\nRootDirectory=/run/rooted\nExecStart=/bin/busybox sleep 1000\n");
        for (Map.Entry<String, Integer> each :
                Map.of("each", 7001, "many", 7004).entrySet()) {
            texts.put(
                    UNITS + each.getKey() + ".socket",
                    "[Socket]\nListenStream=127.0.0.1:" + each.getValue() + "\nAccept=yes\n");
            texts.put(
                    UNITS + each.getKey() + "@.service",
                    "[Service]\nStandardInput=socket\nStandardError=socket\nExecStart=-" + SystemdMachine.nc(9) + "\n");
        }
        texts.put(
                UNITS + "own.service",
                "[Service]\nExecCondition=/bin/sh -c '" + SystemdMachine.nc(9)
                        + "; echo \"a  b\" >&2'\nExecStart=/bin/sh -c '" + SystemdMachine.nc(9)
                        + "; exec /bin/busybox sleep 1000'\nStandardError=append:/run/own.first\n");
        texts.put(
                UNITS + "own.socket",
                "[Socket]\nListenStream=127.0.0.1:7003\nExecStartPre=-/bin/sh -c '" + SystemdMachine.nc(9)
                        + " 2>/run/sock.first'\nService=own.service\n");
        texts.put(UNITS + "own.service.d/60-later.conf", "[Service]\nExecCondition=\n");
        texts.put(
                UNITS + "own.service.d/70-last.conf",
                "[Service]\nExecCondition=/bin/sh -c '" + SystemdMachine.nc(9) + "; echo \"a  b\" >&2'\n");
        texts.put(UNITS + "server.socket", "[Socket]\nListenStream=127.0.0.1:7002\n");
        texts.put(UNITS + "server.service", "[Service]\nExecStart=/usr/bin/python3 /etc/server.py\n");
        texts.put("etc/server.py", SERVER);
        Map<String, byte[]> files = new HashMap<>();
        texts.forEach((path, text) -> files.put(path, text.getBytes(StandardCharsets.UTF_8)));
        files.put("etc/ringwall/web.o", egress("remote.port == 9"));
        files.put("etc/ringwall/web2.o", egress("remote.port in { 9, 10 }"));
        files.put(
                "etc/ringwall/closed.o",
                SystemdMachine.object(
                        "closed",
                        "policy closed\n\npackets ingress {\n  deny if local.port == 7002\n  default allow\n}\n"));
        machine = SystemdMachine.boot(dir, files, List.of());
    }

    @AfterAll
    void end() {
        machine.close();
    }

    private static byte[] egress(String closed) {
        return SystemdMachine.object(
                "web", "policy web\n\negress {\n  deny if proto == tcp and " + closed + "\n  default allow\n}\n");
    }

    private static String strict() {
        return """
                DynamicUser=yes
                ProtectSystem=strict
                ProtectKernelTunables=yes
                ProtectControlGroups=yes
                PrivateNetwork=yes
                PrivateUsers=yes
                PrivateDevices=yes
                MemoryDenyWriteExecute=yes
                NoNewPrivileges=yes
                CapabilityBoundingSet=
                SystemCallFilter=@system-service
                SystemCallFilter=~bpf
                """;
    }

    private String install(String unit, String object) {
        return machine.succeeds("ringwall unit-dropin '" + unit + "' /etc/ringwall/" + object + ".o --install");
    }

    /** Returns what processes of a unit saw when they connected first. */
    private List<String> first(String name) {
        return machine.run("cat /run/" + name + ".first")
                .output()
                .lines()
                .filter(line -> line.startsWith("nc: "))
                .toList();
    }

    private void assertFirstDenied(String name, int count) {
        machine.await("[ $(grep -c ^nc: /run/" + name + ".first) -ge " + count + " ]");
        assertThat(first(name))
                .hasSize(count)
                .allSatisfy(line -> assertThat(line).contains(DENIED));
    }

    @Test
    void aServiceRunsUnderItsPolicyFromItsFirstInstruction() {
        assertThat(install("web.service", "web"))
                .contains("web.service: wrote `/etc/systemd/system/web.service.d/")
                .doesNotContain("there is no unit");
        assertThat(install("wbe.service", "web"))
                .contains("note: there is no unit `wbe.service` on this host yet", "wbe.service: wrote");
        assertThat(install("web.service", "web")).contains("web.service: is already in");
        machine.succeeds("systemctl start web.service");
        // The commands of ExecStartPre= are restricted too.
        assertFirstDenied("web", 2);
        assertThat(machine.connect("web.service", 10)).contains(REFUSED);
        machine.succeeds("systemctl restart web.service");
        assertFirstDenied("web", 4);
        machine.succeeds("systemctl kill --signal KILL --kill-whom main web.service; systemctl reset-failed;"
                + " systemctl start web.service");
        assertFirstDenied("web", 6);
        for (String again :
                List.of("daemon-reload", "daemon-reexec", "set-property --runtime web.service CPUWeight=50")) {
            machine.run("systemctl " + again);
            assertThat(machine.connect("web.service", 9)).as(again).contains(DENIED);
        }
        assertThat(machine.succeeds("ringwall status")).contains("web@web-service: in force, generation 3");
        assertThat(machine.run("systemd-analyze verify --man=no web.service").output())
                .isEmpty();
    }

    @Test
    void instancesOfATemplateHaveInstancesOfThePolicy() {
        install("web@.service", "web");
        machine.succeeds("systemctl start web@a.service 'web@b\\x2dc.service' web@d_e.f:g.service");
        for (String unit : List.of("web@a.service", "'web@b\\x2dc.service'", "web@d_e.f:g.service")) {
            assertThat(machine.connect(unit, 9)).as(unit).contains(DENIED);
            assertThat(machine.connect(unit, 10)).as(unit).contains(REFUSED);
        }
        assertThat(machine.succeeds("ringwall status"))
                .contains("web@web_40a-service: in force", "web@web_40b_5cx2dc-service: in force");
    }

    @Test
    void restrictionsOfTheServiceDoNotConcernTheCommand() {
        install("strict.service", "web");
        machine.succeeds("systemctl start strict.service");
        assertThat(machine.connect("strict.service", 9)).contains(DENIED);
        assertFirstDenied("strict", 2);
    }

    /** systemd runs all commands of a unit in its root directory, unless it is for one only. */
    @Test
    void aRootDirectoryMustBeForExecStartOnly() {
        machine.succeeds("mkdir -p /run/rooted/bin && cp /bin/busybox /run/rooted/bin/");
        install("rooted.service", "web");
        machine.run("systemctl start rooted.service");
        assertThat(machine.run("systemctl is-active rooted.service").output()).isEqualTo("inactive\n");
        machine.succeeds("echo RootDirectoryStartOnly=yes >>/etc/systemd/system/rooted.service;"
                + " systemctl daemon-reload; systemctl start rooted.service");
        assertThat(machine.connect("rooted.service", 9)).contains(DENIED);
    }

    @Test
    void aServiceDoesNotStartWithoutItsPolicy() {
        machine.succeeds("cp /etc/ringwall/web.o /etc/ringwall/broken.o");
        install("broken.service", "broken");
        for (String spoil :
                List.of("rm broken.o", "echo >broken.o", "chmod o+w broken.o", "mv /usr/bin/ringwall /usr/bin/moved")) {
            machine.succeeds("cd /etc/ringwall && cp web.o broken.o && chmod 644 broken.o && " + spoil);
            assertThat(machine.run("systemctl start broken.service").status())
                    .as(spoil)
                    .isPositive();
            assertThat(machine.run("systemctl is-failed broken.service").output())
                    .as(spoil)
                    .isEqualTo("failed\n");
            assertThat(first("broken")).as(spoil).isEmpty();
            machine.succeeds("[ ! -e /usr/bin/moved ] || mv /usr/bin/moved /usr/bin/ringwall");
        }
        machine.succeeds(
                "cd /etc/ringwall && cp web.o broken.o && chmod 644 broken.o && systemctl restart broken.service");
        assertFirstDenied("broken", 2);
    }

    @Test
    void anotherVersionLetsNothingThrough() {
        machine.succeeds("cp /etc/ringwall/web.o /etc/ringwall/upgraded.o");
        install("upgraded.service", "upgraded");
        machine.succeeds("systemctl start upgraded.service");
        String upgrade = "for version in web2 web web2; do cp /etc/ringwall/$version.o /etc/ringwall/fresh.o"
                + " && mv /etc/ringwall/fresh.o /etc/ringwall/upgraded.o"
                + " && ringwall apply /etc/ringwall/upgraded.o --for-unit upgraded.service || exit; done";
        assertThat(machine.letThrough("upgraded.service", "(" + upgrade + ")")).isZero();
        assertThat(machine.connect("upgraded.service", 10)).contains(DENIED);
        String restarts = "systemctl daemon-reload; systemctl daemon-reexec; ringwall recover";
        assertThat(machine.letThrough("upgraded.service", "{ " + restarts + "; }"))
                .isZero();
        machine.succeeds("systemctl restart upgraded.service");
        assertThat(machine.connect("upgraded.service", 10)).contains(DENIED);
    }

    @Test
    void commandsBeforeTheStartRunUnderThePolicyToo() {
        install("own.service", "web");
        machine.succeeds("systemctl start own.service");
        assertFirstDenied("own", 2);
        assertThat(machine.succeeds("cat /run/own.first")).contains("a  b\n");
        install("own.socket", "web");
        machine.succeeds("systemctl stop own.service; systemctl start own.socket");
        assertThat(first("sock")).hasSize(1).allSatisfy(line -> assertThat(line).contains(DENIED));
        assertThat(machine.run("ringwall doctor").output())
                .containsPattern("ok +own.service: `/etc/systemd/system/own.service.d/zz-ringwall.conf` puts");
        machine.succeeds("echo '[Service]' >/etc/systemd/system/own.service.d/80-new.conf;"
                + " echo ExecCondition=/bin/true >>/etc/systemd/system/own.service.d/80-new.conf");
        assertThat(machine.run("ringwall doctor").output())
                .containsPattern("warning +own.service: `.*` is stale")
                .contains("help: ringwall unit-dropin own.service /etc/ringwall/web.o --install");
    }

    @Test
    void connectionsHaveOneInstanceOfThePolicyAndStartNoJava() {
        install("many@.service", "web");
        // Without its socket no connection is served.
        machine.succeeds("systemctl start many.socket");
        String status = machine.succeeds("ringwall status");
        assertThat(status).contains("web@many_40-service: in force, generation 1", "system-many.slice");
        // A Java that nothing can start shows that no connection starts one.
        machine.succeeds(
                "mkdir -p /etc/systemd/system/many@.service.d; printf '[Service]\\nEnvironment=JAVA_HOME=/nowhere\\n'"
                        + " >/etc/systemd/system/many@.service.d/java.conf; systemctl daemon-reload");
        for (int i = 0; i < 5; i++) {
            assertThat(machine.succeeds("busybox nc -w 5 127.0.0.1 7004")).contains(DENIED);
        }
        assertThat(machine.succeeds("ringwall status").lines().filter(line -> line.contains("@many")))
                .containsExactly("web@many_40-service: in force, generation 1");
        machine.succeeds("ringwall remove web@many_40-service");
        // The errors of this unit are those of its client.
        assertThat(machine.run("busybox nc -w 5 127.0.0.1 7004").output())
                .contains("the unit is not started: web@many_40-service is not in force on the slice system-many.slice")
                .doesNotContain(DENIED, REFUSED);
        machine.succeeds("systemctl restart many.socket");
        assertThat(machine.succeeds("busybox nc -w 5 127.0.0.1 7004")).contains(DENIED);
        machine.succeeds("ringwall apply /etc/ringwall/web2.o --for-unit many@.service");
        assertThat(machine.succeeds("ringwall status")).contains("web@many_40-service: in force, generation 2");
        machine.succeeds("systemctl stop system-many.slice");
        assertThat(machine.run("systemctl is-active many.socket").output()).isEqualTo("inactive\n");
    }

    @Test
    void aServiceThatASocketStartsRunsUnderItsPolicy() {
        assertThat(install("each@.service", "web")).contains("each@.service: wrote");
        machine.succeeds("systemctl start each.socket");
        assertThat(machine.succeeds("busybox nc -w 5 127.0.0.1 7001")).contains(DENIED);
        assertThat(machine.succeeds("busybox nc -w 5 127.0.0.1 7001")).contains(DENIED);
        assertThat(install("server.service", "web"))
                .contains("server.service: wrote", "judged by the policies of that unit");
        machine.succeeds("systemctl start server.socket");
        assertThat(machine.succeeds("busybox nc -w 5 127.0.0.1 7002")).isEqualTo("denied\n");
    }

    @Test
    void packetsOfASocketOfSystemdAreJudgedForItsOwnUnit() {
        String reach = "busybox nc -w 2 127.0.0.1 7002";
        machine.succeeds("systemctl stop server.socket server.service; systemctl start server.socket");
        assertThat(machine.succeeds(reach)).isNotEmpty();
        machine.succeeds("ringwall apply /etc/ringwall/closed.o --unit server.service");
        assertThat(machine.succeeds(reach)).as("under a policy of the service").isNotEmpty();
        machine.succeeds("ringwall remove closed; systemctl stop server.socket server.service");
        install("server.socket", "closed");
        machine.succeeds("systemctl start server.socket");
        assertThat(machine.run(reach).output())
                .as("under a policy of the socket")
                .contains("timed out");
        machine.succeeds("systemctl stop server.socket; rm -r /etc/systemd/system/server.socket.d;"
                + " systemctl daemon-reload; ringwall recover");
    }
}
