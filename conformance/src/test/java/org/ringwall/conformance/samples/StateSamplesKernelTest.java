// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of the samples that redirect, log, or are changed by commands;
 * {@link FlowSamplesKernelTest} covers those that count.
 */
@KernelTest
class StateSamplesKernelTest extends SampleTraffic {
    /** The samples that these two tests cover; {@link SamplesKernelTest} covers the others. */
    static final Set<String> HELD = Set.of(
            "agent-proxy",
            "audit",
            "billing",
            "connection-accounting",
            "connection-rate",
            "connection-tracking",
            "internal-live",
            "load-balancer",
            "port-remap",
            "service-mesh",
            "sysctl-audit",
            "tcp-tuning",
            "udp-filter");

    static String name(Path path) {
        return path.getFileName().toString().replace(".wall", "");
    }

    @Test
    void everyNameIsASample() {
        assertThat(Samples.all().stream().map(StateSamplesKernelTest::name)).containsAll(HELD);
    }

    private static final String INTERNAL = """
            local6('fd00:1::1')
            kept = [listener(host, 7001) for host in ('127.0.0.1', '127.0.0.2', '::1', 'fd00:1::1')]
            print(connect('127.0.0.1', 7001), connect('127.0.0.2', 7001), connect('::ffff:127.0.0.1', 7001), connect('::1', 7001),
                  connect('fd00:1::1', 7001), connect('169.254.169.254', 80), connect('203.0.113.9', 80), attempt(lambda: s(type=SOCK_RAW)))
            """;

    /**
     * Two tenants share one policy: opening a network opens it for both, and each has its own
     * count.
     */
    @Test
    void internalNetworksAreOpenedAndClosedLive() {
        ChildCgroup one = child();
        ChildCgroup two = child();
        try (Enforced enforced = enforce("internal-live")) {
            long begin = enforced.now();
            String closed = "EPERM EPERM EPERM EPERM EPERM EPERM ENETUNREACH EPROTONOSUPPORT";
            String opened = "ok EPERM ok EPERM ok EPERM ENETUNREACH EPROTONOSUPPORT";
            assertThat(run(one, INTERNAL)).isEqualTo(closed);
            enforced.hold("opened", "127.0.0.1", "fd00:1::/64");
            assertThat(run(one, INTERNAL)).isEqualTo(opened);
            assertThat(run(two, INTERNAL)).isEqualTo(opened);
            assertThatThrownBy(() -> enforced.hold("opened", "169.254.169.254")).isInstanceOf(EntryException.class);
            enforced.hold("opened");
            assertThat(run(two, INTERNAL)).isEqualTo(closed);
            assertThat(run(two, INTERNAL)).isEqualTo(closed);
            List<InstanceState.Row> refused = enforced.counts("refused");
            Map<String, InstanceState.Row> tenants = byKey(refused);
            assertThat(tenants).containsOnlyKeys(id(one), id(two));
            assertThat(value(row(tenants, id(one)), "tries")).isEqualTo(6 + 3);
            assertThat(value(row(tenants, id(two)), "tries")).isEqualTo(3 + 6 + 6);
            since(begin, enforced, refused);
            List<Events.Explained> records = enforced.records();
            assertThat(reasons(records)).containsOnly("internal network");
            assertThat(records.stream()
                            .map(record -> record.event().fields().get("cgroup"))
                            .map(String::valueOf))
                    .contains(id(one), id(two));
        }
    }

    /** Each tenant has an instance of its own: an exception of one does not apply to the other. */
    @Test
    void eachTenantHasItsOwnExceptions() {
        ChildCgroup one = child();
        ChildCgroup two = child();
        try (Enforced first = enforce("internal-live", one, "one", Map.of());
                Enforced second = enforce("internal-live", two, "two", Map.of())) {
            first.hold("opened", "127.0.0.1");
            second.hold("opened", "127.0.0.2", "fd00:1::1");
            assertThat(run(one, INTERNAL)).startsWith("ok EPERM ok EPERM EPERM EPERM ");
            assertThat(run(two, INTERNAL)).startsWith("EPERM ok EPERM EPERM ok EPERM ");
            assertThat(byKey(first.counts("refused"))).containsOnlyKeys(id(one));
            assertThat(byKey(second.counts("refused"))).containsOnlyKeys(id(two));
        }
    }

