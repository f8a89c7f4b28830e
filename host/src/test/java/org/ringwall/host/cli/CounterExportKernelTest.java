// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.KeyLayout;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.host.export.CounterReader;
import org.ringwall.host.export.ExportOutput;
import org.ringwall.host.export.Exporter;
import org.ringwall.host.export.LineFormat;
import org.ringwall.host.export.StateFile;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.HangGuard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Scripts;

/** The export of counters: each count is in exactly one interval, whatever happens in between. */
@KernelTest
@HangGuard
class CounterExportKernelTest {
    /** Connects a datagram socket to port 5 until there is a file, and prints how often. */
    private static final String TRAFFIC = """
            import os, socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            n = 0
            while n % 100 != 0 or not os.path.exists(sys.argv[1]):
                s.connect(('127.0.0.1', 5))
                n += 1
            print(n)
            """;

    /** At least so many exporters are killed, and so many lines written. */
    private static final int KILLS = 10;

    private static final int LINES = 6;

    /** At least so many upgrades are made under traffic. */
    private static final int UPGRADES = 20;

    private static final String SOME = """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for i in range(int(sys.argv[1])):
                s.connect(('127.0.0.1', 5))
            """;

    private static final Pattern LINE =
            Pattern.compile("\\{\"export\":(\\d+),.*\"epoch\":\"([^\"]+)\",\"key\":\\{\"remote.port\":5},.*"
                    + "\"values\":\\{\"tries\":(\\d+),.*\"changes\":\\{\"tries\":(\\d+)}}");

    @TempDir
    Path dir = Path.of("");

    private Optional<CommandBox> box = Optional.empty();
    private Optional<Cgroup> cgroup = Optional.empty();

    @BeforeEach
    void make() throws IOException {
        CommandBox made = new CommandBox("export", dir);
        box = Optional.of(made);
        cgroup = Optional.of(made.cgroup("a"));
        apply(16);
    }

    @AfterEach
    void clean() {
        box.ifPresent(CommandBox::close);
    }

    private String ringwall(int code, String... words) {
        return box.orElseThrow().ringwall(code, words);
    }

    private void apply(int max, String... words) {
        List<String> all = new ArrayList<>(List.of(applying(max)));
        all.addAll(List.of(words));
        ringwall(0, all.toArray(String[]::new));
    }

