// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.bypass.SysctlAliases;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.report.ReachReport.BypassReport;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Scripts;
import org.ringwall.testkit.Soak;

/**
 * A test of the list of sysctls that set other sysctls. It writes to every name below
 * /proc/sys/net, each in a network namespace of its own, and reads all others before and after.
 */
@KernelTest
class SysctlAliasesKernelTest {
    /** A namespace with an interface `x0`, which ends with the process. */
    private static final String NAMESPACE = """
            import ctypes, fcntl, os, struct, sys
            libc = ctypes.CDLL(None, use_errno=True)
            def fresh():
                if libc.unshare(0x40000000) < 0:
                    raise OSError(ctypes.get_errno(), 'unshare')
                tun = os.open('/dev/net/tun', os.O_RDWR)
                fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH22x', b'x0', 0x1002))
            def read(name):
                try:
                    with open('/proc/sys/' + name, 'rb', buffering=0) as file:
                        return file.read()
                except OSError:
                    return None
            def write(name, value):
                fd = os.open('/proc/sys/' + name, os.O_WRONLY)
                try:
                    os.write(fd, value)
                finally:
                    os.close(fd)
            """;

    /** Prints each pair that it finds: the name written, `->` or `=>`, the name that changed. */
    private static final String TRY_ALL = NAMESPACE + """
            NUMBERS = b'0 1 2 3 7 100 2000 70000'.split()
            WORDS = b'userspace kernel reno cubic backup default 2001:db8::1 fq_codel 0 1'.split()
            def names():
                return [os.path.join(at, file)[10:] for at, _, files in os.walk('/proc/sys/net') for file in files]
            def values(old):
                if old is None:
                    return WORDS
                try:
                    numbers = [int(word) for word in old.split()]
                except ValueError:
                    return [word for word in WORDS if word != old.strip()]
                near = [b' '.join(b'%d' % max(n + by, 0) for n in numbers) for by in (1, -1, 5)]
                return near + (NUMBERS if len(numbers) == 1 else [])
            def effects(name):
                fresh()
                every = names()
                before = {each: read(each) for each in every}
                moving = {each for each in every if read(each) != before[each]}
                found = set()
                for value in values(before[name]):
                    try:
                        write(name, value)
                    except OSError:
                        continue
                    now = {each: read(each) for each in every}
                    found |= {each for each in every if each != name and now[each] != before[each]} - moving
                    before = now
                return found
            def general(name):
                return name.replace('/x0/', '/*/').replace('/lo/', '/*/')
            def attempt(name):
                ends = os.pipe()
                child = os.fork()
                if child == 0:
                    try:
                        os.close(ends[0])
                        with os.fdopen(ends[1], 'w') as out:
                            out.write(''.join('%s -> %s\\n' % (general(name), general(each)) for each in effects(name)))
                        os._exit(0)
                    except BaseException as e:
                        print(name, repr(e), file=sys.stderr, flush=True)
                        os._exit(1)
                os.close(ends[1])
                with os.fdopen(ends[0]) as out:
                    text = out.read()
                if os.waitpid(child, 0)[1] != 0:
                    raise SystemExit('failed: ' + name)
                return text
            fresh()
            tried = [name for name in names() if '/lo/' not in name and os.stat('/proc/sys/' + name).st_mode & 0o222]
            print(len(tried))
            first, step = map(int, sys.argv[1:])
            print(''.join(attempt(name) for name in tried[first::step]))
            """;

    /** Writes the value of one sysctl, and prints that of another before and after. */
    private static final String ONE = NAMESPACE + """
            fresh()
            name, value, other = sys.argv[1:]
            before = read(other)
            try:
                write(name, value.encode())
                print('changed' if read(other) != before else 'unchanged')
            except OSError as e:
                print(e.errno)
            """;

    /** Every fourth name is written, each day others; all of them before a release. */
    private static final int STEP = Soak.size(4, 1);

    private static final int FIRST = (int) (LocalDate.now(ZoneOffset.UTC).toEpochDay() % STEP);

