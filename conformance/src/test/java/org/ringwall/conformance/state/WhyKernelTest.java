// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.conformance.bypass.ForeignProgram;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.sys.Call;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that `why` says what the system calls of a process then get, names the rule, and changes
 * nothing: with two policies on nested cgroups, live sets, params and rates, and with programs of
 * other owners.
 */
@KernelTest
class WhyKernelTest {
    private static final String OUTER = """
        policy outer
        live set banned : net within { 0.0.0.0/0, ::/0 } max 64
        param p : port in 1..65535 = 443

        egress {
          deny  if remote.ip in banned
          deny  if remote.port == 25
          allow if remote.port == p
          allow if remote.port in 8000..8100
          deny  if comm == "java" and remote.port == 7
          default deny
        }

        bind {
          deny if local.port in 4000..4100
          default allow
        }

        sockets {
          deny if type == raw and proto == icmp
          default allow
        }
        """;

    private static final String INNER = """
        policy inner
        rate slow 1/m burst 2
        counter tries { calls: attempts }

        egress {
          deny  if remote.ip == 127.0.0.3
          when remote.port == 8002 { count tries }
          allow if remote.port != 8001 or remote.ip != 127.0.0.1
          allow if proto == tcp within slow
          default deny
        }

        devices {
          deny w if dev == "/dev/null"
          default allow
        }

        sysctl {
          deny if name == "kernel/hostname"
          default allow
        }

        sockopt {
          deny if option == SO_MARK
          default allow
        }
        """;

    private static final int AT_FDCWD = -100;
    private static final int SO_MARK = 36;
    private static final int SO_TYPE = 3;

    @TempDir
    private Path dir = Path.of("");

    private final ChildCgroup parent = ChildCgroup.make();
    private final ChildCgroup child = parent.child();
    private final Caller caller = Caller.in(child.path());
    private final TypedCommands commands = new TypedCommands();

    @AfterEach
    void clean() {
        commands.remove("inner@main");
        commands.remove("outer@main");
        caller.close();
        child.close();
        parent.close();
    }

    private void apply(String name, String text, ChildCgroup cgroup, String... words) throws IOException {
        Path object = dir.resolve(name + ".o");
        Files.write(object, PolicyObjects.elf(name + ".wall", text));
        List<String> all = new ArrayList<>(
                List.of("apply", object.toString(), "--cgroup", cgroup.path().toString()));
        all.addAll(List.of(words));
        commands.done(all.toArray(String[]::new));
    }

    /** Returns the lines about a probe of the caller. */
    private List<String> why(String probe) {
        return commands.done("why", "--pid", Long.toString(caller.pid()), probe);
    }

    private String answer(String probe) {
        List<String> lines = why(probe);
        return lines.get(lines.size() - 1);
    }

    private static String line(String text, String rule) {
        List<String> lines = text.lines().map(String::strip).toList();
        assertThat(lines).contains(rule);
        return Integer.toString(lines.indexOf(rule) + 1);
    }

    private static String by(String policy, String text, String rule) {
        return "=> denied with EPERM by %s@main, %s.wall:%s".formatted(policy, policy, line(text, rule));
    }

    private long connect(boolean tcp, String to) {
        int family = to.startsWith("[") ? 6 : 4;
        long fd = tcp ? caller.tcp(family) : caller.udp(family);
        long errno = caller.connect(fd, to);
        caller.close(fd);
        return errno;
    }

    private long send(String to) {
        long fd = caller.udp(to.startsWith("[") ? 6 : 4);
        long result = caller.send(fd, "x", to);
        caller.close(fd);
        return result < 0 ? -result : 0;
    }

    private long bind(String at) {
        long fd = caller.udp(at.startsWith("[") ? 6 : 4);
        long errno = caller.bind(fd, at);
        caller.close(fd);
        return errno;
    }

    private long closed(long result) {
        if (result >= 0) {
            caller.close(result);
        }
        return Math.max(0, -result);
    }

    private long open(String path, int flags) {
        byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
        return closed(caller.call(Call.OPENAT, AT_FDCWD, name, flags).result());
    }

    private long read(String sysctl) {
        byte[] name = ("/proc/sys/" + sysctl + "\0").getBytes(StandardCharsets.UTF_8);
        long fd = caller.call(Call.OPENAT, AT_FDCWD, name, 0).result();
        if (fd < 0) {
            return -fd;
        }
        long result = caller.call(Call.READ, fd, new byte[64], 64).result();
        caller.close(fd);
        return Math.max(0, -result);
    }

    private long option(int option) {
        long fd = caller.tcp(4);
        byte[] length =
                ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(4).array();
        long result =
                caller.call(Call.GETSOCKOPT, fd, 1, option, new byte[4], length).result();
        caller.close(fd);
        return Math.max(0, -result);
    }

