// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.state.Caller;
import org.ringwall.sys.Call;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Step;

/**
 * An attack by readers on two CPUs of a live set that is replaced a hundred times: an address in
 * both lists is never allowed.
 */
@KernelTest
class ReplaceUnderReadersKernelTest {
    private static final int REPLACES = 100 / Step.SIZE;
    private static final String POLICY = """
            policy replaced
            live set blocked : net max 300
            live set single  : ip max 300
            egress {
              deny if remote.ip in blocked
              deny if remote.ip in single
              default allow
            }
            """;

    /**
     * The address is an entry of the first list, and inside an entry of the second, which is
     * longer.
     */
    private static final String[] FIRST = {"127.0.0.9", "192.0.2.0/24"};

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final List<Caller> readers = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void clean() {
        threads.shutdownNow();
        readers.forEach(Caller::close);
        cgroup.close();
    }

    private static String[] second() {
        List<String> entries = new ArrayList<>(List.of("127.0.0.0/28"));
        for (int i = 1; i <= 250; i++) {
            entries.add("198.51.100." + i);
        }
        return entries.toArray(String[]::new);
    }

    private static Caller.Tally reading(Caller reader, String to) {
        long fd = reader.udp(4);
        byte[] address = Caller.address(to);
        Caller.Tally tally = reader.during(500, Call.CONNECT, fd, address, address.length);
        reader.close(fd);
        return tally;
    }

    @Test
    void addressesInBothListsStayDeniedDuringReplacements() throws ExecutionException, InterruptedException {
        int cpus = Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < 3; i++) {
            readers.add(Caller.in(cgroup.path()).on(i % Math.min(2, cpus)));
        }
        String[] to = {"127.0.0.9:443", "127.0.1.9:443", "127.0.2.9:443"};
        String[][] lists = {FIRST, second()};
        String[][] single = {{"127.0.1.9", "192.0.2.1"}, {"192.0.2.2", "127.0.1.9", "::1"}};
        try (Enforced force = Attacked.under(cgroup, POLICY)) {
            force.hold("blocked", lists[0]);
            force.hold("single", single[0]);
            long[] made = new long[to.length];
            long[] allowed = new long[to.length];
            int replaces = 0;
            while (replaces < REPLACES) {
                List<Future<Caller.Tally>> running = new ArrayList<>();
                for (int i = 0; i < to.length; i++) {
                    Caller reader = readers.get(i);
                    String address = to[i];
                    running.add(threads.submit(() -> reading(reader, address)));
                }
                while (!running.stream().allMatch(Future::isDone)) {
                    replaces++;
                    force.hold("blocked", lists[replaces % 2]);
                    force.hold("single", single[replaces % 2]);
                }
                for (int i = 0; i < to.length; i++) {
                    made[i] += running.get(i).get().made();
                    allowed[i] += running.get(i).get().succeeded();
                }
            }
            System.out.println(made[0] + made[1] + made[2] + " connects through " + replaces + " replaces");
            assertThat(allowed[0]).as("of a set of prefixes").isZero();
            assertThat(allowed[1]).as("of a set of addresses").isZero();
            assertThat(allowed[2]).as("in no list").isEqualTo(made[2]).isPositive();
            assertThat(made[0]).isPositive();
        }
    }
}
