// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.PolicyPrinter;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.testkit.HangGuard;

/** The effect of lists and included files on a compilation. */
class FilesOfAPolicyTest {
    private static final String POLICY = """
            policy p
            set feed = file "feed.txt"
            egress {
              deny if remote.ip in feed
              default allow
            }
            """;

    private final Map<String, String> files = new HashMap<>();
    private int reads;

    private SourceFiles.Answer read(SourceFile from, String path) {
        reads++;
        return Optional.ofNullable(files.get(path))
                .<SourceFiles.Answer>map(text -> new SourceFiles.Answer.Text(new SourceFile(path, text), path))
                .orElseGet(() -> SourceFiles.NONE.read(from, path));
    }

    private CompileResult compile(String text) {
        return Compiler.compile(new SourceFile("agent.wall", text), this::read, Settings.DEFAULT);
    }

    private Compilation good(String text) {
        CompileResult result = compile(text);
        assertThat(result.diagnostics()).isEmpty();
        return result.compilation().orElseThrow();
    }

    @Test
    void aListIsEquivalentToItsEntriesInTheSet() {
        files.put(
                "feed.txt",
                "\uFEFF# feed\r\n192.0.2.0/25\r\n\r\n192.0.2.128/25 # upper half\n10.0.0.1..10.0.0.9\n2001:db8::/32\n::ffff:10.0.0.10");
        String inline = POLICY.replace("file \"feed.txt\"", "{ 192.0.2.0/24, 10.0.0.1..10.0.0.10, 2001:db8::/32 }");
        assertThat(PolicyPrinter.print(good(POLICY).policy()))
                .isEqualTo(PolicyPrinter.print(good(inline).policy()));
    }

    @Test
    void everyTypeOfEntryCanBeListed() {
        files.put("ports.txt", "80\n0x1bb\n8_000..8_099\n");
        files.put("devices.txt", "\"/dev/null\"\nchar 195:*\nblock 8:0..15\n");
        files.put("names.txt", "\"kernel/hostname\"  # its name\n\"net/a#b\"\n");
        files.put("options.txt", "SO_MARK\nSOL_SOCKET:1\n1:36\n");
        files.put("words.txt", "tcp\n17\n");
        Compilation made = good("""
                policy p
                egress { deny if remote.port in file "ports.txt" and proto in file "words.txt"; default allow }
                devices { deny if dev in file "devices.txt"; default allow }
                sysctl { deny if name prefix file "names.txt"; default allow }
                sockopt { deny if option in { file "options.txt", SO_DEBUG }; default allow }
                """);
        assertThat(made.policy().blocks()).hasSize(4);
    }

    @Test
    void theObjectDependsOnTheBytesOfTheList() {
        files.put("feed.txt", "192.0.2.1\n");
        Compilation first = good(POLICY);
        assertThat(good(POLICY).elf()).isEqualTo(first.elf());
        files.put("feed.txt", "192.0.2.1\n# checked\n");
        Compilation second = good(POLICY);
        assertThat(second.elf()).isNotEqualTo(first.elf());
        assertThat(second.object().programs().get(0).name())
                .isNotEqualTo(first.object().programs().get(0).name());
    }

    @Test
    void readsAndReportsEveryFileOnce() {
        files.put("common.wall", "include \"more.wall\"\nset ports = file \"ports.txt\"\n");
        files.put("more.wall", "set more = file \"ports.txt\"\n");
        files.put("ports.txt", "80\n");
        CompileResult result = compile("""
                policy p
                include "common.wall"
                include "more.wall"
                egress { deny if remote.port in ports or remote.port in file "ports.txt"; deny if remote.port in more; default allow }
                """);
        assertThat(result.compilation()).isPresent();
        assertThat(result.files())
                .extracting(SourceFile::name)
                .containsExactly("common.wall", "more.wall", "ports.txt");
    }

    @Test
    void doesNotWarnOfUnusedNamesOfAnIncludedFile() {
        files.put("common.wall", "set web = { 80, 443 }\nset mail = { 25 }\nparam proxy : port in 1..99 = 9\n");
        good("policy p\ninclude \"common.wall\"\negress { allow if remote.port in web; default deny }\n");
        CompileResult own = compile("""
                policy p
                include "common.wall"
                set own = { 1 }
                egress { allow if remote.port in web; default deny }
                """);
        assertThat(own.diagnostics())
                .singleElement()
                .satisfies(said -> assertThat(said.code()).isEqualTo(Code.UNUSED_NAME))
                .satisfies(said -> assertThat(said.message()).contains("`own`"));
    }

    @Test
    void reportsAListOfAPolicyWithoutAFolder() {
        Diagnostic said = Compiler.compile(new SourceFile("agent.wall", POLICY), Settings.DEFAULT)
                .diagnostics()
                .get(0);
        assertThat(said.code()).isEqualTo(Code.MISSING_FILE);
        assertThat(said.at()).hasToString("agent.wall:2:17");
    }