    @Test
    void theServiceMeshRedirectsTransparentlyToTheProxy() {
        String script = """
                proxy, service = listener('127.0.0.1', 15001), listener('127.0.0.2', 8080)
                c = s()
                print(attempt(lambda: c.connect(('127.0.0.2', 8080))), attempt(c.getpeername), end=' ')
                print(c.getpeername()[0], c.getpeername()[1], end=' ')
                taken = attempt(lambda: proxy.accept())
                print(taken, attempt(lambda: service.accept()), connect('127.0.0.2', 443), end=' ')
                MOVE
                print(connect('127.0.0.2', 8080), attempt(lambda: service.accept()))
                """;
        ChildCgroup proxies = child();
        String moved =
                script.replace("MOVE", "open('" + proxies.path() + "/cgroup.procs', 'w').write(str(os.getpid()))");
        String free = "ok ok 127.0.0.2 8080 timeout ok ECONNREFUSED ok ok";
        assertThat(run(moved)).isEqualTo(free);
        try (Enforced enforced = enforce("service-mesh")) {
            enforced.hold("proxies", Long.toUnsignedString(proxies.cgroup().id()));
            assertThat(run(moved)).isEqualTo("ok ok 127.0.0.2 8080 ok timeout ECONNREFUSED ok ok");
            enforced.set(Map.of());
            assertThat(run(script.replace("MOVE", "os.setuid(1337)")))
                    .as("no user is the proxy")
                    .isEqualTo("ok ok 127.0.0.2 8080 ok timeout ECONNREFUSED ok timeout");
        }
        assertThat(run(moved)).isEqualTo(free);
    }

    /**
     * Eight clients connect to a proxy of four threads, which sends each client the original
     * destination that it read.
     */
    @Test
    void aTransparentProxyReadsEachOriginalDestination() {
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
                        c.settimeout(600)
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
    void theServiceAddressIsBalancedOverItsBackends() {
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
            long begin = enforced.now();
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
            since(begin, enforced, enforced.counts("asked"));
        }
    }

