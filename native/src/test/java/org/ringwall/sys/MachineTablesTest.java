// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.testkit.GoldenCase;

/**
 * System call numbers and flags against `testdata/kernel/syscalls.csv`, and that table against the
 * headers of the kernel, where the package linux-libc-dev is installed.
 */
class MachineTablesTest {
    private static final Path TABLE = GoldenCase.projectRoot().resolve("testdata/kernel/syscalls.csv");
    private static final Path GENERIC = Path.of("/usr/include/asm-generic/unistd.h");

    /** The headers of every architecture, in Debian's package. */
    private static final Path HEADERS = Path.of("/usr/lib/linux/uapi");

    private static final Map<String, String> FOLDERS =
            Map.of("x86_64", "x86", "aarch64", "arm64", "riscv64", "riscv", "s390x", "s390");

    /** `#define __NR_read 63`; `__NR3264_` where 32-bit machines have another call. */
    private static final Pattern NUMBER = Pattern.compile("#define\\s+__NR(?:3264)?_(\\w+)\\s+(\\d+)\\s*");

    private static final Pattern DIRECTORY = Pattern.compile("#define\\s+O_DIRECTORY\\s+0(\\d+)\\b.*");

    /** Returns the numbers by machine, then by name. */
    private static Map<String, Map<String, Integer>> table() throws IOException {
        List<String> lines = Files.readAllLines(TABLE);
        String[] machines = lines.get(0).split(",");
        Map<String, Map<String, Integer>> numbers = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",");
            for (int i = 1; i < cells.length; i++) {
                numbers.computeIfAbsent(machines[i], any -> new TreeMap<>()).put(cells[0], Integer.valueOf(cells[i]));
            }
        }
        return numbers;
    }

    private static Map<String, Integer> numbers(Path header) throws IOException {
        Map<String, Integer> numbers = new TreeMap<>();
        for (String line : Files.readAllLines(header)) {
            Matcher number = NUMBER.matcher(line);
            if (number.matches()) {
                numbers.put(number.group(1), Integer.valueOf(number.group(2)));
            }
        }
        return numbers;
    }

    private static String column(Machine machine) {
        return machine.name().toLowerCase(Locale.ROOT);
    }

    @ParameterizedTest
    @EnumSource(Machine.class)
    void everyCallHasTheNumberOfTheTable(Machine machine) throws IOException {
        Map<String, Integer> expected = Objects.requireNonNull(table().get(column(machine)));
        Map<String, Integer> actual = new TreeMap<>();
        Arrays.stream(Call.values())
                .forEach(call -> actual.put(call.name().toLowerCase(Locale.ROOT), call.number(machine)));
        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void theTableHasTheNumbersOfTheHeaders() throws IOException {
        assumeTrue(Files.isDirectory(HEADERS), "the headers of other machines are not installed");
        for (Map.Entry<String, Map<String, Integer>> machine : table().entrySet()) {
            Path folder = HEADERS.resolve(Objects.requireNonNull(FOLDERS.get(machine.getKey())));
            assertThat(numbers(folder.resolve("asm/unistd_64.h")))
                    .as(machine.getKey())
                    .containsAllEntriesOf(machine.getValue());
        }
    }

    @Test
    void machinesWithoutATableOfTheirOwnHaveTheGenericNumbers() throws IOException {
        assumeTrue(Files.exists(GENERIC), GENERIC + " is not installed");
        Map<String, Integer> generic = numbers(GENERIC);
        assertThat(generic).containsAllEntriesOf(Objects.requireNonNull(table().get("aarch64")));
        assertThat(generic).containsAllEntriesOf(Objects.requireNonNull(table().get("riscv64")));
    }

    /** Returns O_DIRECTORY of a machine: that of asm-generic where it has none of its own. */
    private static int directoryFlag(String folder) throws IOException {
        List<Path> headers =
                List.of(HEADERS.resolve(folder + "/asm/fcntl.h"), Path.of("/usr/include/asm-generic/fcntl.h"));
        List<Integer> found = new ArrayList<>();
        for (Path header : headers) {
            if (Files.exists(header)) {
                Files.readAllLines(header).stream()
                        .map(DIRECTORY::matcher)
                        .filter(Matcher::matches)
                        .forEach(flag -> found.add(Integer.parseInt(flag.group(1), 8)));
            }
        }
        return found.get(0);
    }

    @ParameterizedTest
    @EnumSource(Machine.class)
    void theFlagForDirectoriesIsThatOfTheHeaders(Machine machine) throws IOException {
        assumeTrue(Files.isDirectory(HEADERS), "the headers of other machines are not installed");
        assertThat(machine.directoryFlag())
                .isEqualTo(directoryFlag(Objects.requireNonNull(FOLDERS.get(column(machine)))));
    }

    /**
     * The layouts on which the loader relies: `events` is the first member of `struct epoll_event`,
     * packed or not, and `f_type` the first of `struct statfs`, a `long`; on s390x it is an `int`.
     */
    @Test
    void structsBeginAlikeOnEverySupportedMachine() throws IOException {
        Path statfs = Path.of("/usr/include/asm-generic/statfs.h");
        assumeTrue(Files.exists(statfs) && Files.isDirectory(HEADERS), "the headers of the kernel are not installed");
        String generic = Files.readString(statfs);
        assertThat(generic).contains("#define __statfs_word __kernel_long_t");
        assertThat(generic).containsPattern("struct statfs \\{\\s*__statfs_word f_type;");
        for (Machine machine : Machine.values()) {
            Path own = HEADERS.resolve(FOLDERS.get(column(machine)) + "/asm/statfs.h");
            assertThat(!Files.exists(own) || Files.readString(own).contains("#include <asm-generic/statfs.h>"))
                    .as(own.toString())
                    .isTrue();
        }
        assertThat(Files.readString(HEADERS.resolve("s390/asm/statfs.h")))
                .containsPattern("struct statfs \\{\\s*unsigned int\\s+f_type;");
        assertThat(Files.readString(Path.of("/usr/include/linux/eventpoll.h")))
                .contains("#ifdef __x86_64__\n#define EPOLL_PACKED __attribute__((packed))")
                .containsPattern("struct epoll_event \\{\\s*__poll_t events;\\s*__u64 data;\\s*\\} EPOLL_PACKED;");
    }
}
