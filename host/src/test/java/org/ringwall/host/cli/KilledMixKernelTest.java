// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.host.cli.CommandTable.Ended;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Soak;

/**
 * A mix of all commands that change something, one after the other without repair, each of which is
 * killed before a random change. After each, what {@code status --check} says is compared with the
 * programs that the kernel lists for each cgroup and hook, and with what real connects get.
 *
 * <p>{@code -Dringwall.kills=1000} sets the number of kills, {@code -Dringwall.seed} the choices.
 */
@KernelTest
class KilledMixKernelTest {
    private static final int KILLS = Integer.getInteger("ringwall.kills", Soak.size(40, 1_000));

    /** Of one command, at most this many changes are made before it is killed. */
    private static final int MOST = 45;

    /** The ports of the requests of {@link CommandTable}, in their order, without the last one. */
    private static final List<Long> PORTS = List.of(9L, 10L, 12L);

    private static final List<String> COMMANDS = List.of(
            "apply OBJECT --param port=9 --cgroup ONE TWO",
            "apply OBJECT --param port=10 --cgroup ONE --only",
            "apply OBJECT --param port=9",
            "apply OBJECT --param port=10",
            "apply OBJECT --param port=10 --confirm 1h",
            "apply STATE --cgroup ONE TWO",
            "join web --cgroup TWO",
            "leave web --cgroup TWO",
            "leave web --cgroup ONE",
            "live add web/blocked 127.0.0.1",
            "live replace web/blocked 127.0.0.2 127.0.0.3",
            "monitor web --for 1h --reason mix",
            "enforce web",
            "confirm web",
            "confirm web --roll-back",
            "sync --dir DECLARED",
            "recover",
            "remove web");

    @TempDir
    static Path dir = Path.of("");

    private final CommandTable table;
    private final TreeMap<String, Integer> seen = new TreeMap<>();

    KilledMixKernelTest() throws IOException {
        table = new CommandTable("mix", dir);
    }

    @AfterEach
    void clean() {
        table.close();
    }

    @Test
    void statusAgreesWithTheKernelAfterEachKill() {
        long seed = Long.getLong("ringwall.seed", 1L);
        Random random = new Random(seed);
        List<String> history = new ArrayList<>();
        int killed = 0;
        while (killed < KILLS) {
            String command = COMMANDS.get(random.nextInt(COMMANDS.size()));
            // Some complete, so that the others begin in many states.
            Kills kills = new Kills(random.nextInt(5) < 2 ? -1 : random.nextInt(MOST));
            Optional<Ended> ended = kills.run(table, command);
            killed += ended.isEmpty() ? 1 : 0;
            history.add(command
                    + ended.map(end -> " ended with " + end.code())
                            .orElse(" killed after " + kills.made().size()));
            List<String> last = history.subList(Math.max(0, history.size() - 8), history.size());
            agree("seed " + seed + ", " + last, ended.isPresent() && command.equals("recover"));
        }
        Ended recovered = table.run(new Kills(-1), "recover");
        assertThat(recovered.code()).as(recovered.said()).isZero();
        agree("after recover, " + history, true);
        table.tidy();
        System.out.println("mix: " + killed + " kills in " + history.size() + " commands; " + seen);
        assertThat(seen).as("kinds of states").containsKeys("IN_FORCE", "none");
    }

    private void agree(String as, boolean atRest) {
        Ended check = table.run(new Kills(-1), "status --check");
        List<InstanceStatus> all = table.box.host.status();
        assertThat(all.size()).as(as).isLessThanOrEqualTo(1);
        Optional<InstanceStatus> status = all.stream().findFirst();
        status.ifPresent(each ->
                assertThat(each.state()).as(as + " " + check.said()).isNotEqualTo(InstanceStatus.State.UNREADABLE));
        // What an interrupted apply has left of a version that does not decide.
        boolean rest = check.said().contains("\n  differs: ");
        if (rest) {
            assertThat(check.said()).as(as).contains(", which does not decide: ");
        }
        boolean sound = !rest && status.stream().allMatch(each -> each.enforced() && !each.rolledBack());
        assertThat(check.code()).as(as + " " + check.said()).isEqualTo(sound ? 0 : ExitCode.NOT_ENFORCED);
        assertThat(check.said()).as(as).doesNotContain("another process");
        seen.merge(status.map(each -> each.state().name()).orElse("none"), 1, Integer::sum);
        List<String> results = table.seen().results();
        int requests = results.size() / 2;
        List<Cgroup> cgroups = table.cgroups();
        for (int i = 0; i < cgroups.size(); i++) {
            Set<String> hooks = hooks(status, cgroups.get(i));
            String where = as + " at " + cgroups.get(i) + ": " + check.said();
            programs(where, cgroups.get(i), hooks, status, atRest);
            verdicts(where, status, hooks, results.subList(i * requests, (i + 1) * requests));
        }
    }

    /** Returns the hooks at which the policy decides, as its status says. */
    private static Set<String> hooks(Optional<InstanceStatus> status, Cgroup cgroup) {
        return status.stream()
                .filter(each -> each.state() != InstanceStatus.State.NOWHERE)
                .flatMap(each -> each.places().stream())
                .filter(place -> place.cgroup().equals(cgroup.toString()))
                .findFirst()
                .map(place -> Set.copyOf(place.hooks()))
                .orElse(Set.of());
    }

    private void programs(
            String where, Cgroup cgroup, Set<String> hooks, Optional<InstanceStatus> status, boolean atRest) {
        boolean two = status.flatMap(InstanceStatus::confirmation)
                .filter(each -> each.stage() == InstanceStatus.Confirmation.Stage.UNCONFIRMED)
                .isPresent();
        try (Fd fd = table.box.host.hierarchy().open(cgroup)) {
            for (Hook hook : List.of(Hook.CONNECT4, Hook.CONNECT6)) {
                int programs = table.box
                        .host
                        .bpf()
                        .progQuery(fd, hook.attachType())
                        .progIds()
                        .size();
                if (hooks.contains(hook.word())) {
                    assertThat(programs).as(where + hook).isPositive();
                }
                if (atRest && !two) {
                    assertThat(programs).as(where + hook).isEqualTo(hooks.contains(hook.word()) ? 1 : 0);
                }
            }
        }
    }

    /** Compares connects with the ports that the object in force denies, if it is a known one. */
    private void verdicts(String where, Optional<InstanceStatus> status, Set<String> hooks, List<String> results) {
        boolean decides =
                hooks.contains(Hook.CONNECT4.word()) && status.get().monitored().isEmpty();
        if (decides && status.get().params().isEmpty()) {
            return;
        }
        boolean both = status.filter(each -> each.state() == InstanceStatus.State.BETWEEN)
                .isPresent();
        long port = decides ? status.get().params().values().iterator().next().longValueExact() : 0;
        for (int i = 0; i < PORTS.size(); i++) {
            boolean denied = decides && (PORTS.get(i) == port || PORTS.get(i) == 12);
            if (denied) {
                assertThat(results.get(i)).as(where + " port " + PORTS.get(i)).isEqualTo("EPERM");
            } else if (!both) {
                assertThat(results.get(i)).as(where + " port " + PORTS.get(i)).isEqualTo("ok");
            }
        }
    }
}
