// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * A test that every option that a policy sets is set, as read by getsockopt(2) on sockets of the
 * running kernel.
 */
@KernelTest
class SocketOptionsSetKernelTest {
    private static final KernelVersion RUNNING = running();

    /** Valid values that differ from the defaults; options that no caller can read are left out. */
    private static final Map<SettableOption, String> VALUES = values();

    private static final String SCRIPT = """
            import struct, sys, fcntl
            from socket import *
            with socket(AF_INET, SOCK_DGRAM) as lo:
                fcntl.ioctl(lo, 0x8914, struct.pack('16sh22x', b'lo', 1))
            said = {}
            for family, host in (AF_INET, '127.0.0.1'), (AF_INET6, '::1'):
                a = socket(family)
                a.bind((host, 0))
                a.listen()
                c = socket(family)
                c.connect(a.getsockname())
                for option in sys.argv[1:]:
                    name, level, number = option.split(':')
                    if name.startswith('IPV6_') == (family == AF_INET6):
                        if name in ('TCP_CONGESTION', 'SO_BINDTODEVICE'):
                            text = c.getsockopt(int(level), int(number), 16)
                            said[name] = '"' + text.split(b'\\0')[0].decode() + '"'
                        else:
                            said[name] = str(struct.unpack('I', c.getsockopt(int(level), int(number), 4))[0])
                if family == AF_INET:
                    info = c.getsockopt(IPPROTO_TCP, TCP_INFO, 104)
                    said['window'] = str(struct.unpack_from('I', info, 80)[0])
            print(' '.join(name + '=' + value for name, value in sorted(said.items())))
            """;

    @TempDir
    private Path folder = Path.of("");

    private static KernelVersion running() {
        if (RunningKernel.atLeast(7, 3)) {
            return new KernelVersion(7, 3);
        }
        if (RunningKernel.atLeast(6, 15)) {
            return new KernelVersion(6, 15);
        }
        return RunningKernel.atLeast(6, 1) ? KernelVersion.V6_1 : KernelVersion.V5_10;
    }

    private static Map<SettableOption, String> values() {
        Map<SettableOption, String> values = new EnumMap<>(SettableOption.class);
        values.put(SettableOption.SO_RCVBUF, "50000");
        values.put(SettableOption.SO_SNDBUF, "60000");
        values.put(SettableOption.SO_REUSEADDR, "1");
        values.put(SettableOption.SO_KEEPALIVE, "1");
        values.put(SettableOption.SO_PRIORITY, "6");
        values.put(SettableOption.SO_REUSEPORT, "1");
        values.put(SettableOption.SO_RCVLOWAT, "17");
        values.put(SettableOption.SO_BINDTODEVICE, "\"lo\"");
        values.put(SettableOption.SO_MARK, "3000000000");
        values.put(SettableOption.SO_MAX_PACING_RATE, "123456");
        values.put(SettableOption.IP_TOS, "16"); // sets the priority to 6 too
        values.put(SettableOption.IP_TRANSPARENT, "1");
        values.put(SettableOption.IPV6_TCLASS, "32");
        values.put(SettableOption.IPV6_TRANSPARENT, "1");
        values.put(SettableOption.TCP_NODELAY, "1");
        values.put(SettableOption.TCP_KEEPIDLE, "77");
        values.put(SettableOption.TCP_KEEPINTVL, "8");
        values.put(SettableOption.TCP_KEEPCNT, "4");
        values.put(SettableOption.TCP_SYNCNT, "3");
        values.put(SettableOption.TCP_WINDOW_CLAMP, "30000");
        values.put(SettableOption.TCP_CONGESTION, "\"reno\"");
        values.put(SettableOption.TCP_THIN_LINEAR_TIMEOUTS, "1");
        values.put(SettableOption.TCP_USER_TIMEOUT, "4321");
        values.put(SettableOption.TCP_RTO_MAX_MS, "5000");
        values.put(SettableOption.TCP_NOTSENT_LOWAT, "9999");
        values.keySet().removeIf(option -> !RUNNING.atLeast(option.since()));
        return values;
    }

    private String run(ChildCgroup in) {
        Object[] options = VALUES.keySet().stream()
                .map(option -> option + ":" + option.level() + ":" + option.number())
                .toArray();
        return Scripts.run(folder, in.path(), Set.of(Scripts.Namespace.NETWORK), SCRIPT, options)
                .succeeded()
                .strip();
    }

