// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.bypass.Bypass;
import org.ringwall.compiler.bypass.Catalogue;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Scripts;
import org.ringwall.testkit.ToolTest;

/**
 * Tests that testdata/kernel/interfaces.csv has every operation and registration of io_uring and
 * every ioctl of the headers, so that a new one is examined. {@code -Dringwall.headers=DIR} reads
 * other headers than those of this machine: the directory `include/uapi` of a kernel's sources, or
 * that in which `make headers_install` puts them. With {@code -Dgolden.update=true} what is missing
 * is added; a reason has to be written then.
 */
class InterfacesTest {
    private static final List<String> COLUMNS =
            List.of("kind", "source", "name", "number", "kernels", "entry", "reason");

    private static final String ROW = "row";
    private static final String NONE = "none";
    private static final String EVERY = "*";
    private static final Path LIST = GoldenCase.projectRoot().resolve("testdata/kernel/interfaces.csv");
    private static final Path HEADERS = Path.of(System.getProperty("ringwall.headers", "/usr/include"));

    private static final Pattern IOCTL = Pattern.compile("#\\s*define\\s+(\\w+)\\s+_IO(?:R|W|WR|)\\(");
    private static final Pattern OPERATION = Pattern.compile("^\\s*(IORING_OP_\\w+),", Pattern.MULTILINE);
    private static final Pattern REGISTRATION =
            Pattern.compile("^\\s*(IORING_(?:UN)?REGISTER_\\w+)\\s*=\\s*\\d+,", Pattern.MULTILINE);

    /** IORING_REGISTER_PROBE: prints the operations that the kernel has. */
    private static final String PROBE = """
            import ctypes, struct
            libc = ctypes.CDLL(None, use_errno=True)
            ring = libc.syscall(425, 4, ctypes.create_string_buffer(120))
            if ring >= 0:
                probe = ctypes.create_string_buffer(16 + 8 * 256)
                if libc.syscall(427, ring, 8, probe, 256) == 0:
                    for i in range(probe.raw[1]):
                        number, _, flags = struct.unpack_from('BBH', probe.raw, 16 + 8 * i)
                        if flags & 1:
                            print(number)
            """;

    @TempDir
    private Path folder = Path.of("");

    private static List<CsvRow> rows() throws IOException {
        return CsvRow.read(LIST, COLUMNS);
    }

    /** Returns the words of the lists of entry points that look like names of headers. */
    private static Set<String> listed() throws IOException {
        Set<String> words = new TreeSet<>();
        try (Stream<Path> files = Files.list(LIST.resolveSibling("entry-points"))) {
            for (Path file : files.toList()) {
                Matcher word = Pattern.compile("\\b[A-Z][A-Z0-9_]{3,}").matcher(Files.readString(file));
                while (word.find()) {
                    words.add(word.group());
                }
            }
        }
        return words;
    }

    @Test
    void everyRowIsAnEntryPointOrSaysWhyNot() throws IOException {
        Set<String> words = listed();
        Set<String> bypasses = Catalogue.bypasses().stream().map(Bypass::id).collect(Collectors.toSet());
        Set<String> keys = new TreeSet<>();
        for (CsvRow row : rows()) {
            String what = row.toString();
            assertThat(keys.add(row.of("kind") + " " + row.of("source") + " " + row.of("name")))
                    .as(what)
                    .isTrue();
            if (row.of("entry").equals(ROW)) {
                assertThat(words).as(what).contains(row.of("name"));
            } else {
                assertThat(row.of("reason")).as(what).isNotBlank();
                assertThat(row.of("entry").equals(NONE) || bypasses.contains(row.of("entry")))
                        .as(what)
                        .isTrue();
            }
        }
        assertThat(keys).hasSizeGreaterThan(400);
    }

    @Test
    @ToolTest("clang-19")
    void everyNameOfTheHeadersIsListed() throws IOException {
        Map<String, String> found = new TreeMap<>();
        Path uring = HEADERS.resolve("linux/io_uring.h");
        names(uring, OPERATION, name -> !name.equals("IORING_OP_LAST"))
                .forEach(name -> found.put("io_uring_op,linux/io_uring.h," + name, ""));
        names(uring, REGISTRATION, name -> true)
                .forEach(name -> found.put("io_uring_register,linux/io_uring.h," + name, ""));
        assertThat(found).hasSizeGreaterThan(80);
        try (Stream<Path> headers = Files.walk(HEADERS.resolve("linux"))) {
            for (Path header :
                    headers.filter(file -> file.toString().endsWith(".h")).toList()) {
                names(header, IOCTL, name -> true)
                        .forEach(name -> found.put("ioctl," + HEADERS.relativize(header) + "," + name, ""));
            }
        }
        assertThat(found).hasSizeGreaterThan(1000);
        Set<String> known = rows().stream()
                .map(row -> row.of("kind") + "," + row.of("source") + "," + row.of("name"))
                .collect(Collectors.toSet());
        SortedSet<String> missing = new TreeSet<>(found.keySet());
        missing.removeIf(name ->
                known.contains(name) || known.contains(name.substring(0, name.lastIndexOf(',') + 1) + EVERY));
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(
                    LIST,
                    Files.readString(LIST)
                            + missing.stream().map(name -> name + ",-,all,,\n").collect(Collectors.joining()));
        }
        assertThat(missing).as("interfaces of %s that the list lacks", HEADERS).isEmpty();
    }

    private static Set<String> names(Path header, Pattern pattern, Predicate<String> wanted) throws IOException {
        Set<String> names = new TreeSet<>();
        Matcher name = pattern.matcher(Files.readString(header, StandardCharsets.ISO_8859_1));
        while (name.find()) {
            if (wanted.test(name.group(1))) {
                names.add(name.group(1));
            }
        }
        return names;
    }

    @Test
    @KernelTest
    void everyOperationOfTheRunningKernelIsListed() throws IOException {
        Set<String> known = rows().stream()
                .filter(row -> row.of("kind").equals("io_uring_op"))
                .map(row -> row.of("number"))
                .collect(Collectors.toSet());
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            assertThat(known)
                    .containsAll(Scripts.run(folder, cgroup.path(), Set.of(), PROBE)
                            .succeeded()
                            .lines()
                            .toList());
        }
    }
}
