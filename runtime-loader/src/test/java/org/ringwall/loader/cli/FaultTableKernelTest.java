// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.loader.apply.InstanceStatus;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.apply.StateObjects;
import org.ringwall.loader.apply.TestObjects;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * The fault table: each errno at each call of each command that changes something. Afterwards the
 * host is as before the command or as after it, and {@code recover} leaves nothing else.
 *
 * <p>{@code -Dringwall.faults.step=N} injects every N-th fault; 1 is the whole table.
 * {@code -Dringwall.faults.rows=RUN,JOIN} takes these rows alone.
 */
@KernelTest
class FaultTableKernelTest {
    private static final int STEP = Integer.getInteger("ringwall.faults.step", 11);
    private static final List<String> ROWS = Stream.of(
                    System.getProperty("ringwall.faults.rows", "").split(","))
            .filter(row -> !row.isEmpty())
            .toList();
    private static final List<Errno> ERRNOS = List.of(
            Errno.EPERM,
            Errno.ENOMEM,
            Errno.E2BIG,
            Errno.EAGAIN,
            Errno.EINTR,
            Errno.ENOSPC,
            Errno.ESTALE,
            Errno.ENOLINK,
            Errno.EINVAL);

    /** Requests as address and port, whose results show which version and state decide. */
    private static final List<String> REQUESTS = List.of("127.0.0.1 9", "127.0.0.1 10", "127.0.0.2 11");

    private static final String ASKED = """
            import errno, socket, sys
            for line in sys.stdin:
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                host, port = line.split()
                try:
                    s.connect((host, int(port)))
                    print('ok', flush=True)
                except OSError as e:
                    print(errno.errorcode[e.errno], flush=True)
                s.close()
            """;

    @TempDir
    static Path dir = Path.of("");

    private final CommandBox box;
    private final Cgroup one;
    private final Cgroup two;
    private final List<Asked> asked = new ArrayList<>();
    private final String state;
    private final String other;
    private final Path declared = dir.resolve("policies.d");

    FaultTableKernelTest() throws IOException {
        box = new CommandBox("faults", dir);
        one = box.cgroup("one");
        two = box.cgroup("two");
        asked.add(new Asked(one));
        asked.add(new Asked(two));
        Path web = dir.resolve("state.o");
        Files.write(web, StateObjects.web().file());
        state = web.toString();
        Path denied = dir.resolve("other.o");
        Files.write(denied, ObjectWriter.write(TestObjects.denyPort("web", 10)));
        other = denied.toString();
        Files.createDirectories(declared);
        Files.writeString(
                declared.resolve("web.yaml"),
                "policy: " + box.object + "\nplaces:\n  - path: " + below(one) + "\n  - path: " + below(two) + "\n");
    }

    private String below(Cgroup cgroup) {
        return box.host.cgroups().mount().point().relativize(cgroup.path()).toString();
    }

    @AfterEach
    void clean() {
        asked.forEach(Asked::close);
        box.close();
    }

    /** A process in a cgroup that makes requests and says their results. */
    private static final class Asked implements AutoCloseable {
        private final Process process;
        private final PrintWriter to;
        private final BufferedReader from;

        Asked(Cgroup cgroup) throws IOException {
            String enter = "echo $$ > \"$0\" && exec python3 -c \"$1\"";
            process = new ProcessBuilder(
                            "/bin/sh",
                            "-c",
                            enter,
                            cgroup.path().resolve("cgroup.procs").toString(),
                            ASKED)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            to = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
            from = process.inputReader(StandardCharsets.UTF_8);
        }

