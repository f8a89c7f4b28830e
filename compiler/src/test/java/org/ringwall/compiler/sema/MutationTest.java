// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.syntax.ParseResult;
import org.ringwall.compiler.syntax.PolicyParser;

/**
 * The checker must accept or reject every syntactically valid policy, with diagnostics that can be
 * printed.
 */
class MutationTest {
    private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|[A-Za-z0-9_.:/]+|[=!<>]+|\\s+|.", Pattern.DOTALL);

    /**
     * A field, a name or a literal, which can be replaced by another one without a syntax error.
     */
    private static final Pattern VALUE = Pattern.compile(
            "(?!(if|in|not|and|or|allow|deny|default|policy|set|param|test|on|with|as)$)[a-z0-9\"][^\\s]*");

    private static final List<String> WORDS = List.of(
            "remote.ip",
            "remote.port",
            "local.port",
            "proto",
            "type",
            "family",
            "uid",
            "gid",
            "dev",
            "dev.type",
            "dev.major",
            "read",
            "name",
            "mark",
            "tcp",
            "stream",
            "inet6",
            "char",
            "private",
            "web",
            "gpus",
            "proxy_port",
            "first",
            "443",
            "0",
            "65536",
            "4294967295",
            "0xffffffff",
            "00",
            "10.0.0.0/8",
            "10.0.0.1",
            "::",
            "::/0",
            "::ffff:1.2.3.4",
            "fd00::1/8",
            "1..9",
            "9..1",
            "1.2.3.4..1.2.3.9",
            "{}",
            "{ 1, 2 }",
            "char 1:3",
            "block 8:*",
            "\"/dev/null\"",
            "\"kernel/hostname\"",
            "\"\"",
            "==",
            "!=",
            "<",
            ">=",
            "in",
            "not in",
            "and",
            "or",
            "not",
            "allow",
            "deny",
            "default deny",
            "EACCES",
            "rw",
            "m",
            "except { 1 }",
            "egress",
            "bind",
            "devices",
            "sysctl",
            "icmp",
            "prefix",
            "not glob",
            "ancestor(2)",
            "when",
            "deny { assign remote.port = 80 }",
            "{ reply 40 }",
            "unprivileged",
            "sockopt",
            "packets egress",
            "6.1",
            "5.10");

    @Test
    void checksEveryMutationOfASampleWithoutThrowing() throws IOException {
        List<List<String>> samples = new ArrayList<>();
        for (Path path : SamplesTest.samples()) {
            samples.add(WORD.matcher(Files.readString(path))
                    .results()
                    .map(match -> match.group())
                    .toList());
        }
        Random random = new Random(99);
        int checked = 0;
        int passed = 0;
        for (int i = 0; i < 6_000; i++) {
            String text = mutated(samples.get(random.nextInt(samples.size())), random);
            ParseResult parsed = PolicyParser.parse(new SourceFile("mutated.wall", text));
            if (parsed.file().isPresent()) {
                checked++;
                passed += isAccepted(parsed.file().get(), text) ? 1 : 0;
            }
        }
        // If either were rare, this would test nothing.
        assertThat(checked).isGreaterThan(1_000);
        assertThat(passed).isBetween(checked / 50, checked - checked / 10);
    }

    private static String mutated(List<String> words, Random random) {
        List<String> changed = new ArrayList<>(words);
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(changed.size());
            while (!VALUE.matcher(changed.get(at)).matches()) {
                at = random.nextInt(changed.size());
            }
            changed.set(at, WORDS.get(random.nextInt(WORDS.size())));
        }
        return String.join("", changed);
    }

    private static boolean isAccepted(PolicyFile file, String text) {
        assertThatCode(() -> DiagnosticRenderer.render(
                        PolicyChecker.check(file, Options.NONE).diagnostics()))
                .as(text)
                .doesNotThrowAnyException();
        return PolicyChecker.check(file, Options.NONE).policy().isPresent();
    }
}