    @Test
    void filesThatIncludeOneAnotherTooDeepAreRefused() {
        for (int i = 0; i < 40; i++) {
            files.put("f%d.wall".formatted(i), "include \"f%d.wall\"\n".formatted(i + 1));
        }
        CompileResult result = compile("policy p\ninclude \"f0.wall\"\negress { default deny }\n");
        assertThat(result.diagnostics()).extracting(Diagnostic::code).containsExactly(Code.INCLUDE_DEPTH);
        assertThat(reads).isLessThan(40);
    }

    @Test
    void reportsAVeryLongLineWithoutPrintingIt() {
        files.put("feed.txt", "192.0.2.1\n" + "1".repeat(100_000) + "\n192.0.2.2\n");
        Diagnostic said = compile(POLICY).diagnostics().get(0);
        assertThat(said.message()).isEqualTo("the line has 100000 characters; an entry has at most 512");
        assertThat(said.at()).hasToString("feed.txt:2:1");
    }

    @Test
    @HangGuard
    void compilesAHundredThousandEntries() {
        Random random = new Random(7);
        files.put(
                "feed.txt",
                IntStream.range(0, 100_000)
                        .mapToObj(i -> "%d.%d.%d.%d\n"
                                .formatted(
                                        random.nextInt(256),
                                        random.nextInt(256),
                                        random.nextInt(256),
                                        random.nextInt(256)))
                        .collect(Collectors.joining()));
        Compilation made = good(POLICY);
        assertThat(made.object().data()).isNotEmpty();
    }

    @Test
    void countsAllLinesWithErrors() {
        files.put("feed.txt", "nothing here\n".repeat(100_000));
        CompileResult result = compile(POLICY);
        assertThat(result.diagnostics()).hasSize(20);
        assertThat(result.diagnostics().get(19).notes().get(0).message())
                .isEqualTo("99980 more lines of this list have errors");
    }

    @Test
    void aPredicateIsEquivalentToItsGuard() {
        String asked = """
                policy p
                predicate web = proto == tcp and remote.port in { 80, 443 }
                predicate odd = not web or uid == 1
                egress { allow if web; deny if odd and not web; default deny }
                """;
        String written = """
                policy p
                egress {
                  allow if (proto == tcp and remote.port in { 80, 443 })
                  deny if (not (proto == tcp and remote.port in { 80, 443 }) or uid == 1) and not (proto == tcp and remote.port in { 80, 443 })
                  default deny
                }
                """;
        assertThat(PolicyPrinter.print(
                        compile(asked).compilation().orElseThrow().policy()))
                .isEqualTo(PolicyPrinter.print(
                        compile(written).compilation().orElseThrow().policy()));
    }

    @Test
    void listsAreAllowedInRangesOfStateAndInTests() {
        files.put("nets.txt", "10.0.0.0/8\n192.0.2.0/24\n");
        files.put("ports.txt", "80\n8000..8099\n");
        files.put("members.txt", "10.0.0.1\n192.0.2.7\n");
        String listed = """
                policy p
                live set peers : net within file "nets.txt" max 2
                table t [remote.ip] within file "nets.txt" : file "ports.txt" max 5 default deny
                egress { deny if remote.ip in peers; redirect t if uid == 1; default allow }
                test "t" {
                  connect tcp 10.0.0.1:1 with peers = { file "members.txt" } => deny
                }
                """;
        String written = listed.replace("file \"nets.txt\"", "{ 10.0.0.0/8, 192.0.2.0/24 }")
                .replace("file \"ports.txt\"", "{ 80, 8000..8099 }")
                .replace("file \"members.txt\"", "10.0.0.1, 192.0.2.7");
        assertThat(PolicyPrinter.print(good(listed).policy()))
                .isEqualTo(PolicyPrinter.print(good(written).policy()));
        files.put("members.txt", "10.0.0.1\n192.0.2.7\n10.0.0.5\n");
        assertThat(compile(listed).diagnostics()).extracting(Diagnostic::code).containsExactly(Code.TOO_MANY_ENTRIES);
    }

    @Test
    void stateCanBeIncludedAndUsedInPredicates() {
        files.put(
                "common.wall",
                "live set peers : port within { 1..99 } max 5\nrate calls 5/s\npredicate known = remote.port in peers\n");
        Compilation made = good("""
                monitor policy p
                include "common.wall"
                egress { deny if known { log }; allow within calls; default deny }
                """);
        assertThat(made.policy().state().liveSets()).hasSize(1);
        assertThat(made.policy().state().rates()).hasSize(1);
        assertThat(made.policy().blocks()).allMatch(Block::monitored);
    }
}
