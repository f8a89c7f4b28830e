package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.state.LogText;
import org.ringwall.compiler.policy.Param;
import org.ringwall.conformance.kernel.CgroupIds;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.loader.apply.EventStream;
import org.ringwall.loader.state.Counts;
import org.ringwall.loader.state.EntryException;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * Samples that keep state, tell what happens, or lead elsewhere, by real traffic: what callers see, and what the loader reads afterwards. Scripts
 * run in a child cgroup, in a network namespace of their own with nothing but a loopback interface.
 */
@KernelTest
class StateSamplesKernelTest {
    /** The samples that this test holds; the others are {@link SamplesKernelTest}'s. */
    static final Set<String> HELD = Set.of(
            "agent-proxy",
            "audit",
            "billing",
            "connection-rate",
            "connection-tracking",
            "internal-live",
            "load-balancer",
            "port-remap",
            "service-mesh",
            "sysctl-audit",
            "tcp-tuning",
            "udp-filter");

    private static final long MINUTE_NS = 60_000_000_000L;

    private static final String PRELUDE = """
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
            def enter(cgroup):
                with open(cgroup + '/cgroup.procs', 'w') as procs:
                    procs.write(str(os.getpid()))
            def listener(host, port, backlog=100):
                made = s()
                made.bind((host, port))
                made.listen(backlog)
                return made
            def connect(host, port):
                return attempt(lambda: s().connect((host, port)))
            def send(host, port, size=1, by=None):
                by = by or s(type=SOCK_DGRAM)
                return attempt(lambda: by.sendto(b'x' * size, (host, port)))
            with s(type=SOCK_DGRAM) as lo:
                fcntl.ioctl(lo, 0x8914, struct.pack('16sh22x', b'lo', 1))
            """;

    @TempDir
    private Path folder = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final List<ChildCgroup> below = new ArrayList<>();

    @AfterEach
    void clean() {
        below.forEach(ChildCgroup::close);
        cgroup.close();
    }

    /** A sample's name. */
    static String name(Path path) {
        return path.getFileName().toString().replace(".wall", "");
    }

    private ChildCgroup child() {
        ChildCgroup made = cgroup.child();
        below.add(made);
        return made;
    }

    /** Applies the object file: its types say what the state is called. */
    private Enforced enforce(String sample, Map<String, Long> values) {
        Path path = GoldenCase.projectRoot().resolve("samples/policies/" + sample + ".wall");
        var compilation = Samples.compile(path);
        Map<Param, Long> params = compilation.policy().params().stream()
                .filter(param -> values.containsKey(param.name()))
                .collect(Collectors.toMap(
                        param -> param,
                        param -> Optional.ofNullable(values.get(param.name())).orElseThrow()));
        assertThat(params).hasSameSizeAs(values);
        try {
            return Enforced.on(cgroup, ObjectReader.read(compilation.elf().toArray()), params);
        } catch (ObjectFormatException e) {
            throw new AssertionError(e);
        }
    }

    private Enforced enforce(String sample) {
        return enforce(sample, Map.of());
    }

    /** What a script says that runs in that cgroup and is given these words. */
    private String run(ChildCgroup in, String script, Object... words) {
        return Scripts.run(folder, in.path(), Set.of(Scripts.Namespace.NETWORK), PRELUDE + script, words)
                .succeeded()
                .strip();
    }

    private String run(String script, Object... words) {
        return run(cgroup, script, words);
    }

    private static String id(ChildCgroup of) {
        return Long.toUnsignedString(CgroupIds.of(of.path()));
    }

    private static String key(Counts.Row row) {
        return row.key().values().stream().map(Object::toString).collect(Collectors.joining(" "));
    }

    private static Map<String, Counts.Row> byKey(List<Counts.Row> rows) {
        return rows.stream().collect(Collectors.toMap(StateSamplesKernelTest::key, row -> row));
    }

    private static Counts.Row row(Map<String, Counts.Row> rows, String key) {
        return Optional.ofNullable(rows.get(key)).orElseThrow(() -> new AssertionError("no " + key + " in " + rows));
    }

    private static long value(Counts.Row row, String column) {
        return Optional.ofNullable(row.values().get(column)).orElseThrow().longValueExact();
    }

