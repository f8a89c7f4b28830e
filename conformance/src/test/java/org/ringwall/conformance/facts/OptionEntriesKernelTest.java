// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.OptionCall;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;

/**
 * Tests the options of testdata/kernel/entry-points/sockopt.csv: `sockopt` judges each, and the
 * running kernel has no others.
 */
@KernelTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OptionEntriesKernelTest {
    private static final Actor ROOT = new Actor(0, 0);

    /** The object of an option ends with its level and number, as `linux/in.h IPPROTO_IP 0:1`. */
    private static final Pattern OPTION = Pattern.compile("^sockopt,option,\\S+ \\S+ (\\d+):(\\d+),");

    private static final int NUMBERS = 256;
    private static final ByteString VALUE = ByteString.of(new byte[] {1, 0, 0, 0});

    /**
     * What a protocol says of an option that it does not know; SOL_TCP of MPTCP has EOPNOTSUPP for
     * those that it does not forward.
     */
    private static final Set<Integer> UNKNOWN = Set.of(Errno.ENOPROTOOPT.number(), Errno.EOPNOTSUPP.number());

    private static final Set<Integer> NO_SOCKET =
            Set.of(Errno.EAFNOSUPPORT.number(), Errno.EPROTONOSUPPORT.number(), Errno.ESOCKTNOSUPPORT.number());

    /** Sockets by the levels at which their options are. */
    private static final Map<Socket, List<Integer>> SOCKETS = Map.of(
            new Socket(2, 2, 17), List.of(0, 1, 17, 136),
            new Socket(2, 1, 6), List.of(0, 1, 6),
            new Socket(2, 3, 253), List.of(0, 255),
            new Socket(10, 2, 17), List.of(41),
            new Socket(10, 1, 6), List.of(41),
            new Socket(10, 3, 58), List.of(41, 58, 255),
            new Socket(1, 1, 0), List.of(1),
            new Socket(16, 3, 0), List.of(270),
            new Socket(17, 3, 0), List.of(263),
            new Socket(2, 1, 262), List.of(284));

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final ProbeProcess probe = ProbeProcess.in(cgroup.path());

    /** A socket as socket(2) makes it. */
    private record Socket(int family, int type, int protocol) {}

    /** The two numbers of an option. */
    private record Place(int level, int number) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            return level != other.level ? Integer.compare(level, other.level) : Integer.compare(number, other.number);
        }

        @Override
        public String toString() {
            return level + ":" + number;
        }
    }

    @AfterAll
    void end() {
        probe.close();
        cgroup.close();
    }

    private static SortedSet<Place> listed() throws IOException {
        Path file = GoldenCase.projectRoot().resolve("testdata/kernel/entry-points/sockopt.csv");
        return Files.readAllLines(file).stream()
                .map(OPTION::matcher)
                .filter(Matcher::find)
                .map(found -> new Place(Integer.parseInt(found.group(1)), Integer.parseInt(found.group(2))))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private int errno(boolean writes, Socket socket, Place place) {
        return probe.option(
                        ROOT,
                        new OptionCall(
                                writes,
                                socket.family(),
                                socket.type(),
                                socket.protocol(),
                                place.level(),
                                place.number(),
                                VALUE))
                .errno();
    }

    @Test
    void everyListedOptionIsDenied() throws IOException {
        BpfObject object = Compiler.compile(
                        new SourceFile("options.wall", "policy options\nsockopt { default deny }\n"), Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .object();
        Socket datagrams = new Socket(2, 2, 17);
        try (Enforced enforced = Enforced.on(cgroup, object, Map.of())) {
            assertThat(enforced.programs()).isNotEmpty();
            assertThat(listed()).hasSizeGreaterThan(400).allSatisfy(place -> {
                assertThat(errno(true, datagrams, place)).isEqualTo(Errno.EPERM.number());
                assertThat(errno(false, datagrams, place)).isEqualTo(Errno.EPERM.number());
            });
        }
    }

    @Test
    void everyOptionOfTheKernelIsListed() throws IOException {
        SortedSet<Place> known = new TreeSet<>();
        SOCKETS.forEach((socket, levels) -> levels.forEach(level -> {
            for (int number = 0; number < NUMBERS; number++) {
                Place place = new Place(level, number);
                if (knows(true, socket, place) || knows(false, socket, place)) {
                    known.add(place);
                }
            }
        }));
        assertThat(known).hasSizeGreaterThan(150);
        known.removeAll(listed());
        assertThat(known).as("options that the list lacks").isEmpty();
    }

    private boolean knows(boolean writes, Socket socket, Place place) {
        int errno = errno(writes, socket, place);
        return !UNKNOWN.contains(errno) && !NO_SOCKET.contains(errno);
    }
}
