// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.differential.TextMeaning;
import org.ringwall.conformance.kernel.CgroupIds;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.Scripts;

/**
 * A base class for tests of samples that keep state, log, or redirect, with real traffic. They
 * check the results that callers see, and the state that the loader reads afterwards. Scripts run
 * in a child cgroup, in a network namespace of their own that has only a loopback interface.
 */
abstract class SampleTraffic {
    /**
     * `s(family, type)` creates a socket with a timeout of one second; `attempt(call)` returns an
     * errno's name or `ok`.
     */
    static final String SOCKETS = """
            import errno, fcntl, os, struct, sys, time
            from socket import *
            def s(family=AF_INET, type=SOCK_STREAM):
                made = socket(family, type)
                made.settimeout(1)
                return made
            def attempt(call):
                try:
                    call()
                    return 'ok'
                except TimeoutError:
                    return 'timeout'
                except OSError as e:
                    return errno.errorcode[e.errno]
            """;

    private static final String PRELUDE = SOCKETS + """
            def enter(cgroup):
                with open(cgroup + '/cgroup.procs', 'w') as procs:
                    procs.write(str(os.getpid()))
            def family(host):
                return AF_INET6 if ':' in host else AF_INET
            def listener(host, port, backlog=100):
                made = s(family(host))
                made.bind((host, port))
                made.listen(backlog)
                return made
            def receiver(host, port):
                made = s(family(host), SOCK_DGRAM)
                made.bind((host, port))
                return made
            def connect(host, port):
                return attempt(lambda: s(family(host)).connect((host, port)))
            def send(host, port, size=1, by=None):
                by = by or s(family(host), SOCK_DGRAM)
                return attempt(lambda: by.sendto(b'x' * size, (host, port)))
            def local6(address):
                with socket(AF_INET6, SOCK_DGRAM) as six:
                    fcntl.ioctl(six, 0x8916, inet_pton(AF_INET6, address) + struct.pack('Ii', 128, if_nametoindex('lo')))
                while attempt(lambda: s(AF_INET6, SOCK_DGRAM).bind((address, 0))) == 'EADDRNOTAVAIL':
                    time.sleep(0.01)
            with s(type=SOCK_DGRAM) as lo:
                fcntl.ioctl(lo, 0x8914, struct.pack('16sh22x', b'lo', 1))
            """;

    @TempDir
    private Path folder = Path.of("");

    final ChildCgroup cgroup = ChildCgroup.make();
    private final List<ChildCgroup> below = new ArrayList<>();

    @AfterEach
    void clean() {
        below.forEach(ChildCgroup::close);
        cgroup.close();
    }

    ChildCgroup child() {
        ChildCgroup made = cgroup.child();
        below.add(made);
        return made;
    }

    /** Applies a sample through its object file, whose BTF types name its state. */
    Enforced enforce(String sample, Map<String, Long> values) {
        return enforce(sample, cgroup, "test", values);
    }

    /** Applies a sample as an instance of this name on that cgroup. */
    Enforced enforce(String sample, ChildCgroup where, String instance, Map<String, Long> values) {
        Path path = GoldenCase.projectRoot().resolve("samples/policies/" + sample + ".wall");
        // A sample's containers are at level 2; those of the tests are at the level of the child
        // cgroup.
        String text = Samples.read(path).replace("ancestor(2)", "ancestor(" + (where.level() + 1) + ")");
        String name = sample + ".wall";
        Map<Param, Long> params = TextMeaning.read(new SourceFile(name, text)).params().stream()
                .filter(param -> values.containsKey(param.name()))
                .collect(Collectors.toMap(
                        param -> param,
                        param -> Optional.ofNullable(values.get(param.name())).orElseThrow()));
        assertThat(params).hasSameSizeAs(values);
        try {
            return Enforced.on(where, instance, ObjectReader.read(PolicyObjects.elf(name, text)), params);
        } catch (ObjectFormatException e) {
            throw new AssertionError(e);
        }
    }

    Enforced enforce(String sample) {
        return enforce(sample, Map.of());
    }

    /** Returns the output of a script that runs in that cgroup with these arguments. */
    String run(ChildCgroup in, String script, Object... words) {
        return Scripts.run(folder, in.path(), Set.of(Scripts.Namespace.NETWORK), PRELUDE + script, words)
                .succeeded()
                .strip();
    }

    String run(String script, Object... words) {
        return run(cgroup, script, words);
    }

    static String id(ChildCgroup of) {
        return Long.toUnsignedString(CgroupIds.of(of.path()));
    }

    private static String key(InstanceState.Row row) {
        return row.key().values().stream().map(Object::toString).collect(Collectors.joining(" "));
    }

    static Map<String, InstanceState.Row> byKey(List<InstanceState.Row> rows) {
        return rows.stream().collect(Collectors.toMap(SampleTraffic::key, row -> row));
    }

    static InstanceState.Row row(Map<String, InstanceState.Row> rows, String key) {
        return Optional.ofNullable(rows.get(key)).orElseThrow(() -> new AssertionError("no " + key + " in " + rows));
    }

    static long value(InstanceState.Row row, String column) {
        return Optional.ofNullable(row.values().get(column)).orElseThrow().longValueExact();
    }

    /** Checks that every row was counted after that time. */
    static void since(long begin, Enforced enforced, List<InstanceState.Row> rows) {
        assertThat(rows)
                .isNotEmpty()
                .allSatisfy(row -> assertThat(value(row, "last")).isBetween(begin, enforced.now()));
    }

    static List<String> reasons(List<Events.Explained> records) {
        return records.stream()
                .map(record -> record.rule().map(Events.Rule::reason).orElse("no rule"))
                .toList();
    }
}
