// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;

/**
 * Records in large numbers: rings of other sizes, and readers that write to files and the journal.
 */
@KernelTest
class EventsKernelTest {
    private static final String TAG = "rwevents-" + ProcessHandle.current().pid();
    private static final Path PINS = BpffsPins.MOUNT.resolve(TAG);
    private static final Pattern LOST = Pattern.compile("\"lost\":(\\d+)");

    /** More records than a ring of 256 KiB has room for. */
    private static final int MANY = 5_000;

    private static final int BURST = 100_000;

    private static final int KILLS = 6;
    private static final int PAUSE_US = 9_000;

    /** A function of Python that makes requests, each of which must be denied. */
    private static final String REQUESTS = """
            import os, socket, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            def requests(times):
              denied = 0
              for i in range(times):
                try:
                  s.connect(('127.0.0.1', 9))
                except PermissionError:
                  denied += 1
              assert denied == times
            """;

    private static final Pattern TIME = Pattern.compile("\"boottime\":\\d+(?=,.*\\}\\}$)");
    private static final Pattern LOST_TOTAL = Pattern.compile("\"lost_total\":(\\d+)\\}$");

    @TempDir
    Path dir = Path.of("");

    private final LoaderHost host = LoaderHost.ofThisMachine(PINS);
    private final Cgroup cgroup = host.hierarchy().create(host.cgroups().own(), TAG);

    @BeforeEach
    void write() throws IOException {
        Files.write(dir.resolve("web.o"), StateObjects.web().file());
    }

    @AfterEach
    void clean() {
        if (Files.exists(PINS.resolve("v1/web@main"))) {
            ringwall(0, "remove", "web");
        }
        host.hierarchy().end(cgroup);
        host.hierarchy().remove(cgroup);
        host.close();
    }

    private void begin(String... words) {
        List<String> all =
                new ArrayList<>(List.of("apply", dir.resolve("web.o").toString(), "--cgroup", cgroup.toString()));
        all.addAll(List.of(words));
        ringwall(0, all.toArray(String[]::new));
        ringwall(0, "live", "add", "web/blocked", "127.0.0.1");
    }

    @Test
    void aBurstThatFitsIntoTheRingLosesNoRecord() throws Exception {
        begin("--ring-size", "16M");
        deny(BURST);
        List<String> lines = ringwall(0, "events", "web", "--json").lines().toList();
        assertThat(lines).hasSize(BURST);
        assertThat(lines).allSatisfy(line -> assertThat(line).contains("\"hook\":\"connect4\"", "\"remote.port\":9}"));
    }

    @Test
    void upgradesKeepTheRingUnlessASizeIsGiven() throws Exception {
        begin("--ring-size", "1M");
        begin();
        deny(MANY);
        assertThat(ringwall(1, "apply", dir.resolve("web.o").toString(), "--ring-size", "256K"))
                .isEqualTo("ringwall: the ring in force has another size, and records that have not been read\n"
                        + "  help: read them first: ringwall events; or --forget ringwall_events discards them\n");
        assertThat(ringwall(0, "events", "web")).hasLineCount(MANY);
        begin("--ring-size", "256K");
        deny(MANY);
        assertThat(ringwall(0, "events", "web", "--json")).containsPattern(LOST);
        begin("--ring-size", "128K", "--forget", "ringwall_events");
    }

    @Test
    void invalidRingSizesAreRefused() {
        String object = dir.resolve("web.o").toString();
        for (String size : List.of("32K", "3M", "256M")) {
            assertThat(ringwall(1, "apply", object, "--cgroup", cgroup.toString(), "--ring-size", size))
                    .contains("a ring cannot have ", "write a power of two from 64K (65536) to 128M (134217728)");
        }
        assertThat(ringwall(2, "apply", object, "--ring-size", "much"))
                .isEqualTo("ringwall: `much` is not a size\n"
                        + "  help: write --ring-size with a number of bytes, as 262144, 256K or 4M\n");
    }

    @Test
    void aFollowingReaderContinuesWithTheRingOfANewVersion() throws Exception {
        begin();
        Path file = dir.resolve("out");
        Process reader = reader("events", "web", "--follow", "--output", "file:" + file);
        deny(10);
        awaitLines(file, 10);
        begin("--ring-size", "1M");
        deny(20);
        awaitLines(file, 30);
        end(reader);
        assertThat(Files.readAllLines(file)).hasSize(30).allMatch(line -> line.contains(" deny connect4 "));
    }

