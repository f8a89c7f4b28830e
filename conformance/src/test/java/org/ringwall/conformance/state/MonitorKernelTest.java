// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.model.Events;
import org.ringwall.testkit.KernelTest;

/** A test that monitored rules are recorded and have no other effect. */
@KernelTest
class MonitorKernelTest {
    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Caller caller = Caller.in(cgroup.path());

    @AfterEach
    void clean() {
        caller.close();
        cgroup.close();
    }

    private long connect(String to) {
        long fd = caller.udp(4);
        long errno = caller.connect(fd, to);
        caller.close(fd);
        return errno;
    }

    private long bind(String to) {
        long fd = caller.udp(4);
        long errno = caller.bind(fd, to);
        caller.close(fd);
        return errno;
    }

    private static List<String> said(InForce force) {
        return force.records().stream().map(MonitorKernelTest::said).toList();
    }

    private static String said(Events.Explained one) {
        return one.event().verdict() + (one.event().monitored() ? " monitored " : " ")
                + one.event().hook() + " " + one.rule().orElseThrow().line();
    }

    @Test
    void rulesBlocksAndPoliciesAreMonitoredFromTheText() {
        String text = """
                policy watched

                egress {
                  monitor deny if remote.port == 23 { log }
                  deny if remote.port == 25 { log }
                  default allow
                }

                monitor bind {
                  deny if local.port == 9009 { log }
                  default allow { log }
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            assertThat(connect("127.0.0.1:23")).isZero();
            assertThat(connect("127.0.0.1:25")).isEqualTo(1);
            assertThat(bind("127.0.0.1:9009")).isZero();
            assertThat(bind("127.0.0.1:9010")).isZero();
            assertThat(said(force))
                    .containsExactly(
                            "deny monitored connect4 4",
                            "deny connect4 5",
                            "deny monitored bind4 10",
                            "allow monitored bind4 11");
            force.upgrade(
                    text.replace("policy watched", "monitor policy watched").replace("monitor bind", "bind"));
            assertThat(connect("127.0.0.1:23")).isZero();
            assertThat(connect("127.0.0.1:25")).isZero();
            assertThat(bind("127.0.0.1:9009")).isZero();
            assertThat(said(force))
                    .containsExactly(
                            "deny monitored connect4 4", "deny monitored connect4 5", "deny monitored bind4 10");
            force.upgrade(text);
            assertThat(connect("127.0.0.1:25")).isEqualTo(1);
        }
    }

    @Test
    void monitoredRedirectsAndRatesHaveNoEffect() {
        String text = """
                policy watched
                rate few 1/h burst 2
                egress {
                  monitor redirect 127.0.0.1:9999 if remote.port == 80 { log }
                  allow if remote.port == 81 within few else deny { log }
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            long fd = caller.udp(4);
            assertThat(caller.connect(fd, "127.0.0.1:80")).isZero();
            assertThat(caller.peer(fd)).isEqualTo("127.0.0.1:80");
            long server = caller.listener(caller.udp(4), "127.0.0.1:80");
            assertThat(caller.send(fd, "here")).isEqualTo(4);
            assertThat(caller.receive(server)).as("it went there, too").startsWith("here from");
            assertThat(said(force)).containsExactly("allow monitored connect4 4");
            force.monitor(600);
            for (int i = 0; i < 5; i++) {
                assertThat(connect("127.0.0.1:81")).isZero();
            }
            assertThat(said(force)).hasSize(5).containsOnly("allow monitored connect4 5");
            assertThat(force.enforce()).isTrue();
            assertThat(connect("127.0.0.1:81")).isZero();
            assertThat(connect("127.0.0.1:81")).isZero();
            assertThat(connect("127.0.0.1:81")).isEqualTo(1);
            assertThat(said(force)).containsExactly("allow connect4 5", "allow connect4 5", "deny connect4 5");
            force.monitor(600);
            assertThat(connect("127.0.0.1:81")).isZero();
            assertThat(said(force)).containsExactly("deny monitored connect4 5");
        }
    }

    @Test
    void monitorModeOfTheHostExpires() throws InterruptedException {
        String text = """
                policy watched
                counter tries { tries: attempts }
                egress {
                  deny if remote.port == 25 { log; count tries }
                  redirect 127.0.0.1:9999 if remote.port == 80
                  default allow
                }
                """;
        long server = caller.listener(caller.udp(4), "127.0.0.1:80");
        double seconds = 0.5;
        while (!endsByItself(text, server, seconds)) {
            seconds *= 4;
        }
    }

    /** Returns false, without a result, if the requests took longer than the mode lasted. */
    private boolean endsByItself(String text, long server, double seconds) throws InterruptedException {
        try (InForce force = InForce.on(cgroup, text)) {
            assertThat(connect("127.0.0.1:25")).isEqualTo(1);
            long end = force.bootTime() + (long) (seconds * 1e9);
            force.monitor(seconds);
            long denied = connect("127.0.0.1:25");
            long fd = caller.udp(4);
            long sent = caller.send(fd, "there", "127.0.0.1:80");
            String received = caller.receive(server);
            if (force.bootTime() >= end) {
                return false;
            }
            assertThat(denied).isZero();
            assertThat(sent).isEqualTo(5);
            assertThat(received).startsWith("there from");
            TimeUnit.NANOSECONDS.sleep(end - force.bootTime() + 200_000_000);
            assertThat(connect("127.0.0.1:25")).isEqualTo(1);
            caller.send(fd, "elsewhere", "127.0.0.1:80");
            assertThat(caller.receive(server)).as("led away again").isEqualTo("-11");
            assertThat(force.enforce()).as("it had ended").isFalse();
            assertThat(said(force)).containsExactly("deny connect4 4", "deny monitored connect4 4", "deny connect4 4");
            assertThat(force.count("tries", "[]", "tries")).isEqualTo(3);
            return true;
        }
    }
}