    /** Probes, each with the call that it describes. */
    private Map<String, LongSupplier> calls() {
        Map<String, LongSupplier> calls = new LinkedHashMap<>();
        for (String to : List.of(
                "127.0.0.1:443",
                "127.0.0.1:444",
                "127.0.0.1:25",
                "127.0.0.1:7",
                "127.0.0.1:8002",
                "127.0.0.2:8002",
                "127.0.0.3:443",
                "127.0.0.9:443",
                "[::1]:443",
                "[::1]:9",
                "[::ffff:127.0.0.3]:443",
                "[::ffff:127.0.0.9]:443",
                "0.0.0.0:8101")) {
            calls.put("connect tcp " + to, () -> connect(true, to));
            calls.put("connect udp " + to, () -> connect(false, to));
            calls.put("send udp " + to, () -> send(to));
        }
        for (String at : List.of("127.0.0.1:4050", "127.0.0.1:0", "[::1]:4000")) {
            calls.put("bind udp " + at, () -> bind(at));
        }
        calls.put(
                "socket inet raw icmp",
                () -> closed(caller.call(Call.SOCKET, 2, 3, 1).result()));
        calls.put(
                "socket inet raw udp",
                () -> closed(caller.call(Call.SOCKET, 2, 3, 17).result()));
        calls.put("open \"/dev/null\" r", () -> open("/dev/null", 0));
        calls.put("open \"/dev/null\" rw", () -> open("/dev/null", 2));
        calls.put("open char 1:5 rw", () -> open("/dev/zero", 2));
        calls.put("read \"kernel/hostname\"", () -> read("kernel/hostname"));
        calls.put("read \"kernel/ostype\"", () -> read("kernel/ostype"));
        calls.put("getsockopt SO_MARK", () -> option(SO_MARK));
        calls.put("getsockopt SO_TYPE", () -> option(SO_TYPE));
        return calls;
    }

    private void begin() throws IOException {
        apply("outer", OUTER, parent);
        apply("inner", INNER, child);
        commands.done("live", "add", "outer/banned", "127.0.0.9");
    }

    /** Compares the answers with the real calls; returns how many are denied. */
    private int compare() {
        int denied = 0;
        for (Map.Entry<String, LongSupplier> call : calls().entrySet()) {
            String answer = answer(call.getKey());
            long errno = call.getValue().getAsLong();
            if (answer.startsWith("=> denied with ")) {
                assertThat(errno).as(call.getKey() + " " + answer).isEqualTo(Errno.EPERM.number());
                denied++;
            } else {
                assertThat(answer).as(call.getKey()).startsWith("=> allowed");
                assertThat(errno).as(call.getKey() + " " + answer).isNotEqualTo(Errno.EPERM.number());
            }
        }
        return denied;
    }

    @Test
    void answersAreWhatTheSystemCallsGet() throws IOException {
        begin();
        assertThat(compare()).isBetween(15, calls().size() - 15);
    }

    @Test
    void answersNameTheRuleOnTheLiveState() throws IOException {
        begin();
        assertThat(answer("connect tcp 127.0.0.3:443"))
                .isEqualTo(by("inner", INNER, "deny  if remote.ip == 127.0.0.3"));
        assertThat(answer("connect tcp [::ffff:127.0.0.9]:443"))
                .isEqualTo(by("outer", OUTER, "deny  if remote.ip in banned"));
        commands.done("live", "remove", "outer/banned", "127.0.0.9");
        assertThat(answer("connect tcp 127.0.0.9:443")).isEqualTo("=> allowed");
        assertThat(answer("send udp 127.0.0.1:25")).isEqualTo(by("outer", OUTER, "deny  if remote.port == 25"));
        assertThat(answer("connect tcp 127.0.0.1:7"))
                .as("the name of the process")
                .isEqualTo(by("outer", OUTER, "deny  if comm == \"java\" and remote.port == 7"));
        assertThat(answer("connect tcp 127.0.0.1:7 as comm other")).isEqualTo(by("outer", OUTER, "default deny"));
        assertThat(answer("socket inet raw icmp"))
                .as("its remote end is not known")
                .isEqualTo(by("inner", INNER, "deny  if remote.ip == 127.0.0.3"));
        assertThat(answer("open char 1:3 w")).isEqualTo(by("inner", INNER, "deny w if dev == \"/dev/null\""));
        assertThat(answer("read \"kernel/hostname\""))
                .isEqualTo(by("inner", INNER, "deny if name == \"kernel/hostname\""));
        assertThat(answer("setsockopt SO_MARK = 7")).isEqualTo(by("inner", INNER, "deny if option == SO_MARK"));
        apply("outer", OUTER, parent, "--param", "p=9");
        assertThat(answer("connect tcp 127.0.0.1:443")).isEqualTo(by("outer", OUTER, "default deny"));
        assertThat(answer("connect tcp 127.0.0.1:9")).isEqualTo("=> allowed");
        assertThat(why("connect tcp 127.0.0.1:9"))
                .contains("         outer.wall:" + line(OUTER, "allow if remote.port == p")
                        + ": allow if remote.port == p");
    }

