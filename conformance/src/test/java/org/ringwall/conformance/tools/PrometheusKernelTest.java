// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A Prometheus that scrapes {@code ringwall metrics} with the configuration, the alerts and the
 * dashboard of samples/metrics. As every test of a kernel it runs in a network namespace of its
 * JVM, which has the loopback device only.
 */
@KernelTest
@ToolTest({"prometheus", "busybox"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PrometheusKernelTest {
    private static final Path SAMPLES = GoldenCase.projectRoot().resolve("samples/metrics");
    private static final String RINGWALL =
            GoldenCase.projectRoot().resolve("bin/ringwall").toString();
    private static final String METRICS = "127.0.0.1:19435";
    private static final String PROMETHEUS = "127.0.0.1:19090";
    private static final int DENIALS = 23;

    /** The status of each answer until Prometheus has started. */
    private static final int UNAVAILABLE = 503;

    private static final String POLICY = """
            policy web

            rate slow 5/s burst 5
            counter refused [remote.port] { tries: attempts } max 64

            egress {
              deny if proto == tcp and remote.port == 9 { log; count refused }
              allow if proto == udp within slow
              default allow
            }
            """;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Process> processes = new ArrayList<>();
    private Path dir = Path.of("");

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        dir = folder;
        Files.write(
                dir.resolve("web.o"),
                Compiler.compile(new SourceFile("web.wall", POLICY), Settings.DEFAULT)
                        .compilation()
                        .orElseThrow()
                        .elf()
                        .toArray());
        ringwall("apply", "web.o", "--cgroup", cgroup.path().toString());
        deny(DENIALS);
        start(RINGWALL, "metrics", "--listen", METRICS);
        for (String file : List.of("prometheus.yml", "alerts.yml")) {
            Files.writeString(
                    dir.resolve(file),
                    Files.readString(SAMPLES.resolve(file))
                            .replace("127.0.0.1:9435", METRICS)
                            .replace("scrape_interval: 15s", "scrape_interval: 1s\n  evaluation_interval: 1s"));
        }
        start(
                "prometheus",
                "--config.file=" + dir.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + dir.resolve("data"),
                "--web.listen-address=" + PROMETHEUS,
                // It then prefers its binary format, which the server does not have.
                "--enable-feature=native-histograms",
                "--log.level=error");
        await("last_over_time(up{job=\"ringwall\"}[30s]) == 1");
        await("count_over_time(ringwall_instance_enforced[5m]) >= 3");
    }

    @AfterAll
    void end() throws InterruptedException {
        for (Process process : processes) {
            process.destroy();
            Guard.exit(process);
        }
        ringwall("remove", "web");
        cgroup.close();
    }

    private void ringwall(String... words) {
        List<String> command = new ArrayList<>(List.of(RINGWALL));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("RINGWALL_JOURNAL", "");
        Command.run(dir, builder).succeeded();
    }

    private void start(String... command) throws IOException {
        processes.add(new ProcessBuilder(command)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(
                        dir.resolve(Path.of(command[0]).getFileName() + ".log").toFile())
                .start());
    }

    /** Makes denied connections from the cgroup. */
    private void deny(int count) {
        String loop = "echo $$ >" + cgroup.path() + "/cgroup.procs; for i in $(seq " + count
                + "); do busybox nc -w 1 127.0.0.1 9; done 2>&1";
        assertThat(Command.run(dir, "sh", "-c", loop).output().lines())
                .hasSize(count)
                .allSatisfy(line -> assertThat(line).contains("Operation not permitted"));
    }

    /** Returns the member {@code data} of a successful answer of Prometheus. */
    private Map<?, ?> api(String path) throws IOException {
        try {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://" + PROMETHEUS + "/api/v1/" + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            // JSON is YAML.
            if (answer.statusCode() == UNAVAILABLE) {
                throw new ConnectException("prometheus is starting");
            }
            Map<?, ?> body = (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(answer.body());
            assertThat(body.get("status")).as(answer.body()).isEqualTo("success");
            return (Map<?, ?>) Objects.requireNonNull(body.get("data"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Returns the series and values of a query, as {@code {labels}=value}. */
    private List<Map.Entry<Map<?, ?>, Double>> query(String text) throws IOException {
        List<?> result =
                (List<?>) Objects.requireNonNull(api("query?query=" + URLEncoder.encode(text, StandardCharsets.UTF_8))
                        .get("result"));
        return result.stream()
                .map(each -> (Map<?, ?>) each)
                .map(PrometheusKernelTest::sample)
                .toList();
    }

    private static Map.Entry<Map<?, ?>, Double> sample(Map<?, ?> series) {
        Map<?, ?> labels = (Map<?, ?>) Objects.requireNonNull(series.get("metric"));
        // The time and the value.
        List<?> value = (List<?>) Objects.requireNonNull(series.get("value"));
        return Map.entry(labels, Double.valueOf(String.valueOf(value.get(1))));
    }

    /** Waits until a query has a result. */
    private void await(String text) throws IOException {
        Guard.Moment end = Guard.fromNow();
        while (true) {
            try {
                if (!query(text).isEmpty()) {
                    return;
                }
            } catch (ConnectException e) {
                assertThat(processes).as("prometheus and ringwall run").allMatch(Process::isAlive);
            }
            assertThat(end.reached()).as("%s has no result", text).isFalse();
            try {
                TimeUnit.MILLISECONDS.sleep(200);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void seriesHaveTheValuesOfTheHost() throws IOException {
        String web = "{policy=\"web\",policy_instance=\"main\"}";
        assertThat(query("ringwall_instance_enforced" + web)).hasSize(1).allMatch(each -> each.getValue() == 1);
        assertThat(query("ringwall_places{state=\"in_force\"}")).hasSize(1).allMatch(each -> each.getValue() == 1);
        await("ringwall_counter_total{counter=\"refused\",column=\"tries\",key_remote_port=\"9\"} >= " + DENIALS);
        assertThat(query("ringwall_events_bytes_total" + web)).hasSize(1).allMatch(each -> each.getValue() > 0);
        assertThat(query("ringwall_events_lost_total" + web)).hasSize(1).allMatch(each -> each.getValue() == 0);
        assertThat(query("ringwall_rate_tokens{rate=\"slow\"}")).hasSize(1).allMatch(each -> each.getValue() == 5);
    }

    @Test
    void aDenialArrivesWithTheNextScrapes() throws IOException {
        String total = "ringwall_counter_total{counter=\"refused\",key_remote_port=\"9\"}";
        await(total);
        double before = query(total).get(0).getValue();
        deny(DENIALS);
        await(total + " >= " + (before + DENIALS));
        await("sum(rate(" + total + "[5m])) > 0");
    }

    @Test
    void everyQueryOfTheDashboardHasAResult() throws IOException {
        List<String> queries = Pattern.compile("\"expr\": \"((?:[^\"\\\\]|\\\\.)*)\"")
                .matcher(Files.readString(SAMPLES.resolve("dashboard.json")))
                .results()
                .map(found -> found.group(1).replace("\\\"", "\"").replace("$policy", ".*"))
                .toList();
        assertThat(queries).hasSize(9);
        for (String each : queries) {
            await(each);
        }
    }

    @Test
    void everyAlertIsEvaluatedAndNoneFires() throws IOException {
        await("ringwall_instance_enforced");
        List<?> groups = (List<?>) Objects.requireNonNull(api("rules").get("groups"));
        List<?> rules = (List<?>) Objects.requireNonNull(((Map<?, ?>) groups.get(0)).get("rules"));
        assertThat(rules).hasSize(7).allSatisfy(each -> {
            Map<?, ?> rule = (Map<?, ?>) each;
            assertThat(rule.get("health")).as("%s", rule).isEqualTo("ok");
            assertThat(rule.get("state")).as("%s", rule).isEqualTo("inactive");
        });
    }
}