    /** Every row was counted within the last minute. */
    private static void recent(Enforced enforced, List<Counts.Row> rows) {
        long now = enforced.now();
        assertThat(rows)
                .isNotEmpty()
                .allSatisfy(row -> assertThat(value(row, "last")).isBetween(now - MINUTE_NS, now));
    }

    private static List<String> reasons(List<EventStream.Explained> records) {
        return records.stream()
                .map(record -> record.rule().map(LogText::reason).orElse("no rule"))
                .toList();
    }

    @Test
    void everyNameIsASample() {
        assertThat(Samples.all().stream().map(StateSamplesKernelTest::name)).containsAll(HELD);
    }

    @Test
    void internalNetworksOpenAndCloseWhileTheyAreInForce() {
        String script = """
                a = listener('127.0.0.1', 7001)
                print(connect('127.0.0.1', 7001), connect('127.0.0.2', 7001), connect('169.254.169.254', 80),
                      connect('203.0.113.9', 80), attempt(lambda: s(type=SOCK_RAW)))
                """;
        try (Enforced enforced = enforce("internal-live")) {
            assertThat(run(script)).isEqualTo("EPERM EPERM EPERM ENETUNREACH EPROTONOSUPPORT");
            enforced.hold("opened", "127.0.0.1");
            assertThat(run(script)).isEqualTo("ok EPERM EPERM ENETUNREACH EPROTONOSUPPORT");
            assertThatThrownBy(() -> enforced.hold("opened", "169.254.169.254")).isInstanceOf(EntryException.class);
            enforced.hold("opened");
            assertThat(run(script)).isEqualTo("EPERM EPERM EPERM ENETUNREACH EPROTONOSUPPORT");
            List<Counts.Row> refused = enforced.counts("refused");
            assertThat(value(row(byKey(refused), id(cgroup)), "tries")).isEqualTo(8);
            recent(enforced, refused);
            assertThat(reasons(enforced.records())).hasSize(8).containsOnly("internal network");
        }
    }

    /** The client asks for 1,000 bytes and gets 100,000; the server accepts what it gets from another cgroup. */
    @Test
    void eachContainerIsBilledForItsOwnConnectionsAndBytes() {
        ChildCgroup server = child();
        ChildCgroup client = child();
        try (Enforced enforced = enforce("billing")) {
            String said = run("""
                    enter(sys.argv[1])
                    a = listener('127.0.0.1', 7001)
                    if os.fork() != 0:
                        for i in range(3):
                            c = a.accept()[0]
                            got = b''
                            while len(got) < 1000:
                                got += c.recv(1000)
                            c.sendall(b'y' * 100000)
                            c.close()
                        os.wait()
                        os._exit(0)
                    enter(sys.argv[2])
                    for i in range(3):
                        c = s()
                        c.connect(('127.0.0.1', 7001))
                        c.sendall(b'x' * 1000)
                        got = 0
                        while got < 100000:
                            got += len(c.recv(100000))
                        c.close()
                        print(got, end=' ', flush=True)
                    """, server.path(), client.path());
            assertThat(said).isEqualTo("100000 100000 100000");
            Map<String, Counts.Row> connections = byKey(enforced.counts("connections"));
            assertThat(connections).containsOnlyKeys(id(server), id(client));
            assertThat(value(row(connections, id(server)), "opened")).isEqualTo(3);
            assertThat(value(row(connections, id(client)), "opened")).isEqualTo(3);
            Map<String, Counts.Row> sent = byKey(enforced.counts("sent"));
            Map<String, Counts.Row> received = byKey(enforced.counts("received"));
            assertThat(value(row(sent, id(server)), "bytes")).isBetween(300_000L, 400_000L);
            assertThat(value(row(received, id(client)), "bytes")).isBetween(300_000L, 400_000L);
            assertThat(value(row(sent, id(client)), "bytes")).isBetween(3_000L, 100_000L);
            assertThat(value(row(received, id(server)), "bytes")).isBetween(3_000L, 100_000L);
            assertThat(value(row(sent, id(client)), "packets")).isGreaterThan(6);
            recent(enforced, enforced.counts("sent"));
            recent(enforced, enforced.counts("connections"));
        }
    }