    private static Enforced enforce(ChildCgroup cgroup, String effects) {
        return Enforced.on(
                cgroup,
                compiled("when active_established { %s }".formatted(effects)).object(),
                Map.of());
    }

    private static Compilation compiled(String rules) {
        String policy = "policy p\nrequires kernel %s\nparam timeout : int in 0..9999 = 4321\non sock_ops {\n%s\n}"
                .formatted(RUNNING, rules.replace("USER_TIMEOUT = 4321", "USER_TIMEOUT = timeout"));
        return Compiler.compile(
                        new SourceFile("options.wall", policy),
                        new Settings(List.of(RUNNING), ByteOrder.nativeOrder(), Map.of()))
                .compilation()
                .orElseThrow();
    }

    private static Map<String, String> parsed(String said) {
        return Arrays.stream(said.split(" "))
                .map(word -> word.split("=", 2))
                .collect(Collectors.toMap(word -> word[0], word -> word[1]));
    }

    @Test
    void everyOptionIsSetToThePolicysValue() {
        String effects = VALUES.entrySet().stream()
                .map(each -> "setsockopt " + each.getKey() + " = " + each.getValue())
                .collect(Collectors.joining("; "));
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            Map<String, String> before = parsed(run(cgroup));
            try (Enforced enforced = enforce(cgroup, effects)) {
                assertThat(enforced).isNotNull();
                allAreSet(before, parsed(run(cgroup)));
            }
        }
    }

    private static void allAreSet(Map<String, String> before, Map<String, String> after) {
        VALUES.forEach((option, value) -> {
            boolean doubled = option == SettableOption.SO_RCVBUF || option == SettableOption.SO_SNDBUF;
            String wanted = doubled ? Long.toString(2 * Long.parseLong(value)) : value;
            assertThat(before.get(option.name())).as(option + " before").isNotEqualTo(wanted);
            assertThat(after.get(option.name())).as(option.name()).isEqualTo(wanted);
        });
    }

    /**
     * So many rules over so many fields get effect diagrams of their own. If several rules write
     * one option, the last write wins.
     */
    @Test
    void everyOptionIsSetByARuleOfItsOwn() {
        List<String> fields = List.of("remote.port", "local.port", "tcp.snd_cwnd", "tcp.mss_cache", "tcp.segs_out");
        List<String> rules = new ArrayList<>();
        int number = 0;
        for (Map.Entry<SettableOption, String> each : VALUES.entrySet()) {
            String set = "{ setsockopt " + each.getKey() + " = " + each.getValue() + " }";
            rules.add("when active_established and " + fields.get(number++ % fields.size()) + " > 0 " + set);
        }
        rules.add(0, "when active_established and tcp.snd_cwnd > 0 { setsockopt SO_RCVLOWAT = 5 }");
        rules.add("when active_established and tcp.segs_out > 4000000000 { setsockopt SO_RCVLOWAT = 6 }");
        rules.add("when passive_established { setsockopt TCP_SYNCNT = 9 }");
        Compilation compiled = compiled(String.join("\n", rules));
        assertThat(compiled.diagrams().decisions())
                .anySatisfy(decision -> assertThat(decision.effects()).hasSizeGreaterThan(3));
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            Map<String, String> before = parsed(run(cgroup));
            try (Enforced enforced = Enforced.on(cgroup, compiled.object(), Map.of())) {
                assertThat(enforced).isNotNull();
                allAreSet(before, parsed(run(cgroup)));
            }
        }
    }

    /**
     * Options that only programs can set show in TCP's behavior; a write that the kernel rejects
     * has no effect.
     */
    @Test
    void theInitialWindowIsSetAndRejectedValuesAreNot() {
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            try (Enforced enforced = enforce(
                    cgroup,
                    "setsockopt TCP_BPF_SNDCWND_CLAMP = 50; setsockopt TCP_BPF_IW = 33; setsockopt TCP_USER_TIMEOUT = 4321")) {
                assertThat(enforced).isNotNull();
                assertThat(parsed(run(cgroup))).containsEntry("window", "33").containsEntry("TCP_USER_TIMEOUT", "4321");
            }
            Map<String, String> free = parsed(run(cgroup));
            try (Enforced enforced = enforce(
                    cgroup,
                    "setsockopt TCP_CONGESTION = \"none-such\"; setsockopt TCP_BPF_IW = 4294967295; setsockopt TCP_SYNCNT = 200")) {
                assertThat(enforced).isNotNull();
                assertThat(parsed(run(cgroup))).isEqualTo(free);
            }
        }
    }
}