    private static final Path LIST = GoldenCase.projectRoot()
            .resolve("compiler/src/main/resources/org/ringwall/compiler/bypass")
            .resolve(SysctlAliases.FILE);

    @TempDir
    private Path folder = Path.of("");

    private String run(ChildCgroup cgroup, String script, Object... words) {
        return Scripts.run(folder, cgroup.path(), Set.of(Scripts.Namespace.NETWORK), script, words)
                .succeeded();
    }

    @Test
    void everyNameThatSetsAnotherIsListed() throws IOException {
        List<String> lines;
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            lines = run(cgroup, TRY_ALL, FIRST, STEP)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
        }
        assertThat(Integer.parseInt(lines.get(0))).as("names tried").isGreaterThan(200);
        SortedSet<String> found = new TreeSet<>(lines.subList(1, lines.size()));
        assertThat(found).as("pairs, from name %s in steps of %s", FIRST, STEP).hasSizeGreaterThan(STEP == 1 ? 30 : 0);
        if (STEP == 1) {
            assertThat(found).contains("net/ipv4/conf/default/rp_filter -> net/ipv4/conf/*/rp_filter");
        }
        found.removeAll(
                SysctlAliases.all().stream().map(SysctlAliases.Alias::line).collect(Collectors.toSet()));
        if (Boolean.getBoolean("golden.update") && !found.isEmpty()) {
            String before = Files.readString(LIST);
            int end = before.indexOf("\n\n# From the kernel's sources. A setting");
            Files.writeString(LIST, before.substring(0, end) + "\n" + String.join("\n", found) + before.substring(end));
            return;
        }
        assertThat(found).as("pairs that %s lacks", SysctlAliases.FILE).isEmpty();
    }

    @Test
    void whatReachesADeniedNameIsReportedAndTheAdviceClosesIt() {
        reaches("net/ipv4/conf/default/rp_filter", "2", "net/ipv4/conf/x0/rp_filter");
        reaches("net/ipv4/conf/default/accept_local", "1", "net/ipv4/conf/x0/accept_local");
        reaches("net/ipv6/conf/default/stable_secret", "2001:db8::1", "net/ipv6/conf/x0/addr_gen_mode");
        reaches("net/ipv6/conf/all/ignore_routes_with_linkdown", "1", "net/ipv6/conf/x0/ignore_routes_with_linkdown");
    }

    private void reaches(String name, String value, String denied) {
        String policy = "policy aliases\nsysctl { deny if write and name == \"" + denied + "\"; default allow }\n";
        BypassReport open = alias(policy);
        assertThat(open.status()).as(policy).isEqualTo(Status.OPEN);
        assertThat(under(policy, denied, value, denied)).isEqualTo("1");
        assertThat(under(policy, name, value, denied)).isEqualTo("changed");
        String closing = policy + open.advice() + "\n";
        assertThat(alias(closing).status()).as(closing).isEqualTo(Status.CLOSED);
        assertThat(under(closing, name, value, denied)).isEqualTo("1");
    }

    private static Compilation compiled(String policy) {
        return Compiler.compile(new SourceFile("aliases.wall", policy), Settings.DEFAULT)
                .compilation()
                .orElseThrow(() -> new AssertionError(policy));
    }

    private static BypassReport alias(String policy) {
        return compiled(policy).coverage().stream()
                .filter(reach -> reach.block().equals(Intent.SYSCTL.text()))
                .flatMap(reach -> reach.bypasses().stream())
                .filter(bypass -> bypass.id().equals("sysctl-alias"))
                .findFirst()
                .orElseThrow();
    }

    private String under(String policy, String name, String value, String other) {
        try (ChildCgroup cgroup = ChildCgroup.make();
                Enforced enforced = Enforced.on(cgroup, compiled(policy).object(), Map.of())) {
            assertThat(enforced.programs()).isNotEmpty();
            return run(cgroup, ONE, name, value, other).strip();
        }
    }
}