    @Test
    void theMeshLeadsToTheProxyAndTheCallerDoesNotSeeIt() {
        String script = """
                proxy, service = listener('127.0.0.1', 15001), listener('127.0.0.2', 8080)
                c = s()
                print(attempt(lambda: c.connect(('127.0.0.2', 8080))), attempt(c.getpeername), end=' ')
                print(c.getpeername()[0], c.getpeername()[1], end=' ')
                taken = attempt(lambda: proxy.accept())
                print(taken, attempt(lambda: service.accept()), connect('127.0.0.2', 443), end=' ')
                os.setuid(1337)
                print(connect('127.0.0.2', 8080), attempt(lambda: service.accept()))
                """;
        String free = "ok ok 127.0.0.2 8080 timeout ok ECONNREFUSED ok ok";
        assertThat(run(script)).isEqualTo(free);
        try (Enforced enforced = enforce("service-mesh")) {
            assertThat(enforced).isNotNull();
            assertThat(run(script)).isEqualTo("ok ok 127.0.0.2 8080 ok timeout ECONNREFUSED ok ok");
            enforced.set(Map.of());
            assertThat(run(script.replace("setuid(1337)", "setuid(1338)")))
                    .isEqualTo("ok ok 127.0.0.2 8080 ok timeout ECONNREFUSED ok timeout");
        }
        assertThat(run(script)).isEqualTo(free);
    }

    /** Eight clients and four threads of a proxy that tells each client what the kernel has told it. */
    @Test
    void aTransparentProxyLearnsWhereEachClientWantedToGo() {
        String script = """
                import threading
                proxy, wrong, right = s(), [], []
                proxy.bind(('127.0.0.1', 15001))
                proxy.listen(64)
                def told(c):
                    try:
                        a = c.getsockopt(SOL_IP, 80, 16)
                        assert len(a) == 16 and struct.unpack('=H', a[:2])[0] == AF_INET
                        return '%s %d' % (inet_ntop(AF_INET, a[4:8]), struct.unpack('!H', a[2:4])[0])
                    except OSError:
                        a = c.getsockopt(IPPROTO_IPV6, 80, 28)
                        assert len(a) == 28 and struct.unpack('=H', a[:2])[0] == AF_INET6
                        return '%s %d' % (inet_ntop(AF_INET6, a[8:24]), struct.unpack('!H', a[2:4])[0])
                def serve():
                    proxy.settimeout(None)
                    while True:
                        c = proxy.accept()[0]
                        c.sendall(told(c).encode())
                        c.close()
                def client(k):
                    for i in range(25):
                        six = i % 5 == 0
                        to = ('2001:db8::%d:%d' % (k + 1, i + 1) if six else '127.9.%d.%d' % (k, i + 1), (80, 8080)[i % 2])
                        c = s(AF_INET6 if six else AF_INET)
                        c.settimeout(20)
                        c.connect(to)
                        said = c.recv(64).decode()
                        (right if said == '%s %d' % to else wrong).append((to, said))
                        c.close()
                for i in range(4):
                    threading.Thread(target=serve, daemon=True).start()
                clients = [threading.Thread(target=client, args=(k,)) for k in range(8)]
                for c in clients: c.start()
                for c in clients: c.join()
                print(len(right), *wrong[:3])
                sys.stdout.flush()
                os._exit(0)
                """;
        try (Enforced enforced = enforce("service-mesh")) {
            assertThat(enforced).isNotNull();
            assertThat(run(script)).isEqualTo("200");
        }
    }

