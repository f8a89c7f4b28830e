// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.host.cli.CommandTable.Ended;
import org.ringwall.host.cli.CommandTable.Hammered;
import org.ringwall.host.cli.CommandTable.Row;
import org.ringwall.host.cli.CommandTable.Seen;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Soak;
import org.ringwall.testkit.Step;

/**
 * The kill table: each command that changes something is killed before each of its changes. What is
 * denied before and after the command is denied all the time. Afterwards the host is as before the
 * command or as after it, once {@code recover} or the same command has run.
 */
@KernelTest
class KillTableKernelTest {
    /** With 1, every kill is repaired both by `recover` and by the command. */
    private static final int REPAIRS = Soak.size(2, 1);

    @TempDir
    static Path dir = Path.of("");

    private final CommandTable table;
    private final List<Kills> killed = new ArrayList<>();
    private final Map<String, Integer> outcomes = new TreeMap<>();
    private long tries;

    KillTableKernelTest() throws IOException {
        table = new CommandTable("kills", dir);
    }

    @AfterEach
    void clean() {
        table.close();
    }

    @ParameterizedTest
    @EnumSource(Row.class)
    void aKillBeforeAnyChangeLeavesTheOldOrTheNew(Row row) throws IOException {
        assumeFalse(row.runs(), "RunKillKernelTest kills processes of their own");
        row.need();
        table.prepare(row);
        Seen before = table.seen();
        Kills none = new Kills(-1);
        Ended whole = none.run(table, row.command()).orElseThrow();
        assertThat(whole.code()).as(whole.said()).isZero();
        Seen after = table.seen();
        List<String> changes = none.made();
        table.tidy();
        int kills = 0;
        for (int at = 0; at < changes.size(); at += Step.SIZE) {
            for (int repair = 0; repair < 2; repair++) {
                if ((at / Step.SIZE + repair) % REPAIRS == 0) {
                    kill(row, at, repair == 0, before, after);
                    kills++;
                }
            }
        }
        System.out.println("kill table: " + row + ": " + changes.size() + " changes, " + kills + " kills, " + tries
                + " denied tries; " + outcomes);
        assertThat(kills).isPositive();
        awaitNoneLeft();
    }

    private void kill(Row row, int at, boolean recover, Seen before, Seen after) throws IOException {
        table.prepare(row);
        Kills kills = new Kills(at);
        Hammered hammered = table.hammer(before, after, () -> {
            Optional<Ended> ended = kills.run(table, row.command());
            String as = row + " killed before change " + at + " of " + kills.made() + " " + ended;
            assertThat(ended.isEmpty() || row.varies() && ended.get().code() == 0)
                    .as(as)
                    .isTrue();
            Seen left = table.seen();
            assertThat(left.results())
                    .as(as)
                    .isIn(before.results(), after.results(), CommandTable.ofBoth(before, after));
            // What this command has left is not another's doing.
            assertThat(table.run(new Kills(-1), "status").said()).as(as).doesNotContain("another process");
            repair(row, recover, as, left, before, after);
        });
        assertThat(hammered.allowed()).as(row + " killed before change " + at).isZero();
        tries += hammered.tries();
        killed.add(kills);
        table.tidy();
        assertThat(table.pins()).as(row + " " + at).isEmpty();
        assertThat(table.seen().programs()).as(row + " " + at).containsOnly(0);
    }

    private void repair(Row row, boolean recover, String as, Seen left, Seen before, Seen after) {
        if (!recover) {
            Ended ended = table.run(new Kills(-1), row.command());
            // A command that was complete may refuse to be repeated.
            assertThat(ended.code() == 0 || left.results().equals(after.results()))
                    .as(as + " " + ended)
                    .isTrue();
            assertThat(table.seen().results())
                    .as(as + " after the command " + ended)
                    .isEqualTo(after.results());
        }
        Ended ended = table.run(new Kills(-1), "recover");
        assertThat(ended.code()).as(as + " " + ended).isZero();
        assertThat(table.run(new Kills(-1), "status --check").said()).as(as).doesNotContain("  differs: ");
        Seen repaired = table.seen();
        String outcome = !recover ? "repeated" : repaired.equals(before) ? "old" : "new";
        if (recover && row.completes() && !repaired.equals(before) && !repaired.equals(after)) {
            outcome = "completed";
            assertThat(table.run(new Kills(-1), row.command()).code()).as(as).isZero();
            repaired = table.seen();
        }
        outcomes.merge(outcome, 1, Integer::sum);
        if (outcome.equals("old")) {
            return;
        }
        assertThat(repaired.results()).as(as + " " + outcome).isEqualTo(after.results());
        assertThat(repaired.programs()).as(as + " " + outcome).isEqualTo(after.programs());
        if (!row.varies()) {
            assertThat(repaired).as(as + " " + outcome).isEqualTo(after);
        }
    }

    /**
     * Waits until no object of the killed commands exists. The kernel frees them some time after
     * their last user.
     */
    private void awaitNoneLeft() {
        Guard.await("the kernel has freed the objects of killed commands", () -> all() == 0);
    }

    private long all() {
        return killed.stream()
                .mapToLong(kill -> kill.left(table.box.host.bpf()))
                .sum();
    }
}