    @Test
    void rulesOfARateDecideByTheTokensThatAreLeft() throws IOException {
        begin();
        String rule = "allow if proto == tcp within slow";
        String state = state();
        for (int i = 0; i < 5; i++) {
            assertThat(why("connect tcp 127.0.0.1:8001"))
                    .contains("         inner.wall:" + line(INNER, rule) + ": " + rule, "=> allowed");
        }
        answer("connect tcp 127.0.0.1:8002");
        assertThat(state()).as("no token is taken and nothing is counted").isEqualTo(state);
        assertThat(connect(true, "127.0.0.1:8001")).isNotEqualTo(Errno.EPERM.number());
        assertThat(answer("connect tcp 127.0.0.1:8001")).isEqualTo("=> allowed");
        assertThat(connect(true, "127.0.0.1:8001")).isNotEqualTo(Errno.EPERM.number());
        assertThat(answer("connect tcp 127.0.0.1:8001")).isEqualTo(by("inner", INNER, "default deny"));
        assertThat(connect(true, "127.0.0.1:8001")).isEqualTo(Errno.EPERM.number());
    }

    private String state() {
        return String.join("\n", commands.done("rates", "inner"))
                + commands.done("counters", "inner")
                + commands.done("live", "list", "outer/banned");
    }

    @Test
    void programsOfOthersHaveAnUnknownVerdict() throws IOException {
        begin();
        try (ForeignProgram other = ForeignProgram.setsClass(child)) {
            assertThat(why("connect tcp 127.0.0.1:443"))
                    .anyMatch(line -> line.matches(
                            "    2  program `ringwall_foreig` \\(id \\d+, tag [0-9a-f]+\\).*: unknown verdict"))
                    .anyMatch(line ->
                            line.matches("=> allowed unless program `ringwall_foreig` \\(id \\d+\\) denies it"));
            assertThat(answer("connect tcp 127.0.0.1:25"))
                    .isEqualTo(by("outer", OUTER, "deny  if remote.port == 25") + ", whatever the others return");
            assertThat(connect(true, "127.0.0.1:25")).isEqualTo(Errno.EPERM.number());
        }
        RunningKernel.needs(5, 18, "bpf_set_retval");
        try (ForeignProgram other = ForeignProgram.takesDenialsBack(parent, List.of(Hook.CONNECT4))) {
            assertThat(answer("connect tcp 127.0.0.1:25"))
                    .matches("=> denied with EPERM by outer@main, outer.wall:\\d+, unless program `ringwall_foreig`"
                            + " \\(id \\d+\\), which runs later, allows it");
            assertThat(connect(true, "127.0.0.1:25")).isNotEqualTo(Errno.EPERM.number());
        }
        try (ForeignProgram other = ForeignProgram.redirectsToLoopback(child)) {
            assertThat(answer("connect tcp 127.0.0.9:443")).contains("which runs before, changes the request");
            assertThat(connect(true, "127.0.0.9:443")).isNotEqualTo(Errno.EPERM.number());
        }
    }

    @Test
    void monitoredAndMissingObjectsAreSaid() throws IOException {
        begin();
        commands.done("monitor", "outer", "--for", "1m");
        assertThat(why("connect tcp 127.0.0.1:25"))
                .anyMatch(line -> line.endsWith(": allows; it is monitored, and would deny with EPERM"))
                .contains("         outer.wall:" + line(OUTER, "deny  if remote.port == 25")
                        + ": deny if remote.port == 25")
                .contains("=> allowed");
        assertThat(connect(true, "127.0.0.1:25")).isNotEqualTo(Errno.EPERM.number());
        commands.done("enforce", "outer");
        Path copy = commands.pins().resolve("v1/outer@main/g1/object");
        Files.delete(copy);
        assertThat(why("connect tcp 127.0.0.1:25"))
                .anyMatch(line -> line.contains("no copy of the object of `outer@main` was kept"))
                .anyMatch(line -> line.equals("=> allowed unless outer@main denies it"));
        String object = dir.resolve("outer.o").toString();
        List<String> named = commands.done(
                "why", "--pid", Long.toString(caller.pid()), "--object", object, "connect", "tcp", "127.0.0.1:25");
        assertThat(named.get(named.size() - 1)).isEqualTo(by("outer", OUTER, "deny  if remote.port == 25"));
    }

    @Test
    void theCgroupAloneIsEnoughAndJsonHasTheSameAnswer() throws IOException {
        begin();
        List<String> json =
                commands.done("why", "--cgroup", child.path().toString(), "--json", "connect", "tcp", "127.0.0.3:443");
        assertThat(String.join("", json))
                .contains(
                        "\"outcome\":\"denied\",\"errno\":\"EPERM\"",
                        "\"hook\":\"connect4\"",
                        "\"verdict\":\"deny\",\"errno\":\"EPERM\",\"rules\":[{\"place\":\"inner.wall:"
                                + line(INNER, "deny  if remote.ip == 127.0.0.3")
                                + ":3\",\"text\":\"deny if remote.ip == 127.0.0.3\"}]",
                        "\"assumed\":[\"uid 0, gid 0, pid 1 and an empty comm, as no --pid is given\"");
        assertThat(commands.type(List.of("why", "connect", "tcp", "127.0.0.1:1"))
                        .code())
                .isEqualTo(2);
        assertThat(commands.type(List.of("why", "--cgroup", child.path().toString(), "knock", "tcp"))
                        .code())
                .isEqualTo(1);
    }
}