    /** Returns the command that applies a version whose counter has room for this many keys. */
    private String[] applying(int max) {
        CounterLayout tries = new CounterLayout(
                StateObjects.COUNTER,
                new KeyLayout("counter_tries", List.of(new KeyLayout.Part("remote.port", KeyLayout.Kind.NUMBER))),
                List.of(
                        new CounterLayout.Column("tries", CounterUnit.ATTEMPTS),
                        new CounterLayout.Column("last", CounterUnit.TIME)),
                max,
                false);
        try {
            Path file = Files.write(
                    dir.resolve("web" + max + ".o"),
                    StateObjects.of("web")
                            .live(StateObjects.LIVE, LiveType.NET, 8)
                            .counter(tries)
                            .file());
            return new String[] {
                "apply", file.toString(), "--cgroup", cgroup.orElseThrow().toString()
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String traffic(String script, Object word) {
        return Scripts.run(dir, cgroup.orElseThrow().path(), Set.of(), script, word)
                .succeeded()
                .strip();
    }

    private String export(String... words) {
        List<String> all = new ArrayList<>(
                List.of("counters", "--json", "--since", dir.resolve("state").toString()));
        all.addAll(List.of(words));
        return ringwall(0, all.toArray(String[]::new));
    }

    /** A line for the key that the traffic counts. */
    private record Line(long export, String epoch, long value, long change) {}

    private static List<Line> lines(String text) {
        List<Line> lines = new ArrayList<>();
        for (String line : text.lines().toList()) {
            Matcher matcher = LINE.matcher(line);
            assertThat(matcher.find()).as(line).isTrue();
            lines.add(new Line(
                    Long.parseLong(matcher.group(1)),
                    matcher.group(2),
                    Long.parseLong(matcher.group(3)),
                    Long.parseLong(matcher.group(4))));
        }
        return lines;
    }

    @Test
    void trafficDuringUpgradesIsInExactlyOneInterval() throws IOException, InterruptedException {
        List<String> attempts = new ArrayList<>();
        Path stop = dir.resolve("stop");
        Thread worker = new Thread(() -> attempts.add(traffic(TRAFFIC, stop)));
        worker.start();
        List<Line> lines = new ArrayList<>();
        AtomicInteger exported = new AtomicInteger();
        AtomicBoolean done = new AtomicBoolean();
        Thread exporter = new Thread(() -> {
            while (!done.get()) {
                lines.addAll(lines(export()));
                exported.set(lines.size());
            }
        });
        exporter.start();
        for (int upgrades = 0; upgrades < UPGRADES || exported.get() <= 10; upgrades++) {
            assertThat(exporter.isAlive()).isTrue();
            // Every second version has another `max`, so that the counts are copied.
            apply(upgrades % 4 < 2 ? 16 : 32);
        }
        Files.createFile(stop);
        worker.join();
        done.set(true);
        exporter.join();
        lines.addAll(lines(export()));
        Line last = lines.get(lines.size() - 1);
        assertThat(lines.stream().map(Line::epoch).distinct()).hasSize(1);
        assertThat(lines.stream().mapToLong(Line::change).sum()).isEqualTo(last.value());
        assertThat(lines).allSatisfy(line -> assertThat(line.change()).isBetween(0L, last.value()));
        // What is counted between the copy and the switch is lost. While both generations run, the
        // program of this object counts in both.
        assertThat(last.value()).isGreaterThan(Long.parseLong(attempts.get(0)) * 9 / 10);
    }

    @Test
    void anUpgradeThatKeepsTheMapLosesNothing() throws IOException, InterruptedException {
        List<String> attempts = new ArrayList<>();
        Path stop = dir.resolve("stop");
        Thread worker = new Thread(() -> attempts.add(traffic(TRAFFIC, stop)));
        worker.start();
        List<Line> lines = new ArrayList<>();
        for (int upgrades = 0; upgrades < UPGRADES; upgrades++) {
            apply(16);
            lines.addAll(lines(export()));
        }
        Files.createFile(stop);
        worker.join();
        lines.addAll(lines(export()));
        assertThat(lines.stream().mapToLong(Line::change).sum())
                .isEqualTo(lines.get(lines.size() - 1).value())
                .isGreaterThanOrEqualTo(Long.parseLong(attempts.get(0)));
    }

    /** Exports on a host where pins are renamed just after the maps were listed. */
    private String exportWhile(int listing, Runnable renaming) {
        AtomicInteger listed = new AtomicInteger();
        LoaderHost real = box.orElseThrow().host;
        PinStore watched = (PinStore) Proxy.newProxyInstance(
                PinStore.class.getClassLoader(), new Class<?>[] {PinStore.class}, (self, method, args) -> {
                    try {
                        Object result = method.invoke(real.pins(), args);
                        boolean maps = method.getName().equals("list")
                                && args[0].toString().endsWith("/maps");
                        if (maps && listed.incrementAndGet() == listing) {
                            renaming.run();
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LoaderHost host = new LoaderHost(real.bpf(), watched, real.hierarchy(), real.host());
        try (CounterReader reader = new CounterReader(host, Optional.empty());
                StateFile state = StateFile.open(dir.resolve("state"))) {
            PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
            new Exporter(host, reader, LineFormat.JSON, ExportOutput.to(stream), note -> {}).export(state);
        }
        assertThat(listed.get()).isGreaterThanOrEqualTo(listing);
        return out.toString(StandardCharsets.UTF_8);
    }

    /** Every point of an upgrade, which `recover` then ends or undoes while an export reads. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void pinsThatAreRenamedWhileTheyAreReadLoseNothing(int listing) {
        traffic(SOME, 7);
        List<Line> lines = new ArrayList<>(lines(export()));
        Optional<CommandTable.Ended> ended = Optional.empty();
        int at = 0;
        for (; ended.isEmpty(); at++) {
            Kills kills = new Kills(at);
            // Another `max`, so that the counts are copied.
            String[] command = applying(at % 2 == 0 ? 32 : 16);
            ended = kills.run(() -> {
                PrintStream none = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
                int code = new Ringwall(() -> kills.host(box.orElseThrow().pins), none, none).execute(command);
                return new CommandTable.Ended(code, "");
            });
            lines.addAll(lines(exportWhile(listing, () -> ringwall(0, "recover"))));
        }
        assertThat(at).isGreaterThan(20);
        assertThat(lines.stream().mapToLong(Line::change))
                .startsWith(7L)
                .allMatch(change -> change == 0 || change == 7);
        assertThat(lines.stream().mapToLong(Line::change).sum()).isEqualTo(7);
    }

    @Test
    void aResetCounterIsRecognizedByItsMap() {
        traffic(SOME, 3);
        Line first = lines(export()).get(0);
        assertThat(first).isEqualTo(new Line(1, first.epoch(), 3, 3));
        ringwall(0, "remove", "web");
        assertThat(export()).isEmpty();
        apply(16);
        // More than before, so that the value alone does not show that it began at 0.
        traffic(SOME, 7);
        Line second = lines(export()).get(0);
        assertThat(second).isEqualTo(new Line(3, second.epoch(), 7, 7));
        assertThat(second.epoch()).isNotEqualTo(first.epoch());
        apply(16, "--forget", "tries");
        traffic(SOME, 9);
        Line third = lines(export()).get(0);
        assertThat(third).isEqualTo(new Line(4, third.epoch(), 9, 9));
        apply(32);
        traffic(SOME, 2);
        assertThat(lines(export())).containsExactly(new Line(5, third.epoch(), 11, 2));
        apply(64);
        assertThat(lines(export())).containsExactly(new Line(6, third.epoch(), 11, 0));
    }

    /** A replacement that is pinned and not in use shows that an upgrade may be copying counts. */
    @Test
    void anInstanceThatIsBeingReplacedIsLeftOut() throws IOException {
        traffic(SOME, 3);
        assertThat(lines(export())).hasSize(1);
        Path fresh = box.orElseThrow().pins.resolve("v1/web@main/maps/counter_tries-new");
        try (Fd map = box.orElseThrow().host.bpf().mapCreate(MapSpec.array("fresh", 8, 1, 0))) {
            box.orElseThrow().host.bpf().objPin(map, fresh);
        }
        traffic(SOME, 4);
        assertThat(export())
                .isEqualTo("ringwall: note: `web@main` is left out until the next export: it is being replaced;"
                        + " if that was interrupted: ringwall recover\n");
        Files.delete(fresh);
        Line line = lines(export()).get(0);
        assertThat(line).isEqualTo(new Line(3, line.epoch(), 7, 4));
    }

    @Test
    void aSecondExportIsRefused() throws Exception {
        Path state = dir.resolve("state");
        String locker = "import fcntl, sys, time\nf = open(sys.argv[1], 'w')\nfcntl.lockf(f, fcntl.LOCK_EX)\n"
                + "print('locked', flush=True)\ntime.sleep(600)\n";
        Process other = new ProcessBuilder("python3", "-c", locker, state + ".lock").start();
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("locked");
            assertThat(ringwall(3, "counters", "--csv", "--since", state.toString()))
                    .isEqualTo("ringwall: another export uses `" + state + "`\n"
                            + "  help: end it first, or name another file with --since\n");
        } finally {
            other.destroyForcibly().waitFor();
        }
        export();
    }

    @Test
    void csvHasRecordsByRfc4180() {
        traffic(SOME, 3);
        Path file = dir.resolve("out.csv");
        for (int i = 0; i < 2; i++) {
            ringwall(
                    0,
                    "counters",
                    "web",
                    "--csv",
                    "--since",
                    dir.resolve("state").toString(),
                    "--output",
                    "file:" + file);
        }
        String header = "export,from,to,policy,instance,counter,epoch,key,cgroup,path,name,unit,container,"
                + "container_name,column,value,change\r\n";
        String line = "web,main,tries,[0-9a-f]{8}-\\d+,remote.port=5,,,,,,,";
        assertThat(read(file))
                .matches(Pattern.quote(header) + "1,,\\S+Z," + line + "tries,3,3\r\n1,,\\S+Z," + line
                        + "last,\\d+,\r\n2,\\S+Z,\\S+Z," + line + "tries,3,0\r\n2,\\S+Z,\\S+Z," + line
                        + "last,\\d+,\r\n");
        assertThat(ringwall(0, "counters", "--csv")).startsWith(header + "1,,");
    }

    @Test
    void wrongOptionsAreRefused() {
        assertThat(ringwall(2, "counters")).contains("an export of counters needs a format");
        assertThat(ringwall(2, "counters", "--csv", "--json")).contains("exclude each other");
        assertThat(ringwall(2, "counters", "--csv", "--every", "1s")).contains("write --since FILE");
        assertThat(ringwall(2, "counters", "--csv", "--output", "tcp:1")).contains("is not an output of counters");
        assertThat(ringwall(1, "counters", "other", "--csv")).contains("there is no `other@main` on this host");
        Path file = dir.resolve("other");
        try {
            Files.writeString(file, "1,2,3\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(ringwall(1, "counters", "--csv", "--since", file.toString()))
                .contains("is not the state of an export of counters");
        assertThat(read(file)).isEqualTo("1,2,3\n");
    }

    /** Returns the number of whole lines of a file, or 0 if there is none. */
    private static long written(Path file) {
        return Files.exists(file) ? read(file).chars().filter(c -> c == '\n').count() : 0;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills an exporter with SIGKILL at many moments while a workload is counted. */
    @Test
    void anExporterKilledAtAnyMomentLosesNothing() throws Exception {
        List<String> attempts = new ArrayList<>();
        Path stop = dir.resolve("stop");
        Thread worker = new Thread(() -> attempts.add(traffic(TRAFFIC, stop)));
        worker.start();
        Path file = dir.resolve("out.json");
        for (int kills = 0; kills < KILLS || written(file) < LINES; kills++) {
            assertThat(worker.isAlive()).isTrue();
            Process process = new ProcessBuilder(ExportDaemon.words(
                            box.orElseThrow().pins, dir.resolve("state").toString(), "file:" + file))
                    .redirectErrorStream(true)
                    .start();
            assertThat(process.inputReader().readLine()).isEqualTo("begins");
            // On a machine with much load an export takes longer.
            Thread.sleep(100 + 137L * kills % (1_000 + 50L * kills));
            process.destroyForcibly().waitFor();
        }
        Files.createFile(stop);
        worker.join();
        assertThat(export("--output", "file:" + file)).isEmpty();
        List<Line> lines = lines(read(file));
        assertThat(lines.stream().map(Line::export)).doesNotHaveDuplicates();
        assertThat(lines.stream().mapToLong(Line::change).sum())
                .isEqualTo(Long.parseLong(attempts.get(0)))
                .isEqualTo(lines.get(lines.size() - 1).value());
    }
}