    @Test
    void theServiceAddressStandsForItsBackends() {
        String script = """
                backends = [listener('127.0.0.%d' % n, 8000 + n) for n in (1, 2, 3)]
                kept, names = [], set()
                for i in range(60):
                    c = s()
                    said = attempt(lambda: c.connect(('198.51.100.1', 443)))
                    kept.append(c)
                    if said == 'ok':
                        names.add(c.getpeername())
                    elif i == 0:
                        print(said, end=' ')
                counts = []
                for b in backends:
                    b.setblocking(False)
                    n = 0
                    while attempt(lambda: kept.append(b.accept())) == 'ok':
                        n += 1
                    counts.append(n)
                print(*counts, *names)
                """;
        List<String> entry = List.of("198.51.100.1", "443", "=", "127.0.0.1:8001", "127.0.0.2:8002", "127.0.0.3:8003");
        try (Enforced enforced = enforce("load-balancer")) {
            assertThat(run(script)).isEqualTo("EPERM 0 0 0");
            enforced.route("backends", List.of(entry));
            String[] said = run(script).split(" ", 4);
            List<Integer> counts =
                    Arrays.stream(said).limit(3).map(Integer::valueOf).toList();
            assertThat(counts).allSatisfy(count -> assertThat(count).isPositive());
            assertThat(counts.stream().mapToInt(count -> count).sum()).isEqualTo(60);
            assertThat(said[3]).isEqualTo("('198.51.100.1', 443)");
            enforced.route("backends", List.of(entry.subList(0, 4)));
            assertThat(run(script)).isEqualTo("60 0 0 ('198.51.100.1', 443)");
            assertThat(value(row(byKey(enforced.counts("asked")), "198.51.100.1 443"), "tries"))
                    .isEqualTo(180);
            recent(enforced, enforced.counts("asked"));
        }
    }

    @Test
    void theServiceBindsItsPortAndListensOnAnother() {
        String script = """
                os.setuid(1000)
                a = s()
                print(attempt(lambda: a.bind(('127.0.0.1', 80))), end=' ')
                print(attempt(a.listen), a.getsockname()[1], connect('127.0.0.1', 8080), end=' ')
                print(attempt(lambda: s().bind(('127.0.0.2', 8080))), attempt(lambda: s().bind(('127.0.0.2', 9000))))
                """;
        assertThat(run(script)).startsWith("EACCES ");
        try (Enforced enforced = enforce("port-remap")) {
            assertThat(enforced).isNotNull();
            assertThat(run(script)).isEqualTo("ok ok 80 ok EPERM ok");
        }
        assertThat(run(script)).startsWith("EACCES ");
    }

    @Test
    void everySysctlThatIsWrittenIsTold() {
        if (Enforced.forgetsSysctlValues()) {
            throw RunningKernel.lacks("the mending of what 5.18 broke, so that it forgets new values of sysctls");
        }
        String script = """
                def read(name):
                    return open('/proc/sys/' + name).read().strip()
                def write(name, value):
                    open('/proc/sys/' + name, 'w').write(value)
                was = read('net/ipv4/ip_default_ttl')
                print(attempt(lambda: write('net/ipv4/ip_default_ttl', '77')), read('net/ipv4/ip_default_ttl'), end=' ')
                print(attempt(lambda: write('net/ipv4/ip_forward', '0')), read('net/ipv4/ip_forward'))
                """;
        try (Enforced enforced = enforce("sysctl-audit")) {
            assertThat(run(script)).isEqualTo("ok 77 ok 0");
            List<EventStream.Explained> records = enforced.records();
            assertThat(reasons(records)).containsExactly("sysctl written", "who forwards has changed");
            assertThat(records.get(0).event().fields().toString())
                    .isEqualTo("{uid=0, gid=0, cgroup=" + id(cgroup) + ", write=1, name=net/ipv4/ip_default_ttl}");
            assertThat(records).allSatisfy(record -> {
                assertThat(record.event().verdict()).isEqualTo("allow");
                assertThat(record.event().hook()).isEqualTo("sysctl");
            });
            assertThat(value(row(byKey(enforced.counts("writes")), id(cgroup) + " 0"), "writes"))
                    .isEqualTo(2);
        }
    }

    /** Reads what TCP says of itself: the SYN's timeout in us, and the window of who connects in bytes. */
    @Test
    void containersThatAreNamedGetOtherNumbers() {
        String script = """
                a, full = listener('127.0.0.1', 7001), listener('127.0.0.1', 7002, 0)
                def info(c, offset):
                    return struct.unpack_from('I', c.getsockopt(IPPROTO_TCP, TCP_INFO, 104), offset)[0]
                c = s()
                c.setsockopt(IPPROTO_TCP, TCP_MAXSEG, 600)
                c.connect(('127.0.0.1', 7001))
                window = info(c, 64)
                waiting = [s() for i in range(3)]
                for w in waiting:
                    w.setblocking(False)
                    attempt(lambda: w.connect(('127.0.0.1', 7002)))
                timeout = info(waiting[2], 8)
                print('small' if window <= 6000 else 'large', 'a second' if timeout == 1000000 else 'longer',
                      c.getsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT))
                """;
        ChildCgroup named = child();
        ChildCgroup other = child();
        try (Enforced enforced = enforce("tcp-tuning", Map.of("window", 10L, "patience", 20_000L, "silence", 4321L))) {
            assertThat(run(named, script)).isEqualTo("large a second 0");
            enforced.hold("bulk", id(named));
            assertThat(run(named, script)).isEqualTo("small a second 0");
            enforced.hold("brisk", id(named));
            assertThat(run(named, script)).isEqualTo("small longer 4321");
            assertThat(run(other, script)).isEqualTo("large a second 0");
            enforced.hold("bulk");
            assertThat(run(named, script)).isEqualTo("large longer 4321");
        }
    }

