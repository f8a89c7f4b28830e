package org.ringwall.bench.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Table;
import org.ringwall.loader.cgroup.Cgroups;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;

/** The whole benchmark with the least effort: figures mean nothing here, verdicts do. */
@KernelTest
class VerdictBenchmarkTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());

    @Test
    void everyVariantDecidesAsTheReferenceDoesAndNothingIsLeft() throws IOException {
        Set<String> before = leftovers();
        Table table = new VerdictBenchmark(CHECKOUT, new Effort(1, 50, 1)).run();
        Map<String, Integer> variants = new TreeMap<>();
        for (List<String> row : table.rows()) {
            variants.merge(row.get(0), 1, Integer::sum);
            assertThat(cell(table, row, "verdicts")).as("%s", row).isPositive();
            assertThat(cell(table, row, "wrong")).as("%s", row).isZero();
            assertThat(cell(table, row, "insns")).as("%s", row).isPositive();
            assertThat(cell(table, row, "processed")).as("%s", row).isPositive();
        }
        boolean clang = Checkout.clang().isPresent();
        assertThat(variants)
                .isEqualTo(Map.of(
                        "two-ports", clang ? 3 : 1, "ten-prefixes", clang ? 2 : 1, "device-list", clang ? 2 : 1));
        assertThat(leftovers()).isEqualTo(before);
    }

    @Test
    void aProgramThatDecidesOtherwiseIsSeen() {
        Workload workload = Workload.TWO_PORTS;
        try (Nodes nodes = new Nodes(org.ringwall.loader.sys.Syscalls.ofThisMachine())) {
            List<Key> keys = List.of(new Key.Connect(0x7f000001, 443), new Key.Connect(0x7f000001, 444));
            List<Path> files = List.of(nodes.write("keys", keys));
            var compilation = Programs.policy(CHECKOUT, workload);
            try (Contestant policy = Contestant.ofPolicy("policy", workload.hook(), compilation, files);
                    Contestant empty = Contestant.ofProgram("empty", Programs.empty(workload), files)) {
                assertThat(policy.check(0)).containsExactly(true, false);
                assertThat(empty.check(0)).containsExactly(true, true);
            }
        }
    }

    private static int cell(Table table, List<String> row, String column) {
        return Integer.parseInt(row.get(table.columns().indexOf(column)));
    }

    /** Cgroups and pins of this process. */
    private static Set<String> leftovers() throws IOException {
        long pid = ProcessHandle.current().pid();
        Cgroups cgroups = Cgroups.ofThisMachine(other -> {});
        try (Stream<Path> below = Files.list(cgroups.own().path());
                Stream<Path> pins = Files.list(Path.of("/sys/fs/bpf"))) {
            return Stream.concat(below, pins)
                    .map(Path::toString)
                    .filter(path -> path.contains("ringwall-test-" + pid + "-"))
                    .collect(Collectors.toSet());
        }
    }
}