        String ask(String request) {
            to.println(request);
            try {
                return String.valueOf(from.readLine());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** A command of the table, and the commands that make what it changes. */
    enum Row {
        APPLY(List.of(), "apply OBJECT --param port=9 --cgroup ONE TWO"),
        UPGRADE(List.of("apply OBJECT --param port=9 --cgroup ONE TWO"), "apply OBJECT --param port=10"),
        UPGRADE_STATE(
                List.of("apply STATE --cgroup ONE TWO", "live add web/blocked 127.0.0.1"),
                "apply STATE --forget tries"),
        SYNC(List.of(), "sync --dir DECLARED"),
        SYNC_UPGRADE(List.of("apply OTHER --cgroup ONE"), "sync --dir DECLARED"),
        SYNC_JOIN(List.of("sync --dir DECLARED", "leave web --cgroup TWO"), "sync --dir DECLARED"),
        REMOVE(List.of("apply OBJECT --param port=9 --cgroup ONE TWO"), "remove web"),
        LIVE_ADD(
                List.of("apply STATE --cgroup ONE TWO", "live add web/blocked 127.0.0.1"),
                "live add web/blocked 127.0.0.2"),
        LIVE_REPLACE(
                List.of("apply STATE --cgroup ONE TWO", "live add web/blocked 127.0.0.1"),
                "live replace web/blocked 127.0.0.2 127.0.0.3"),
        LIVE_REMOVE(
                List.of("apply STATE --cgroup ONE TWO", "live add web/blocked 127.0.0.1"),
                "live remove web/blocked 127.0.0.1"),
        MONITOR(List.of("apply OBJECT --param port=9 --cgroup ONE TWO"), "monitor web --for 1h --reason new"),
        MONITOR_AGAIN(
                List.of("apply OBJECT --param port=9 --cgroup ONE TWO", "monitor web --for 1h --reason old"),
                "monitor web --for 1h --reason new"),
        ENFORCE(
                List.of("apply OBJECT --param port=9 --cgroup ONE TWO", "monitor web --for 1h --reason old"),
                "enforce web"),
        RUN(List.of(), "run OBJECT --inherit-sockets -- /bin/true"),
        JOIN(List.of("apply OBJECT --param port=9 --cgroup ONE"), "join web --cgroup TWO"),
        LEAVE(List.of("apply OBJECT --param port=9 --cgroup ONE TWO"), "leave web --cgroup TWO"),
        APPLY_CONFIRM(
                List.of("apply OBJECT --param port=9 --cgroup ONE TWO"), "apply OBJECT --param port=10 --confirm 1h"),
        CONFIRM(
                List.of("apply OBJECT --param port=9 --cgroup ONE TWO", "apply OBJECT --param port=10 --confirm 1h"),
                "confirm web"),
        ROLL_BACK(
                List.of("apply OBJECT --param port=9 --cgroup ONE TWO", "apply OBJECT --param port=10 --confirm 1h"),
                "confirm web --roll-back");

        private final List<String> before;
        private final String command;

        Row(List<String> before, String command) {
            this.before = before;
            this.command = command;
        }

        boolean confirms() {
            return command.contains("confirm");
        }
    }

    /** What a user can see of the host: requests, instances, pins. */
    private record Seen(List<String> results, List<String> instances, List<String> pins) {}

    private Seen seen() throws IOException {
        List<String> results = asked.stream()
                .flatMap(process -> REQUESTS.stream().map(process::ask))
                .toList();
        List<String> instances =
                box.host.status().all().stream().map(FaultTableKernelTest::line).toList();
        return new Seen(results, instances, pins());
    }

    private static String line(InstanceStatus status) {
        List<String> places = status.places().stream()
                .map(place -> place.cgroup() + " " + place.hooks() + " " + place.lost())
                .toList();
        return status.name() + " " + status.state() + " " + places + " "
                + status.monitored().map(InstanceStatus.Monitored::reason) + " " + status.params() + " "
                + status.confirmation().map(InstanceStatus.Confirmation::stage);
    }

    private List<String> pins() throws IOException {
        if (!Files.exists(box.pins)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(box.pins)) {
            List<String> names = all.map(path -> box.pins.relativize(path).toString())
                    .map(path -> path.replaceAll("/[0-9]+-[0-9]+$", "/ID-ID"))
                    .sorted()
                    .toList();
            // A version may be applied again in place of a smaller change.
            boolean one =
                    names.stream().filter(name -> name.matches(".*/g[0-9]+")).count() == 1;
            return one
                    ? names.stream()
                            .map(name -> name.replaceFirst("/g[0-9]+", "/g"))
                            .toList()
                    : names;
        }
    }

    private String[] words(String command) {
        return command.replace("OBJECT", box.object)
                .replace("OTHER", other)
                .replace("STATE", state)
                .replace("ONE", one.toString())
                .replace("TWO", two.toString())
                .replace("DECLARED", declared.toString())
                .split(" ");
    }

    private record Ended(int code, String said) {}

    private Ended run(Faults faults, String command) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int code = new Ringwall(() -> faults.host(box.pins), stream, stream).execute(words(command));
        return new Ended(code, said.toString(StandardCharsets.UTF_8));
    }

    private void prepare(Row row) {
        row.before.forEach(command -> box.ringwall(0, words(command)));
    }

    private void tidy() {
        for (String name : box.host.pins().list(box.host.pins().root())) {
            box.ringwall(0, "remove", name);
        }
    }

    /** Returns how many descriptors of BPF objects this process has. */
    private static long descriptors() throws IOException {
        long count = 0;
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            for (Path fd : all.toList()) {
                count += Files.exists(fd) && isBpf(fd) ? 1 : 0;
            }
        }
        return count;
    }