    /** Both ends are in the cgroup, so that each packet counts once for either. */
    @Test
    void everyFlowIsCountedByItsFiveNumbers() {
        try (Enforced enforced = enforce("connection-tracking")) {
            String[] said = run("""
                    a = listener('127.0.0.1', 7001)
                    c = s()
                    c.bind(('127.0.0.2', 0))
                    c.connect(('127.0.0.1', 7001))
                    b = a.accept()[0]
                    c.sendall(b'x' * 5000)
                    got = 0
                    while got < 5000:
                        got += len(b.recv(5000))
                    u = s(type=SOCK_DGRAM)
                    u.bind(('127.0.0.1', 7002))
                    v = s(type=SOCK_DGRAM)
                    v.bind(('127.0.0.2', 7003))
                    for i in range(4):
                        v.sendto(b'x' * 100, ('127.0.0.1', 7002))
                    print(c.getsockname()[1])
                    """).split(" ");
            List<Counts.Row> all = enforced.counts("flows");
            Map<String, Counts.Row> flows = byKey(all);
            assertThat(flows)
                    .containsOnlyKeys(
                            "tcp 127.0.0.2 " + said[0] + " 127.0.0.1 7001",
                            "tcp 127.0.0.1 7001 127.0.0.2 " + said[0],
                            "udp 127.0.0.2 7003 127.0.0.1 7002",
                            "udp 127.0.0.1 7002 127.0.0.2 7003");
            assertThat(value(row(flows, "tcp 127.0.0.2 " + said[0] + " 127.0.0.1 7001"), "bytes"))
                    .isBetween(5_000L, 10_000L);
            Counts.Row datagrams = row(flows, "udp 127.0.0.2 7003 127.0.0.1 7002");
            assertThat(value(datagrams, "packets")).isEqualTo(4);
            assertThat(value(datagrams, "bytes")).isEqualTo(4 * 128);
            recent(enforced, all);
        }
    }

    @Test
    void noContainerConnectsFasterThanItShould() {
        String script = """
                a = listener('127.0.0.1', 7001, 500)
                kept, said, begun = [], [], time.monotonic()
                for i in range(200):
                    kept.append(s())
                    said.append(attempt(lambda: kept[-1].connect(('127.0.0.1', 7001))))
                took = time.monotonic() - begun
                ok = said.count('ok')
                print(said[:50].count('ok'), 50 <= ok <= 51 + 20 * took, said.count('EPERM'), ok + said.count('EPERM'))
                """;
        ChildCgroup fast = child();
        ChildCgroup other = child();
        try (Enforced enforced = enforce("connection-rate")) {
            String[] said = run(fast, script).split(" ");
            long refused = Long.parseLong(said[2]);
            assertThat(said).containsExactly("50", "True", said[2], "200");
            assertThat(refused).isPositive();
            assertThat(run(other, script)).startsWith("50 True ");
            Map<String, Counts.Row> rows = byKey(enforced.counts("refused"));
            assertThat(value(row(rows, id(fast)), "tries")).isEqualTo(refused);
            assertThat(rows).containsOnlyKeys(id(fast), id(other));
            List<EventStream.Explained> records = enforced.records();
            assertThat(reasons(records)).containsOnly("too many connections");
            long all = refused + value(row(rows, id(other)), "tries");
            long told = records.size();
            long heldBack = records.stream()
                    .mapToLong(record -> record.event().suppressed())
                    .sum();
            long took = records.get(records.size() - 1).event().time()
                    - records.get(0).event().time();
            assertThat(told).isBetween(Math.min(10, all), 11 + took / 100_000_000);
            assertThat(told + heldBack).isLessThanOrEqualTo(all);
        }
    }

