// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.testkit.RunningKernel;

/**
 * The commands that change a host, the two cgroups and the files that they work on, and what a user
 * can see of the host before and after.
 */
final class CommandTable implements AutoCloseable {
    /** Requests as address and port, whose results show which version and state decide. */
    private static final List<String> REQUESTS = List.of("127.0.0.1 9", "127.0.0.1 10", "127.0.0.1 12", "127.0.0.2 11");

    private static final String DENIED = "EPERM";

    /** Instead of a command: removes the second cgroup, and creates one of the same name. */
    private static final String REMAKE = "(remake)";

    /**
     * Makes each request that a line names and prints its result, or repeats those of a line that
     * begins with `hammer` until the next line and prints how many were made and allowed.
     */
    private static final String REQUESTER = """
            import errno, select, socket
            def connect(s, host, port):
                try:
                    s.connect((host, int(port)))
                    return 'ok'
                except OSError as e:
                    return errno.errorcode[e.errno]
            # Unbuffered, so that select finds each line that was not read.
            stdin = open(0, 'rb', buffering=0)
            for line in iter(stdin.readline, b''):
                words = line.decode().split()
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                    if words[0] != 'hammer':
                        print(connect(s, *words), flush=True)
                        continue
                    pairs = list(zip(words[1::2], words[2::2]))
                    tries = allowed = 0
                    while not select.select([stdin], [], [], 0)[0]:
                        for host, port in pairs * 100:
                            tries += 1
                            allowed += connect(s, host, port) == 'ok'
                    stdin.readline()
                    print(tries, allowed, flush=True)
            """;

    final CommandBox box;
    private final Cgroup one;
    private Cgroup two;
    private final List<Requester> requesters = new ArrayList<>();
    private final List<Requester> hammers = new ArrayList<>();
    private final String object;
    private final String state;
    private final String other;
    private final String entries;
    private final Path declared;

    CommandTable(String name, Path dir) throws IOException {
        box = new CommandBox(name, dir);
        one = box.cgroup("one");
        two = box.cgroup("two");
        start();
        object = file(dir.resolve("object.o"), ObjectWriter.write(TestObjects.denyPorts("web", 9, 12)));
        other = file(dir.resolve("other.o"), ObjectWriter.write(TestObjects.denyPorts("web", 10, 12)));
        state = file(dir.resolve("state.o"), StateObjects.web().file());
        entries = file(dir.resolve("entries"), "127.0.0.1\n127.0.0.2\n".getBytes(StandardCharsets.UTF_8));
        declared = Files.createDirectories(dir.resolve("policies.d"));
        Files.writeString(
                declared.resolve("web.yaml"),
                "policy: " + object + "\nplaces:\n  - path: " + below(one) + "\n  - path: " + below(two) + "\n");
    }

    private static String file(Path path, byte[] content) throws IOException {
        return Files.write(path, content).toString();
    }

    /** Returns the two cgroups, in the order of the results. */
    List<Cgroup> cgroups() {
        return List.of(one, two);
    }

    private String below(Cgroup cgroup) {
        return box.host.cgroups().mount().relativize(cgroup.path()).toString();
    }

    /** Starts the processes in both cgroups, in place of those that run. */
    private void start() throws IOException {
        requesters.forEach(Requester::close);
        hammers.forEach(Requester::close);
        requesters.clear();
        hammers.clear();
        for (Cgroup cgroup : List.of(one, two)) {
            requesters.add(new Requester(cgroup));
            hammers.add(new Requester(cgroup));
        }
    }

    @Override
    public void close() {
        requesters.forEach(Requester::close);
        hammers.forEach(Requester::close);
        box.close();
    }

    /** A process in a cgroup that makes requests and prints their results. */
    private static final class Requester implements AutoCloseable {
        private final Process process;
        private final PrintWriter to;
        private final BufferedReader from;

        Requester(Cgroup cgroup) throws IOException {
            process = new ProcessBuilder(
                            "/bin/sh",
                            "-c",
                            "echo $$ > \"$0\" && exec python3 -c \"$1\"",
                            cgroup.path().resolve("cgroup.procs").toString(),
                            REQUESTER)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            to = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
            from = process.inputReader(StandardCharsets.UTF_8);
        }

        void tell(String line) {
            to.println(line);
        }