    private static boolean isBpf(Path fd) {
        try {
            return Files.readSymbolicLink(fd).toString().contains("bpf");
        } catch (IOException e) {
            return false;
        }
    }

    /** The outcomes of the faults of one row. */
    private static final class Count {
        private int faults;
        private int old;
        private int done;
        private final Map<String, Integer> codes = new TreeMap<>();
    }

    @ParameterizedTest
    @EnumSource(Row.class)
    void aFaultAtAnyCallLeavesTheOldOrTheNew(Row row) throws IOException {
        assumeTrue(ROWS.isEmpty() || ROWS.contains(row.name()), "another row was asked for");
        if (row.confirms()) {
            RunningKernel.needs(5, 15, "timers of BPF programs");
        }
        prepare(row);
        Seen before = seen();
        Faults none = new Faults(Faults.Calls.CHANGING, -1, Errno.EPERM);
        Ended whole = run(none, row.command);
        assertThat(whole.code()).as(whole.said()).isZero();
        Seen after = seen();
        List<String> changing = none.made();
        tidy();
        prepare(row);
        Faults reads = new Faults(Faults.Calls.READING, -1, Errno.EPERM);
        run(reads, row.command);
        List<String> reading = reads.made();
        tidy();
        Count count = new Count();
        int number = row.ordinal();
        for (Faults.Calls calls : Faults.Calls.values()) {
            int most = (calls == Faults.Calls.CHANGING ? changing : reading).size();
            for (int at = 0; at < most; at++) {
                for (Errno errno : errnos(calls, at)) {
                    if (number++ % STEP == 0) {
                        inject(
                                row,
                                new Faults(calls, at, errno),
                                calls + " call " + at + " " + errno,
                                before,
                                after,
                                count);
                    }
                }
            }
        }
        System.out.println("fault table: " + row + ": " + changing.size() + " changing and " + reading.size()
                + " reading calls, " + count.faults + " faults: " + count.old + " old, " + count.done + " new; "
                + count.codes);
        assertThat(count.faults).isPositive();
    }

    /** Returns the errnos for a call: all for one that changes something, one for any other. */
    private static List<Errno> errnos(Faults.Calls calls, int at) {
        return calls == Faults.Calls.CHANGING ? ERRNOS : List.of(ERRNOS.get(at % ERRNOS.size()));
    }

    private void inject(Row row, Faults faults, String what, Seen before, Seen after, Count count) throws IOException {
        prepare(row);
        long open = descriptors();
        Ended ended = run(faults, row.command);
        String as = row + " " + what + ": " + ended;
        assertThat(descriptors()).as(as).isEqualTo(open);
        Seen left = seen();
        if (faults.injected()) {
            count.faults++;
            count.codes.merge("exit " + ended.code(), 1, Integer::sum);
        }
        assertThat(ended.code()).as(as).isIn(0, 1, 3, 4, 125);
        if (ended.code() == 0) {
            assertThat(left.results()).as(as).isEqualTo(after.results());
        } else {
            assertThat(left.results()).as(as).isIn(before.results(), after.results());
        }
        box.ringwall(0, "recover");
        Seen recovered = seen();
        assertThat(recovered.results()).as(as + " after recover").isEqualTo(left.results());
        assertThat(recovered).as(as + " after recover").isIn(before, after);
        if (recovered.equals(before) && !before.equals(after)) {
            count.old++;
            assertThat(ended.code()).as(as).isNotZero();
        } else {
            count.done++;
        }
        tidy();
        assertThat(pins()).as(as).isEmpty();
    }

    @Test
    void theHostHasNoLeftoversToBeginWith() throws IOException {
        assertThat(pins()).isEmpty();
        try (LoaderHost host = new Faults(Faults.Calls.CHANGING, -1, Errno.EPERM).host(box.pins)) {
            assertThat(host.instances()).isEmpty();
        }
    }
}
