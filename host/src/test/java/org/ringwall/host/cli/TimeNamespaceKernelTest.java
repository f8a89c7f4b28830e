// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.testkit.KernelTest;

/** Monitor mode ends on time, whatever the time namespace of the caller shows. */
@KernelTest
class TimeNamespaceKernelTest {
    /** A boot clock about 11 days ahead of the host. */
    private static final List<String> AHEAD = List.of("unshare", "--time", "--boottime", "1000000", "--fork");

    private static final Pattern SECONDS = Pattern.compile("\"seconds\":(\\d+)");

    @TempDir
    Path dir = Path.of("");

    private CommandBox box;

    @BeforeEach
    void open() throws IOException {
        box = new CommandBox("time", dir);
    }

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    void monitorModeLastsAsRequestedInATimeNamespace() throws IOException, InterruptedException {
        Cgroup one = box.cgroup("one");
        box.ringwall(0, "apply", box.object, "--cgroup", one.toString());
        Spawned.End end = PinnedElsewhere.run(AHEAD, box.pins, "monitor", "web", "--for", "10m");
        assertThat(end.code()).as(end.said()).isZero();
        assertThat(seconds(box.ringwall(0, "status", "--json"))).isBetween(1L, 600L);
        assertThat(seconds(
                        PinnedElsewhere.run(AHEAD, box.pins, "status", "--json").said()))
                .as("as seen from inside")
                .isBetween(1L, 600L);
        end = PinnedElsewhere.run(AHEAD, box.pins, "apply", box.object, "--reset-params", "--monitor", "20m", "--json");
        assertThat(seconds(end.said())).isBetween(601L, 1200L);
        assertThat(seconds(box.ringwall(0, "status", "--json"))).isBetween(601L, 1200L);
        assertThat(PinnedElsewhere.run(AHEAD, box.pins, "enforce", "web").said())
                .isEqualTo("web@main: enforced\n");
    }

    @Test
    void programsAndCommandsUseTheSameClock() {
        long before = box.host.host().bootTime();
        long asked = box.host.bootTime();
        assertThat(asked).isBetween(before, box.host.host().bootTime());
        assertThat(box.host.bootTime()).as("asked again").isGreaterThan(asked);
    }

    private static long seconds(String said) {
        Matcher found = SECONDS.matcher(said);
        assertThat(found.find()).as(said).isTrue();
        return Long.parseLong(found.group(1));
    }
}