        String ask(String line) {
            tell(line);
            try {
                return String.valueOf(from.readLine());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
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
        SYNC_PARAM(List.of("sync --dir DECLARED", "apply OBJECT --param port=10"), "sync --dir DECLARED"),
        SYNC_MODE(List.of("sync --dir DECLARED", "monitor web --for 1h --reason drift"), "sync --dir DECLARED"),
        SYNC_RETURN(List.of("sync --dir DECLARED", REMAKE), "sync --dir DECLARED"),
        REMOVE(List.of("apply OBJECT --param port=9 --cgroup ONE TWO"), "remove web"),
        LIVE_ADD(
                List.of("apply STATE --cgroup ONE TWO", "live add web/blocked 127.0.0.1"),
                "live add web/blocked 127.0.0.2"),
        LIVE_REPLACE(
                List.of("apply STATE --cgroup ONE TWO", "live add web/blocked 127.0.0.1"),
                "live replace web/blocked 127.0.0.2 127.0.0.3"),
        LIVE_FILE(
                List.of("apply STATE --cgroup ONE TWO", "live add web/blocked 127.0.0.1"),
                "live replace web/blocked --file ENTRIES"),
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

        String command() {
            return command;
        }

        /**
         * Returns whether a kill can leave a third state, which `status` shows and the same command
         * completes: a version that was rolled back, or a removed cgroup that was forgotten.
         */
        boolean completes() {
            return this == ROLL_BACK || this == SYNC_RETURN;
        }

        /**
         * Returns whether the number of changes varies: the kernel may or may not have released the
         * links of the removed cgroup.
         */
        boolean varies() {
            return this == SYNC_RETURN;
        }

        /** Returns whether the command covers new places each for itself. */
        boolean eachPlace() {
            return name().startsWith("SYNC");
        }

        /** Returns whether the command runs another one, in a cgroup that it makes. */
        boolean runs() {
            return this == RUN;
        }

        /** Makes the test inapplicable on a kernel that refuses the command. */
        void need() {
            if (command.contains("confirm")) {
                RunningKernel.needs(5, 15, "timers of BPF programs");
            }
        }
    }

    /**
     * What a user can see of the host.
     *
     * @param results the result of each request in each cgroup
     * @param programs the number of programs at each hook of each cgroup
     */
    record Seen(List<String> results, List<Integer> programs, List<String> instances, List<String> pins) {
        /** Returns the number of cgroups. */
        int places() {
            return results.size() / REQUESTS.size();
        }

        /** Returns the results of the requests in one cgroup. */
        List<String> at(int cgroup) {
            return results.subList(cgroup * REQUESTS.size(), (cgroup + 1) * REQUESTS.size());
        }

        /** Returns the requests to hammer in a cgroup: those that are denied in both states. */
        private List<String> denied(int cgroup, Seen other) {
            int first = cgroup * REQUESTS.size();
            return IntStream.range(0, REQUESTS.size())
                    .filter(i -> results.get(first + i).equals(DENIED)
                            && other.results.get(first + i).equals(DENIED))
                    .mapToObj(REQUESTS::get)
                    .toList();
        }
    }

    /**
     * Returns the results while both versions decide, as in the middle of an upgrade: a request is
     * denied if either denies it.
     */
    static List<String> ofBoth(Seen one, Seen other) {
        return IntStream.range(0, one.results.size())
                .mapToObj(i -> one.results.get(i).equals(DENIED) ? DENIED : other.results.get(i))
                .toList();
    }

    Seen seen() {
        List<String> results = requesters.stream()
                .flatMap(process -> REQUESTS.stream().map(process::ask))
                .toList();
        List<Integer> programs =
                Stream.of(one, two).map(cgroup -> box.attached(cgroup).size()).toList();
        List<String> instances =
                box.host.status().stream().map(CommandTable::line).toList();
        return new Seen(results, programs, instances, pins());
    }

    /** The number of attempts, and how many of them were allowed. */
    record Hammered(long tries, long allowed) {}

    /**
     * Requests what is denied in both states, in both cgroups, while an action runs.
     *
     * @return the counts
     */
    Hammered hammer(Seen before, Seen after, Runnable action) {
        List<Requester> busy = new ArrayList<>();
        for (int i = 0; i < hammers.size(); i++) {
            List<String> denied = before.denied(i, after);
            if (!denied.isEmpty()) {
                hammers.get(i).tell("hammer " + String.join(" ", denied));
                busy.add(hammers.get(i));
            }
        }
        action.run();
        long tries = 0;
        long allowed = 0;
        for (Requester hammer : busy) {
            String[] counts = hammer.ask("stop").split(" ", -1);
            tries += Long.parseLong(counts[0]);
            allowed += Long.parseLong(counts[1]);
        }
        return new Hammered(tries, allowed);
    }

    private static String line(InstanceStatus status) {
        List<String> places = status.places().stream()
                .map(place -> (place.lost() ? "lost" : place.cgroup()) + " " + place.hooks())
                .toList();
        return status.name() + " " + status.state() + " " + places + " "
                + status.monitored().map(InstanceStatus.Monitored::reason) + " " + status.params() + " "
                + status.confirmation().map(InstanceStatus.Confirmation::stage);
    }

    List<String> pins() {
        if (!Files.exists(box.pins)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(box.pins)) {
            List<String> names = all.map(path -> box.pins.relativize(path).toString())
                    .map(path -> path.replaceAll("/[0-9]+-[0-9]+$", "/ID-ID").replaceAll("-[0-9a-f]{16}$", "-ID"))
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
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String[] words(String command) {
        return command.replace("OBJECT", object)
                .replace("OTHER", other)
                .replace("STATE", state)
                .replace("ONE", one.toString())
                .replace("TWO", two.toString())
                .replace("ENTRIES", entries)
                .replace("DECLARED", declared.toString())
                .split(" ");
    }

    /** An exit code, and all output. */
    record Ended(int code, String said) {}

    /** Runs a command in this process, on a host with a fault. */
    Ended run(Faults faults, String command) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int code = new Ringwall(() -> faults.host(box.pins), stream, stream).execute(words(command));
        return new Ended(code, said.toString(StandardCharsets.UTF_8));
    }

    void prepare(Row row) throws IOException {
        for (String command : row.before) {
            if (command.equals(REMAKE)) {
                remake();
            } else {
                box.ringwall(0, words(command));
            }
        }
    }

    private void remake() throws IOException {
        Cgroup removed = two;
        box.host.hierarchy().end(removed);
        box.host.hierarchy().remove(removed);
        box.awaitDetached("web", removed);
        two = box.cgroup("two");
        start();
    }

    /** Removes all policies. */
    void tidy() {
        for (String name : box.host.pins().list(box.host.pins().root())) {
            box.ringwall(0, "remove", name);
        }
    }
}