    /**
     * All datagrams of one socket go to one backend, and its replies carry the service's address;
     * separate sockets use both backends.
     */
    @Test
    void aDatagramServiceRepliesFromItsOwnAddress() {
        String script = """
                backends = [receiver('127.0.0.%d' % n, 5353) for n in (1, 2)]
                service, used = ('198.51.100.1', 53), []
                def asked(by, send):
                    said = attempt(send)
                    if said != 'ok':
                        return said
                    for n, b in enumerate(backends):
                        b.setblocking(False)
                        try:
                            data, client = b.recvfrom(10)
                        except BlockingIOError:
                            continue
                        used.append(n)
                        b.sendto(b'answer', client)
                        return by.recvfrom(10) == (b'answer', service)
                one = s(type=SOCK_DGRAM)
                print(*{asked(one, lambda: one.sendto(b'x', service)) for i in range(10)}, len(set(used)), end=' ')
                connected = s(type=SOCK_DGRAM)
                print(attempt(lambda: connected.connect(service)), end=' ')
                if used:
                    print(connected.getpeername() == service, asked(connected, lambda: connected.send(b'x')), end=' ')
                    for i in range(60):
                        fresh = s(type=SOCK_DGRAM)
                        assert asked(fresh, lambda: fresh.sendto(b'x', service)) is True
                print(*sorted(set(used)))
                """;
        try (Enforced enforced = enforce("load-balancer")) {
            long begin = enforced.now();
            assertThat(run(script)).isEqualTo("EPERM 0 EPERM");
            enforced.route("backends", List.of(List.of("198.51.100.1", "53", "=", "127.0.0.1:5353", "127.0.0.2:5353")));
            assertThat(run(script)).isEqualTo("True 1 ok True True 0 1");
            assertThat(value(row(byKey(enforced.counts("asked")), "198.51.100.1 53"), "tries"))
                    .isEqualTo(11 + 10 + 1 + 60);
            since(begin, enforced, enforced.counts("asked"));
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, 127.0.0.2", "::1, fd00::2", "0.0.0.0, 127.0.0.2", "::, fd00::2"})
    void theBoundPortIsRemappedToAnother(String own, String other) {
        String script = """
                own, other = sys.argv[1:]
                if family(other) == AF_INET6:
                    local6(other)
                os.setuid(1000)
                a = s(family(own))
                print(attempt(lambda: a.bind((own, 80))), end=' ')
                print(attempt(a.listen), a.getsockname()[:2], end=' ')
                c = s(family(own))
                here = own.replace('0.0.0.0', '127.0.0.1') if own != '::' else '::1'
                print(attempt(lambda: c.connect((here, 8080))), a.accept()[0].getsockname()[:2], end=' ')
                print(c.getpeername()[1], connect(here, 80), end=' ')
                print(*[attempt(lambda: s(family(other)).bind((other, port))) for port in (8080, 9000)])
                """;
        assertThat(run("os.setuid(1000)\nprint(attempt(lambda: s(family(sys.argv[1])).bind((sys.argv[1], 80))))", own))
                .isEqualTo("EACCES");
        try (Enforced enforced = enforce("port-remap")) {
            assertThat(enforced).isNotNull();
            String here = own.equals("0.0.0.0") ? "127.0.0.1" : own.equals("::") ? "::1" : own;
            assertThat(run(script, own, other))
                    .isEqualTo("ok ok ('" + own + "', 80) ok ('" + here + "', 80) 8080 ECONNREFUSED EPERM ok");
        }
    }

    @Test
    void everySysctlWriteIsLogged() {
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
            List<Events.Explained> records = enforced.records();
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

    /**
     * Reads TCP's own figures: the SYN timeout in us, and the window of the connecting end in
     * bytes.
     */
    @Test
    void listedContainersGetTunedTcpSettings() {
        String script = """
                open('/proc/sys/net/ipv4/tcp_congestion_control', 'w').write('reno')
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
                      c.getsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT), c.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 16).strip(bytes(1)).decode())
                """;
        ChildCgroup named = child();
        ChildCgroup other = child();
        try (Enforced enforced = enforce("tcp-tuning", Map.of("window", 10L, "patience", 20_000L, "silence", 4321L))) {
            String bulk = bbr() ? "bbr" : "reno";
            assertThat(run(named, script)).isEqualTo("large a second 0 reno");
            enforced.hold("bulk", id(named));
            assertThat(run(named, script)).isEqualTo("small a second 0 " + bulk);
            enforced.hold("brisk", id(named));
            assertThat(run(named, script)).isEqualTo("small longer 4321 " + bulk);
            assertThat(run(other, script)).isEqualTo("large a second 0 reno");
            enforced.hold("bulk");
            assertThat(run(named, script)).isEqualTo("large longer 4321 reno");
        }
    }

    /**
     * Returns whether this kernel has BBR. Setting it without BBR fails silently: the connection
     * keeps its algorithm.
     */
    private boolean bbr() {
        String there = run("print(open('/proc/sys/net/ipv4/tcp_available_congestion_control').read())");
        boolean has = List.of(there.split("\\s+")).contains("bbr");
        System.out.println(has ? "BBR is there" : "no BBR here, only " + there + ": bulk connections keep reno");
        return has;
    }

    @Test
    void anAuditLogsWithoutDenying() {
        String script = """
                a, web = listener('127.0.0.1', 25), listener('127.0.0.1', 80)
                print(connect('127.0.0.1', 25), connect('127.0.0.1', 80), connect('169.254.169.254', 80))
                """;
        String free = "ok ok ENETUNREACH";
        assertThat(run(script)).isEqualTo(free);
        try (Enforced enforced = enforce("audit")) {
            long begin = enforced.now();
            assertThat(run(script)).isEqualTo(free);
            List<Events.Explained> records = enforced.records();
            assertThat(reasons(records)).containsExactly("low port", "low port", "not a web port", "metadata service");
            assertThat(records).allSatisfy(record -> {
                assertThat(record.event().monitored()).isTrue();
                assertThat(record.event().verdict()).isEqualTo("deny");
            });
            Map<String, InstanceState.Row> seen = byKey(enforced.counts("seen"));
            assertThat(seen).containsOnlyKeys("0 127.0.0.1 25", "0 169.254.169.254 80");
            since(begin, enforced, enforced.counts("seen"));
        }
    }

    @Test
    void theAgentReachesItsProxyAndToolsButNoResolver() {
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
            Map<String, InstanceState.Row> refused = byKey(enforced.counts("refused"));
            assertThat(value(row(refused, "127.0.0.53 53"), "tries")).isEqualTo(4);
            assertThat(refused)
                    .containsOnlyKeys("127.0.0.53 53", "203.0.113.9 443", "127.0.0.1 8931", "127.0.0.1 8932");
        }
    }

    /**
     * A burst of twenty and ten a second: requests without a token are denied and logged, at most
     * five records a second.
     */
    @Test
    void theAgentsProxyConnectionsAreRateLimited() {
        String script = """
                enter(sys.argv[1])
                proxy = listener('127.0.0.1', 3128, 500)
                enter(sys.argv[2])
                kept, said, begun = [], [], time.monotonic()
                for i in range(200):
                    kept.append(s())
                    said.append(attempt(lambda: kept[-1].connect(('127.0.0.1', 3128))))
                took = time.monotonic() - begun
                ok, denied = said.count('ok'), said.count('EPERM')
                print(said[:20].count('ok'), 20 <= ok <= 21 + 10 * took, ok + denied == 200, denied, end=' ')
                time.sleep(0.25)
                print(*[connect('127.0.0.1', 3128) for i in range(2)], send('127.0.0.1', 3128))
                """;
        try (ChildCgroup outside = ChildCgroup.make();
                Enforced enforced = enforce("agent-proxy")) {
            long begin = enforced.now();
            String[] said = run(script, outside.path(), cgroup.path()).split(" ");
            long denied = Long.parseLong(said[3]);
            assertThat(said).containsExactly("20", "True", "True", said[3], "ok", "ok", "EPERM");
            assertThat(denied).isPositive();
            List<Events.Explained> records = enforced.records();
            List<Events.Explained> tooMany = records.stream()
                    .filter(record -> reasons(List.of(record)).equals(List.of("too many requests")))
                    .toList();
            assertThat(tooMany).isNotEmpty().allSatisfy(record -> {
                assertThat(record.event().verdict()).isEqualTo("deny");
                assertThat(record.event().fields().toString())
                        .contains("errno=EPERM", "remote.ip=127.0.0.1, remote.port=3128, proto=tcp");
            });
            assertThat(reasons(records)).last().isEqualTo("only by the proxy");
            assertThat(records).hasSize(tooMany.size() + 1);
            assertThat(value(row(byKey(enforced.counts("refused")), "127.0.0.1 3128"), "tries"))
                    .isEqualTo(denied + 1);
            since(begin, enforced, enforced.counts("refused"));
        }
    }
}
