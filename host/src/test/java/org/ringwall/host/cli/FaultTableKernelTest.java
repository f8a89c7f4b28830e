// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
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
import org.ringwall.host.cli.CommandTable.Ended;
import org.ringwall.host.cli.CommandTable.Row;
import org.ringwall.host.cli.CommandTable.Seen;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.testkit.KernelTest;

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

    @TempDir
    static Path dir = Path.of("");

    private final CommandTable table;

    FaultTableKernelTest() throws IOException {
        table = new CommandTable("faults", dir);
    }

    @AfterEach
    void clean() {
        table.close();
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
        private int partly;
        private final Map<String, Integer> codes = new TreeMap<>();
    }

    @ParameterizedTest
    @EnumSource(Row.class)
    void aFaultAtAnyCallLeavesTheOldOrTheNew(Row row) throws IOException {
        assumeTrue(ROWS.isEmpty() || ROWS.contains(row.name()), "another row was asked for");
        assumeFalse(row.varies(), "calls cannot be numbered");
        row.need();
        table.prepare(row);
        Seen before = table.seen();
        Faults none = new Faults(Faults.Calls.CHANGING, -1, Errno.EPERM);
        Ended whole = table.run(none, row.command());
        assertThat(whole.code()).as(whole.said()).isZero();
        Seen after = table.seen();
        List<String> changing = none.made();
        table.tidy();
        table.prepare(row);
        Faults reads = new Faults(Faults.Calls.READING, -1, Errno.EPERM);
        table.run(reads, row.command());
        List<String> reading = reads.made();
        table.tidy();
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
                + " reading calls, " + count.faults + " faults: " + count.old + " old, " + count.done
                + " new, " + count.partly + " at one place; "
                + count.codes);
        assertThat(count.faults).isPositive();
    }

    /** Returns the errnos for a call: all for one that changes something, one for any other. */
    private static List<Errno> errnos(Faults.Calls calls, int at) {
        return calls == Faults.Calls.CHANGING ? ERRNOS : List.of(ERRNOS.get(at % ERRNOS.size()));
    }

    private void inject(Row row, Faults faults, String what, Seen before, Seen after, Count count) throws IOException {
        table.prepare(row);
        long open = descriptors();
        Ended ended = table.run(faults, row.command());
        String as = row + " " + what + ": " + ended;
        assertThat(descriptors()).as(as).isEqualTo(open);
        Seen left = table.seen();
        if (faults.injected()) {
            count.faults++;
            count.codes.merge("exit " + ended.code(), 1, Integer::sum);
        }
        assertThat(ended.code()).as(as).isIn(0, 1, 3, 4, 125);
        if (ended.code() == 0) {
            assertThat(left.results()).as(as).isEqualTo(after.results());
        } else {
            List<List<String>> whole = List.of(before.results(), after.results());
            if (row.eachPlace() && !whole.contains(left.results())) {
                partly(as, left, before, after);
            } else {
                assertThat(left.results()).as(as).isIn(whole);
            }
        }
        table.box.ringwall(0, "recover");
        Seen recovered = table.seen();
        assertThat(recovered.results()).as(as + " after recover").isEqualTo(left.results());
        if (row.eachPlace() && !List.of(before, after).contains(recovered)) {
            // A fault at one place does not keep the other from the policy; repeated, it has both.
            count.partly++;
            assertThat(ended.code()).as(as).isNotZero();
            assertThat(table.run(new Faults(Faults.Calls.CHANGING, -1, Errno.EPERM), row.command())
                            .code())
                    .as(as)
                    .isZero();
            assertThat(table.seen().results()).as(as + " repeated").isEqualTo(after.results());
            table.tidy();
            return;
        }
        assertThat(recovered).as(as + " after recover").isIn(before, after);
        if (recovered.equals(before) && !before.equals(after)) {
            count.old++;
            assertThat(ended.code()).as(as).isNotZero();
        } else {
            count.done++;
        }
        table.tidy();
        assertThat(table.pins()).as(as).isEmpty();
    }

    /** A place has what it had or what it is to have, or the version that another place keeps. */
    private static void partly(String as, Seen left, Seen before, Seen after) {
        for (int place = 0; place < left.places(); place++) {
            List<List<String>> allowed = new ArrayList<>(List.of(before.at(place), after.at(place)));
            for (int other = 0; other < left.places(); other++) {
                if (other != place && left.at(other).equals(before.at(other))) {
                    allowed.add(before.at(other));
                }
            }
            assertThat(left.at(place)).as(as).isIn(allowed);
        }
    }

    @Test
    void theHostHasNoLeftoversToBeginWith() throws IOException {
        assertThat(table.pins()).isEmpty();
        try (LoaderHost host = new Faults(Faults.Calls.CHANGING, -1, Errno.EPERM).host(table.box.pins)) {
            assertThat(host.instances()).isEmpty();
        }
    }
}
