// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.strings.StringKind;
import org.ringwall.compiler.strings.TooManyStatesException;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.StringPattern;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Scripts;

/**
 * A test of `new_value.number` against what the running kernel reads from the same texts, in
 * sysctls of a signed number and of one of 8 bits (`proc_dointvec`, `proc_dou8vec_minmax`).
 */
@KernelTest
class SysctlNumbersKernelTest {
    private static final List<String> SYSCTLS = List.of("net/ipv4/conf/lo/tag", "net/ipv4/tcp_syn_retries");

    private static final int TEXTS = 600;
    private static final long OTHER = 7;

    /** Writes each text after a reset to 7; prints what the kernel holds then, or the errno. */
    private static final String WRITE = """
            import base64, os, sys
            path = '/proc/sys/' + sys.argv[1]
            def write(value):
                fd = os.open(path, os.O_WRONLY)
                try:
                    os.write(fd, value)
                finally:
                    os.close(fd)
            for text in sys.argv[2].split(','):
                if sys.argv[3] == 'reset':
                    write(b'7')
                try:
                    write(base64.b64decode(text))
                    with open(path) as file:
                        print(file.read().strip())
                except OSError as e:
                    print('errno', e.errno)
            """;

    @TempDir
    private Path folder = Path.of("");

    private static List<String> texts(List<String> digits) {
        Random random = new Random(20261202);
        List<String> before = List.of("", "", " ", "\t", "\n\n", "\u000b", "\u00a0", "\r ", "-", "+", "- ", "x", "\0");
        List<String> after = List.of(
                "",
                "\n",
                " ",
                "\t",
                "\n\n",
                "\u000b",
                "\u00a0",
                "\r",
                "\0",
                " 1",
                "\t2 3",
                " x",
                "x",
                ".5",
                ",",
                "  \u000b",
                " \0",
                "\n5");
        Set<String> texts = new TreeSet<>();
        while (texts.size() < TEXTS) {
            texts.add(before.get(random.nextInt(before.size()))
                    + digits.get(random.nextInt(digits.size()))
                    + after.get(random.nextInt(after.size())));
        }
        return List.copyOf(texts);
    }

    private static List<String> spellings(long number) {
        return List.of(
                Long.toString(number),
                "0" + Long.toOctalString(number),
                "0x" + Long.toHexString(number),
                "0X0" + Long.toHexString(number).toUpperCase(java.util.Locale.ROOT),
                "000" + Long.toOctalString(number));
    }

    private static ByteString bytes(String text) {
        return ByteString.of(text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    private List<String> written(ChildCgroup cgroup, String sysctl, List<String> texts, String how) {
        String words = String.join(
                ",",
                texts.stream()
                        .map(text ->
                                Base64.getEncoder().encodeToString(bytes(text).toArray()))
                        .toList());
        return Scripts.run(folder, cgroup.path(), Set.of(Scripts.Namespace.NETWORK), WRITE, sysctl, words, how)
                .succeeded()
                .lines()
                .toList();
    }

    /** Returns the number that the compiler's automaton finds; empty if it is unknown. */
    private static OptionalLong number(ByteString text, long held) throws TooManyStatesException {
        Classifier classifier =
                Classifier.of(StringKind.SYSCTL_NEW_VALUE, new TreeSet<>(Set.of(StringPattern.number(held, held))));
        int found = classifier.classOf(text);
        return classifier.classes().get(found).matched().isEmpty() ? OptionalLong.empty() : OptionalLong.of(held);
    }

    @Test
    void everyKnownNumberIsTheOneThatTheKernelReads() throws TooManyStatesException {
        List<String> digits = new ArrayList<>(
                List.of("08", "0x", "0xg", "1a", "", "4294967295", "4294967296", "00000000000000000000063"));
        for (long number : new long[] {0, 1, 8, 99, 255, 2_147_483_647L, 2_147_483_648L}) {
            digits.addAll(spellings(number));
        }
        List<String> texts = texts(digits);
        int known = 0;
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            List<String> held = written(cgroup, SYSCTLS.get(0), texts, "reset");
            assertThat(held).hasSameSizeAs(texts);
            for (int i = 0; i < texts.size(); i++) {
                String text = texts.get(i);
                if (held.get(i).matches("\\d+") && !held.get(i).equals(String.valueOf(OTHER))) {
                    long value = Long.parseLong(held.get(i));
                    // Several numbers, of which this sysctl takes the first, are unknown, as is -0.
                    boolean single = number(bytes(text), value).isPresent();
                    boolean more = text.contains("-") || text.strip().split("[ \\t\\n]+", 2).length > 1;
                    assertThat(single || more).as("`%s` sets %d", text, value).isTrue();
                    known += single ? 1 : 0;
                }
            }
        }
        assertThat(known).isGreaterThan(100);
    }

    @Test
    void noSpellingPassesADenial() {
        List<String> texts = texts(spellings(99));
        under(
                "deny if new_value.number == 99; default allow",
                held -> assertThat(held).doesNotContain("99").contains("errno 1"),
                texts,
                "reset");
        under(
                "deny if new_value.number in 90..100; default allow",
                held -> assertThat(held).doesNotContain("99"),
                texts,
                "reset");
        under(
                "allow if read or new_value.number == 99; default deny",
                held -> assertThat(held)
                        .contains("99", "errno 1")
                        .allMatch(each -> each.equals("99") || each.startsWith("errno")),
                texts,
                "once");
    }

    /** The string form, for comparison: spellings pass. */
    @Test
    void spellingsPassTheComparisonOfTheText() {
        under(
                "deny if new_value == \"99\"; default allow",
                held -> assertThat(held).contains("99"),
                texts(spellings(99)),
                "reset");
    }

    private void under(String rules, java.util.function.Consumer<List<String>> check, List<String> texts, String how) {
        BpfObject object = Compiler.compile(
                        new SourceFile("numbers.wall", "policy numbers\nsysctl { " + rules + " }\n"), Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .object();
        for (String sysctl : SYSCTLS) {
            try (ChildCgroup cgroup = ChildCgroup.make();
                    Enforced enforced = Enforced.on(cgroup, object, Map.of())) {
                assertThat(enforced.programs()).isNotEmpty();
                check.accept(written(cgroup, sysctl, texts, how));
            }
        }
    }
}
