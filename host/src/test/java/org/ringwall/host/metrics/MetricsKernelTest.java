// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.KeyLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.host.cli.Ringwall;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.instance.OpenInstance;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.state.MapEntries;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.KernelTest;

/** Metrics as a scrape gets them, of a policy whose requests are real. */
@KernelTest
class MetricsKernelTest {
    private static final String TAG = "rwmetrics-" + ProcessHandle.current().pid();
    private static final Path PINS = BpffsPins.MOUNT.resolve(TAG);
    private static final int DENIALS = 2_500;
    private static final String OPENMETRICS = "application/openmetrics-text";

    /** A sample of OpenMetrics: name, labels, value. */
    private static final Pattern SAMPLE = Pattern.compile(
            "([a-z_]+)(\\{[a-z_]+=\"(?:[^\"\\\\\n]|\\\\.)*\"(?:,[a-z_]+=\"(?:[^\"\\\\\n]|\\\\.)*\")*})? ([-+.0-9eE]+)");

    @TempDir
    Path dir = Path.of("");

    private final LoaderHost host = LoaderHost.ofThisMachine(PINS);
    private final Cgroup cgroup = host.hierarchy().create(host.cgroups().own(), TAG);

    @BeforeEach
    void apply() throws IOException {
        Path file = dir.resolve("web.o");
        Files.write(file, StateObjects.web().file());
        ringwall("apply", file.toString(), "--cgroup", cgroup.toString());
        ringwall("live", "add", "web/blocked", "127.0.0.1");
    }

    @AfterEach
    void clean() {
        if (Files.exists(PINS.resolve("v1/web@main"))) {
            ringwall("remove", "web");
        }
        host.hierarchy().end(cgroup);
        host.hierarchy().remove(cgroup);
        host.close();
    }