    @Test
    void datagramsAreJudgedBothWays() {
        String script = """
                u, good, bad = (s(type=SOCK_DGRAM) for i in range(3))
                u.bind(('127.0.0.1', 443))
                good.bind(('127.0.0.1', 7003))
                bad.bind(('127.0.0.1', 11211))
                for by, port, size in (good, 443, 1), (good, 443, 1252), (good, 443, 1253), (good, 7003, 1), (bad, 443, 1):
                    print(send('127.0.0.1', port, size, by), attempt(lambda: u.recv(2000)), end=' ')
                a = listener('127.0.0.1', 11211)
                print(connect('127.0.0.1', 11211))
                """;
        assertThat(run(script)).isEqualTo("ok ok ok ok ok ok ok timeout ok ok ok");
        try (Enforced enforced = enforce("udp-filter")) {
            assertThat(run(script)).isEqualTo("ok ok ok ok EPERM timeout EPERM timeout ok timeout ok");
            assertThat(reasons(enforced.records())).containsExactly("message too long", "reflected");
            Map<String, Counts.Row> dropped = byKey(enforced.counts("dropped"));
            assertThat(dropped).containsOnlyKeys("127.0.0.1 443", "127.0.0.1 7003", "127.0.0.1 11211");
            assertThat(value(row(dropped, "127.0.0.1 443"), "bytes")).isEqualTo(1281);
            recent(enforced, enforced.counts("dropped"));
        }
    }

    @Test
    void anAuditTellsAndStopsNothing() {
        String script = """
                a, web = listener('127.0.0.1', 25), listener('127.0.0.1', 80)
                print(connect('127.0.0.1', 25), connect('127.0.0.1', 80), connect('169.254.169.254', 80))
                """;
        String free = "ok ok ENETUNREACH";
        assertThat(run(script)).isEqualTo(free);
        try (Enforced enforced = enforce("audit")) {
            assertThat(run(script)).isEqualTo(free);
            List<EventStream.Explained> records = enforced.records();
            assertThat(reasons(records)).containsExactly("low port", "low port", "not a web port", "metadata service");
            assertThat(records).allSatisfy(record -> {
                assertThat(record.event().monitored()).isTrue();
                assertThat(record.event().verdict()).isEqualTo("deny");
            });
            Map<String, Counts.Row> seen = byKey(enforced.counts("seen"));
            assertThat(seen).containsOnlyKeys("0 127.0.0.1 25", "0 169.254.169.254 80");
            recent(enforced, enforced.counts("seen"));
        }
    }

    @Test
    void theAgentReachesItsProxyAndToolsAndNoNames() {
        String script = """
                proxy = listener('127.0.0.1', 3128) if sys.argv[1] == 'proxy' else None
                u = s(type=SOCK_DGRAM)
                print(connect('127.0.0.1', 3128), connect('127.0.0.1', 8931), connect('203.0.113.9', 443),
                      send('127.0.0.53', 53), connect('127.0.0.53', 53), connect('127.0.0.1', 8932))
                """;
        assertThat(run(script, "proxy")).isEqualTo("ok ECONNREFUSED ENETUNREACH ok ECONNREFUSED ECONNREFUSED");
        try (Enforced enforced = enforce("agent-proxy")) {
            assertThat(run(script, "none")).isEqualTo("ECONNREFUSED EPERM EPERM EPERM EPERM EPERM");
            enforced.hold("tools", "8931");
            assertThat(run(script, "none")).isEqualTo("ECONNREFUSED ECONNREFUSED EPERM EPERM EPERM EPERM");
            List<String> reasons = reasons(enforced.records());
            assertThat(reasons.stream().filter("names are looked up by the proxy"::equals))
                    .hasSize(4);
            assertThat(reasons.stream().filter("only by the proxy"::equals)).hasSize(5);
            Map<String, Counts.Row> refused = byKey(enforced.counts("refused"));
            assertThat(value(row(refused, "127.0.0.53 53"), "tries")).isEqualTo(4);
            assertThat(refused)
                    .containsOnlyKeys("127.0.0.53 53", "203.0.113.9 443", "127.0.0.1 8931", "127.0.0.1 8932");
        }
    }
}
