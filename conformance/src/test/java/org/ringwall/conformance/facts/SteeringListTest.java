// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.SocketLevel;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.compiler.bypass.Bypass;
import org.ringwall.compiler.bypass.Catalogue;
import org.ringwall.compiler.report.ReachReport.Closing;
import org.ringwall.conformance.bypass.BypassProcess;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.ToolTest;

/**
 * A test of the list of features that could make a packet bypass `egress`: it covers every option,
 * control message and family in the kernel's headers, and agrees with the catalogue of bypasses.
 */
class SteeringListTest {
    private static final List<String> COLUMNS = List.of(
            "intent", "kind", "level", "name", "number", "steers", "privilege", "status", "way", "reason", "test");
    private static final String INCLUDES = """
            #include <linux/in.h>
            #include <linux/in6.h>
            #include <linux/tcp.h>
            #include <linux/udp.h>
            #include <asm/socket.h>
            """;

    /** The C library defines the address families; the kernel's UAPI headers do not. */
    private static final String FAMILIES = "#include <sys/socket.h>\n";

    private static final Pattern DEFINE = Pattern.compile("#define (\\w+) (.*)");
    private static final Pattern OPTION = Pattern.compile("(?:SO|IP|IPV6|TCP|UDP|MCAST)_[A-Z0-9_]+");
    private static final Pattern MESSAGE = Pattern.compile("SCM_[A-Z0-9_]+");
    private static final Pattern FAMILY = Pattern.compile("AF_[A-Z0-9_]+");
    private static final Set<String> ROUTING = Set.of("destination", "source", "route");

    @TempDir
    private Path folder = Path.of("");

    private static List<CsvRow> rows() throws IOException {
        return CsvRow.read(GoldenCase.projectRoot().resolve("testdata/kernel/steering.csv"), COLUMNS);
    }

    @Test
    @ToolTest("clang-19")
    void everyOptionMessageAndFamilyOfTheHeadersIsExamined() throws IOException {
        Map<String, Integer> options = named(rows(), Set.of("option", "value"));
        Map<String, Integer> messages = named(rows(), Set.of("cmsg"));
        Map<String, Integer> families = named(rows(), Set.of("family", "value"));
        assertThat(defined(INCLUDES, OPTION))
                .hasSizeGreaterThan(250)
                .allSatisfy((name, number) -> assertThat(options).containsEntry(name, number));
        assertThat(defined(INCLUDES, MESSAGE))
                .hasSizeGreaterThan(8)
                .allSatisfy((name, number) -> assertThat(messages).containsEntry(name, number));
        assertThat(defined(FAMILIES, FAMILY))
                .hasSizeGreaterThan(45)
                .allSatisfy((name, number) -> assertThat(families).containsEntry(name, number));
    }

    /** Every option that policies can name is listed, except options of other levels. */
    @Test
    void everyOptionThatPoliciesNameIsExamined() throws IOException {
        Set<String> options = named(rows(), Set.of("option")).keySet();
        Set<Integer> levels = Set.of(
                SocketLevel.SOCKET.number(),
                SocketLevel.IP.number(),
                SocketLevel.IPV6.number(),
                SocketLevel.TCP.number(),
                SocketLevel.UDP.number());
        List<String> missing = Arrays.stream(SocketOption.values())
                .filter(option -> OPTION.matcher(option.name()).matches())
                .filter(option -> option.places().stream().anyMatch(place -> levels.contains(place.level())))
                .map(Enum::name)
                .filter(name -> !options.contains(name))
                .toList();
        assertThat(missing).isEmpty();
    }

    @Test
    void eachRowMatchesTheCatalogue() throws IOException {
        Map<String, Bypass> bypasses =
                Catalogue.bypasses().stream().collect(Collectors.toMap(Bypass::id, bypass -> bypass));
        List<String> keys = new ArrayList<>();
        for (CsvRow row : rows()) {
            String what = row.toString();
            keys.add(row.of("intent") + " " + row.of("kind") + " " + row.of("level") + " " + row.of("name"));
            assertThat(row.of("privilege")).as(what).isNotEmpty();
            if (row.of("status").equals("no effect")) {
                assertThat(row.of("steers")).as(what).isEqualTo("none");
                assertThat(row.of("reason")).as(what).isNotEmpty();
                assertThat(row.of("way") + row.of("test")).as(what).isEmpty();
            } else {
                Bypass bypass =
                        Optional.ofNullable(bypasses.get(row.of("way"))).orElseThrow(() -> new AssertionError(what));
                boolean closed = bypass.remedy().closing() == Closing.CONSTRUCTION;
                assertThat(row.of("status")).as(what).isEqualTo(closed ? "closed" : "named");
                assertThat(row.of("steers")).as(what).isIn("none", "destination", "source", "route");
                assertThat(row.of("test")).as(what).isEqualTo("BypassesKernelTest");
                assertThat(BypassProcess.bypasses()).contains(bypass.id());
            }
        }
        assertThat(keys).doesNotHaveDuplicates();
        assertThat(rows().stream().filter(row -> row.of("kind").equals("option") && ROUTING.contains(row.of("steers"))))
                .as("options that steer")
                .hasSizeGreaterThan(20);
    }

    private static Map<String, Integer> named(List<CsvRow> rows, Set<String> kinds) {
        Map<String, Integer> named = new TreeMap<>();
        rows.stream()
                .filter(row -> kinds.contains(row.of("kind")))
                .forEach(row -> named.put(row.of("name"), Integer.valueOf(row.of("number"))));
        return named;
    }

    /** Returns the numeric macros that the preprocessor defines after these includes. */
    private Map<String, Integer> defined(String includes, Pattern wanted) throws IOException {
        Files.writeString(folder.resolve("headers.c"), includes);
        String text = Command.run(folder, "clang-19", "-dM", "-E", "headers.c").succeeded();
        Map<String, String> all = new TreeMap<>();
        Matcher define = DEFINE.matcher(text);
        while (define.find()) {
            all.put(define.group(1), define.group(2));
        }
        Map<String, Integer> numbers = new TreeMap<>();
        all.keySet().stream()
                .filter(name -> wanted.matcher(name).matches())
                .forEach(name -> number(all, name).ifPresent(number -> numbers.put(name, number)));
        return numbers;
    }

    /**
     * Returns the number that a name expands to; empty if it is not a number, as for an enumerator
     * defined as itself.
     */
    private static Optional<Integer> number(Map<String, String> all, String name) {
        String text = name;
        for (int i = 0; i < 5 && all.containsKey(text); i++) {
            text = Optional.ofNullable(all.get(text)).orElseThrow().strip().replaceAll("^\\(|\\)$|[UuLl]+$", "");
        }
        return text.matches("-?(0x[0-9a-fA-F]+|\\d+)")
                ? Optional.of(Long.decode(text).intValue())
                : Optional.empty();
    }
}