    @Test
    void aScrapeReportsThePolicysCounters() throws Exception {
        try (Fd statistics = RunTimeStatistics.enable(Syscalls.ofThisMachine());
                MetricsServer server = MetricsServer.listen(host, "127.0.0.1:0", false)) {
            assertThat(statistics.number()).isPositive();
            start(server);
            deny(DENIALS);
            HttpResponse<String> response = get(server, "/metrics", OPENMETRICS);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("content-type").orElseThrow())
                    .startsWith(OPENMETRICS);
            Map<String, Double> samples = openMetrics(response.body());
            String web = "policy=\"web\",policy_instance=\"main\"";
            assertThat(samples).containsEntry("ringwall_instance_enforced{" + web + "}", 1.0);
            assertThat(samples).containsEntry("ringwall_instance_generation{" + web + "}", 1.0);
            assertThat(samples).containsEntry("ringwall_places{" + web + ",state=\"in_force\"}", 1.0);
            assertThat(samples).containsEntry("ringwall_places{" + web + ",state=\"lost\"}", 0.0);
            assertThat(samples)
                    .containsEntry(
                            "ringwall_counter_total{column=\"tries\",counter=\"tries\","
                                    + "key_remote_port=\"9\",policy=\"web\",policy_instance=\"main\"}",
                            (double) DENIALS);
            double lost = samples.getOrDefault("ringwall_events_lost_total{" + web + "}", -1.0);
            double bytes = samples.getOrDefault("ringwall_events_bytes_total{" + web + "}", -1.0);
            // 8 bytes are the header that the ring puts before a record.
            int size = EventLayout.size(EventKind.SOCKET) + Long.BYTES;
            assertThat(lost + bytes / size).isEqualTo(DENIALS);
            assertThat(lost).as("the ring was full").isPositive();
            assertThat(samples).containsEntry("ringwall_events_unread_bytes{" + web + "}", bytes);
            assertThat(samples).containsEntry("ringwall_events_ring_bytes{" + web + "}", (double) (256 << 10));
            assertThat(samples.get("ringwall_rate_tokens{policy=\"web\",policy_instance=\"main\",rate=\"slow\"}"))
                    .isNotNull();
            String program = "hook=\"connect4\",policy=\"web\",policy_instance=\"main\"";
            assertThat(samples).containsEntry("ringwall_program_runs_total{" + program + "}", (double) DENIALS);
            assertThat(samples.getOrDefault("ringwall_program_run_time_seconds_total{" + program + "}", 0.0))
                    .isPositive()
                    .isLessThan(10);
        }
    }

    /** Applies a policy with a second counter, which has this many keys. */
    private void fill(int keys) throws IOException {
        KeyLayout port =
                new KeyLayout("counter_many", List.of(new KeyLayout.Part("remote.port", KeyLayout.Kind.NUMBER)));
        List<CounterLayout.Column> columns = List.of(new CounterLayout.Column("tries", CounterUnit.ATTEMPTS));
        Path file = dir.resolve("many.o");
        Files.write(
                file,
                StateObjects.web()
                        .counter(new CounterLayout("many", port, columns, keys, false))
                        .file());
        ringwall("apply", file.toString());
        try (OpenInstance state = OpenInstance.open(host.bpf(), host.pins(), InstanceName.parse("web@main"));
                Fd map = state.map(StateNames.counter("many")).orElseThrow()) {
            MapInfo info = host.bpf().mapInfo(map);
            byte[] value = new byte[MapEntries.perCpu(host.bpf(), info.valueSize())];
            for (int key = 0; key < keys; key++) {
                byte[] bytes = ByteBuffer.allocate(info.keySize()).putInt(key).array();
                host.bpf().mapUpdate(map, bytes, value);
            }
        }
    }

    @Test
    void aCounterThatAWorkloadHasFilledIsNotRead() throws Exception {
        String many = "{counter=\"many\",policy=\"web\",policy_instance=\"main\"}";
        fill(20_001);
        try (MetricsServer server = MetricsServer.listen(host, "127.0.0.1:0", false)) {
            start(server);
            String body = get(server, "/metrics", OPENMETRICS).body();
            assertThat(body).doesNotContain("ringwall_counter_total{column=\"tries\",counter=\"many\"");
            assertThat(openMetrics(body))
                    .containsEntry("ringwall_counter_rows_left_out" + many, 20_001.0)
                    .containsEntry("ringwall_counter_lost_total" + many, 0.0);
        }
    }

    @Test
    void otherFormatsAndRequestsAreAnswered() throws Exception {
        try (MetricsServer server = MetricsServer.listen(host, "[::1]:0", false)) {
            start(server);
            HttpResponse<String> plain = get(server, "/metrics?x=1", "text/plain");
            assertThat(plain.headers().firstValue("content-type").orElseThrow())
                    .startsWith("text/plain; version=0.0.4");
            assertThat(plain.body()).contains("# TYPE ringwall_places gauge\n").doesNotContain("# EOF");
            assertThat(get(server, "/", OPENMETRICS).statusCode()).isEqualTo(404);
            HttpRequest post = HttpRequest.newBuilder(URI.create("http://" + server.address() + "/metrics"))
                    .version(HttpClient.Version.HTTP_1_1)
                    .POST(HttpRequest.BodyPublishers.noBody())
                    .build();
            assertThat(HttpClient.newHttpClient()
                            .send(post, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(405);
            ringwall("remove", "web");
            assertThat(openMetrics(get(server, "/metrics", OPENMETRICS).body())).isEmpty();
        }
    }

    @Test
    void aUnixSocketIsAccessibleToItsOwnerOnly() throws Exception {
        Path socket = dir.resolve("socket");
        try (MetricsServer server = MetricsServer.listen(host, "unix:" + socket, false)) {
            start(server);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            assertThatThrownBy(() -> MetricsServer.listen(host, "unix:" + socket, false))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("cannot listen on `unix:" + socket + "`");
            try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                client.connect(UnixDomainSocketAddress.of(socket));
                client.write(ByteBuffer.wrap(
                        "GET /metrics HTTP/1.1\r\nConnection: close\r\nAccept: application/openmetrics-text\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII)));
                String answer = new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8);
                assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n");
                assertThat(openMetrics(answer.substring(answer.indexOf("\r\n\r\n") + 4)))
                        .containsKey("ringwall_instance_enforced{policy=\"web\",policy_instance=\"main\"}");
            }
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void addressesThatOtherHostsReachAreRefused() {
        for (String address : List.of("0.0.0.0:9435", "[::]:9435", "192.0.2.1:9435")) {
            assertThatThrownBy(() -> MetricsServer.listen(host, address, false))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("other hosts can reach `" + address + "`");
        }
        for (String address : List.of("9435", "localhost:9435", "127.0.0.1:70000", "unix:", "127.0.0.1")) {
            assertThatThrownBy(() -> MetricsServer.listen(host, address, false))
                    .isInstanceOf(InputException.class)
                    .hasMessage("`" + address + "` is not an address to listen on");
        }
        MetricsServer.listen(host, "0.0.0.0:0", true).close();
    }

    private static void start(MetricsServer server) {
        Thread thread = new Thread(server::run);
        thread.setDaemon(true);
        thread.start();
    }

    private static HttpResponse<String> get(MetricsServer server, String path, String accept) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + server.address() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Accept", accept)
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    /**
     * Returns the samples by name and labels. Fails if a line is not OpenMetrics, a family is given
     * twice or has no type, or a sample is given twice.
     */
    private static Map<String, Double> openMetrics(String text) {
        Map<String, Double> samples = new HashMap<>();
        Set<String> families = new HashSet<>();
        List<String> lines = text.lines().toList();
        assertThat(lines.get(lines.size() - 1)).isEqualTo("# EOF");
        String family = "";
        for (String line : lines.subList(0, lines.size() - 1)) {
            if (line.startsWith("# TYPE ")) {
                family = line.split(" ", -1)[2];
                assertThat(families.add(family)).as(line).isTrue();
                assertThat(line).matches("# TYPE \\S+ (counter|gauge)");
            } else if (line.startsWith("# HELP ")) {
                assertThat(line).startsWith("# HELP " + family + " ");
            } else {
                Matcher matcher = SAMPLE.matcher(line);
                assertThat(matcher.matches()).as(line).isTrue();
                assertThat(matcher.group(1)).isIn(family, family + "_total");
                String labels = matcher.group(2) == null ? "" : matcher.group(2);
                assertThat(samples.put(matcher.group(1) + labels, Double.valueOf(matcher.group(3))))
                        .as(line)
                        .isNull();
            }
        }
        return samples;
    }

    /** Makes requests from the cgroup that are denied. */
    private void deny(int times) throws IOException, InterruptedException {
        String script = "import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\nfor i in range(" + times
                + "):\n try:\n  s.connect(('127.0.0.1',9))\n except PermissionError:\n  pass\n";
        Process child = new ProcessBuilder(
                        "/bin/sh",
                        "-c",
                        "echo $$ > \"$0\" && exec \"$@\"",
                        cgroup.path().resolve("cgroup.procs").toString(),
                        "python3",
                        "-c",
                        script)
                .inheritIO()
                .start();
        assertThat(child.waitFor()).isZero();
    }

    private static void ringwall(String... args) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        assertThat(new Ringwall(() -> LoaderHost.ofThisMachine(PINS), stream, stream).execute(args))
                .as(() -> said.toString(StandardCharsets.UTF_8))
                .isZero();
    }
}