    /** Three readers one after another, and more records than the ring can hold. */
    @Test
    void everyRecordIsWrittenOrCountedAsLostAcrossRestarts() throws Exception {
        begin();
        Path file = dir.resolve("log.json");
        String[] words = {
            "events", "web", "--json", "--follow", "--output", "file:" + file, "--rotate", "100K", "--keep", "900"
        };
        deny(MANY);
        Process first = reader(words);
        awaitLines(file, 1);
        deny(MANY);
        end(first);
        deny(MANY);
        Process second = reader(words);
        deny(100);
        end(second);
        ringwall(0, Stream.of(words).filter(word -> !word.equals("--follow")).toArray(String[]::new));
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.list(dir)) {
            for (Path each : files.filter(one -> one.getFileName().toString().startsWith("log.json"))
                    .toList()) {
                assertThat(Files.size(each)).isLessThanOrEqualTo(100 << 10);
                assertThat(Files.getPosixFilePermissions(each)).hasSize(2);
                lines.addAll(Files.readAllLines(each));
            }
        }
        long lost = LOST.matcher(String.join("\n", lines))
                .results()
                .map(MatchResult::group)
                .mapToLong(text -> Long.parseLong(text.substring("\"lost\":".length())))
                .sum();
        long records = lines.stream().filter(line -> line.contains("\"hook\"")).count();
        assertThat(lost).as("the ring was full").isPositive();
        assertThat(records + lost).isEqualTo(3 * MANY + 100);
    }

    /** Where a collector writes. */
    enum Output {
        FILE,
        STDOUT,
        JOURNAL
    }

    /**
     * Collectors are killed one after another while records are made and lost. What was written
     * before a kill and not noted is written again, so records are distinguished by their times.
     */
    @ParameterizedTest
    @EnumSource(Output.class)
    void everyRecordIsWrittenOrCountedAsLostWhenCollectorsAreKilled(Output output) throws Exception {
        begin();
        Path file = dir.resolve("log.json");
        Path socket = dir.resolve("socket");
        Optional<Process> journal = output == Output.JOURNAL ? Optional.of(journal(socket, file)) : Optional.empty();
        String[] words = {
            "events",
            "web",
            "--json",
            "--follow",
            "--output",
            switch (output) {
                case FILE -> "file:" + file;
                case STDOUT -> "stdout";
                case JOURNAL -> "journal:" + socket;
            }
        };
        Path stop = dir.resolve("stop");
        Process caller = denyingUntil(stop);
        for (int kills = 0; kills < KILLS; kills++) {
            long before = Files.exists(file) ? Files.size(file) : 0;
            Process reader = readerTo(file, words);
            while (caller.isAlive() && (!Files.exists(file) || Files.size(file) == before)) {
                Thread.sleep(1);
            }
            Thread.sleep(37L * (kills % 5));
            reader.destroyForcibly();
            assertThat(reader.waitFor()).isEqualTo(137);
        }
        // The ring has no reader now, and becomes full.
        deny(2 * MANY);
        Files.createFile(stop);
        int made = 2 * MANY + Integer.parseInt(caller.inputReader().readLine());
        assertThat(caller.waitFor()).isZero();
        Process last = readerTo(
                file, Stream.of(words).filter(word -> !word.equals("--follow")).toArray(String[]::new));
        assertThat(last.waitFor()).isZero();
        if (journal.isPresent()) {
            endJournal(socket);
            assertThat(journal.get().waitFor()).isZero();
        }
        Set<String> records = new HashSet<>();
        long lost = 0;
        for (String line : Files.readAllLines(file)) {
            Matcher time = TIME.matcher(line);
            Matcher total = LOST_TOTAL.matcher(line);
            if (time.find()) {
                records.add(time.group());
            } else if (total.find()) {
                lost = Math.max(lost, Long.parseLong(total.group(1)));
            }
        }
        assertThat(lost).as("the ring was full").isPositive();
        assertThat(records.size() + lost).isEqualTo(made);
    }

    /** Starts a process that appends the message of each entry to a file, until one is `end`. */
    private static Process journal(Path socket, Path file) throws Exception {
        String receiver = "import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\n"
                + "print('bound',flush=True)\nf=open(sys.argv[2],'a',buffering=1)\n"
                + "while (m:=s.recv(65536).decode().split('MESSAGE=')[1].rstrip('\\n'))!='end':\n f.write(m+'\\n')\n";
        Process journal = new ProcessBuilder("python3", "-c", receiver, socket.toString(), file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(journal.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("bound");
        return journal;
    }

    /** Sends the last entry to the journal. */
    private static void endJournal(Path socket) throws Exception {
        String script = "import socket,sys\nsocket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)"
                + ".sendto(b'MESSAGE=end\\n',sys.argv[1])\n";
        assertThat(new ProcessBuilder("python3", "-c", script, socket.toString())
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void onlyTheNewestFilesAreKept() throws Exception {
        begin("--ring-size", "4M");
        deny(MANY);
        Path file = dir.resolve("kept");
        Files.writeString(file, "part of a line");
        ringwall(0, "events", "web", "--output", "file:" + file, "--rotate", "64K", "--keep", "2");
        assertThat(dir.resolve("kept.1")).exists();
        assertThat(dir.resolve("kept.2")).exists();
        assertThat(dir.resolve("kept.3")).doesNotExist();
        assertThat(Files.readString(file)).endsWith("\n");
        assertThat(ringwall(2, "events", "web", "--rotate", "1M")).contains("--rotate and --keep need a file");
        assertThat(ringwall(2, "events", "web", "--output", "/tmp/x")).contains("`/tmp/x` is not an output");
    }

    @Test
    void theJournalGetsAnEntryForEachRecord() throws Exception {
        begin();
        Path socket = dir.resolve("socket");
        assertThat(ringwall(3, "events", "web", "--output", "journal:" + socket))
                .contains("takes no entries: ENOENT");
        String receiver = "import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\n"
                + "print('bound',flush=True)\nfor i in range(3):\n print(s.recv(65536).decode(),flush=True)\n";
        Process journal = new ProcessBuilder("python3", "-c", receiver, socket.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = journal.inputReader(StandardCharsets.UTF_8)) {
            assertThat(said.readLine()).isEqualTo("bound");
            deny(3);
            ringwall(0, "events", "web", "--output", "journal:" + socket);
            String entries = String.join("\n", said.lines().toList());
            assertThat(entries)
                    .contains("SYSLOG_IDENTIFIER=ringwall\n"
                            + "RINGWALL_POLICY=web\n"
                            + "RINGWALL_INSTANCE=main\n"
                            + "PRIORITY=5\n"
                            + "MESSAGE=20");
            assertThat(entries.split("MESSAGE=", -1)).hasSize(4);
        } finally {
            journal.destroy();
        }
        assertThat(ringwall(0, "events", "web")).isEmpty();
    }

    /** Every record is read by a process whose heap has 64 MiB. */
    @Test
    void aSmallHeapIsEnoughForManyRecords() throws Exception {
        begin("--ring-size", "16M");
        Path file = dir.resolve("many");
        Process reader = reader(
                "events", "web", "--json", "--follow", "--output", "file:" + file, "--rotate", "1G", "--keep", "1");
        for (int burst = 1; burst <= 3; burst++) {
            deny(BURST);
            awaitLines(file, (long) burst * BURST);
        }
        end(reader);
        assertThat(lines(file)).isEqualTo(3L * BURST);
    }

    private Process reader(String... words) throws IOException {
        return builder(words).inheritIO().start();
    }

    /** Starts a reader whose standard output is appended to a file. */
    private Process readerTo(Path file, String... words) throws IOException {
        return builder(words)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(file.toFile()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static ProcessBuilder builder(String... words) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Reader.class.getName(),
                PINS.toString()));
        command.addAll(List.of(words));
        return new ProcessBuilder(command);
    }

    /** The entry point of a reader in a process of its own. */
    static final class Reader {
        private Reader() {}

        public static void main(String[] args) {
            Ringwall ringwall = new Ringwall(() -> LoaderHost.ofThisMachine(Path.of(args[0])), System.out, System.err);
            System.exit(ringwall.execute(Stream.of(args).skip(1).toArray(String[]::new)));
        }
    }

    /** Ends a reader by SIGTERM. */
    private static void end(Process reader) throws InterruptedException {
        reader.destroy();
        assertThat(Guard.exit(reader)).isEqualTo(143);
    }

    private static long lines(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        }
    }

    private static void awaitLines(Path file, long wanted) {
        Guard.await(file + " has " + wanted + " lines", () -> Files.exists(file) && lines(file) >= wanted);
    }

    /** Makes requests from the cgroup that are denied. */
    private void deny(int times) throws IOException, InterruptedException {
        String script = REQUESTS + "requests(" + times + ")\n";
        assertThat(inCgroup(script).inheritIO().start().waitFor()).isZero();
    }

    /**
     * Starts a process that makes such requests until there is a file, with a pause after each
     * hundred, and prints their number.
     */
    private Process denyingUntil(Path stop) throws IOException {
        String script = REQUESTS + "n=0\nwhile not os.path.exists('" + stop + "'):\n requests(100)\n n+=100\n"
                + " time.sleep(" + PAUSE_US + "/1e6)\nprint(n)\n";
        return inCgroup(script).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private ProcessBuilder inCgroup(String script) {
        return new ProcessBuilder(
                "/bin/sh",
                "-c",
                "echo $$ > \"$0\" && exec \"$@\"",
                cgroup.path().resolve("cgroup.procs").toString(),
                "python3",
                "-c",
                script);
    }

    private static String ringwall(int code, String... args) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        assertThat(new Ringwall(() -> LoaderHost.ofThisMachine(PINS), stream, stream).execute(args))
                .as(() -> String.join(" ", args) + ": " + said.toString(StandardCharsets.UTF_8))
                .isEqualTo(code);
        return said.toString(StandardCharsets.UTF_8);
    }
}
