// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.GoldenCase;

/** The parser answers any text with a tree or with its own diagnostics. */
class RandomTokensTest {
    private static final int TEXTS = 1500;

    private static final List<String> SOUP = List.of(
            "policy p\n",
            "egress",
            "bind",
            "sockets",
            "devices",
            "sysctl",
            "on connect4",
            "test \"t\"",
            "requires kernel 6.1",
            "set a =",
            "param p : port in 1..2 = 1",
            "allow",
            "deny",
            "default",
            "if",
            "and",
            "or",
            "not",
            "in",
            "except",
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            ",",
            ":",
            ";",
            "\n",
            "\n",
            "\n",
            "=",
            "==",
            "!=",
            "<",
            "=>",
            "..",
            ".",
            "*",
            "-",
            "remote.port",
            "remote.ip",
            "uid",
            "80",
            "0x5",
            "10.0.0.0/8",
            "::1",
            "::ffff:1.2.3.4",
            "char",
            "block",
            "1:3",
            "\"text\"",
            "\"open",
            "\\",
            "/dev/null",
            "/*",
            "*/",
            "#",
            "//",
            "&&",
            "||",
            "!",
            "@",
            "10k",
            "my-host",
            "80-90",
            "connect tcp",
            "send udp",
            "open",
            "mknod",
            "read",
            "write",
            "socket inet raw",
            "with p = 3",
            "as uid 5",
            "when",
            "assign remote.port",
            "assign",
            "reply",
            "{ reply 4 }",
            "prefix",
            "not glob",
            "suffix \"x\"",
            "ancestor(2)",
            "packets",
            "packets ingress",
            "sockopt",
            "receive udp",
            "connect unix \"@x\"",
            "close inet",
            "getsockopt SO_MARK",
            "setsockopt 1:2",
            "packet ingress icmp",
            "event state",
            "local",
            "1.1.1.1:80",
            "[::1]",
            "type 8",
            "=> allow",
            "redirect",
            "log",
            "within",
            "file",
            "live",
            "monitor",
            "alow",
            "table t [uid] within { 10.0.0.0/8 } : 80 max 4 default deny",
            "counter c { n: attempts }",
            "rate r per uid 5/s burst 2",
            "live set l : net max 5",
            "redirect 127.0.0.1:80",
            "redirect t[uid]",
            "within r else",
            "because \"x\"",
            "log at most 3/s",
            "count c",
            "after 5ms",
            "with l = { 1.2.3.4 }",
            "with t[1] = 10.0.0.1:80",
            "drop",
            "\t",
            "\r",
            "\u0000",
            "😀",
            "“",
            "%",
            "\u2028",
            "\ud800");

    private static final List<String> NOT_OURS = List.of(
            "mismatched",
            "extraneous",
            "no viable",
            "token recognition",
            "missing token",
            "null",
            "exception",
            "<eof>",
            "antlr");

    private static void assertTreeOrDiagnostics(String text) {
        ParseResult result = PolicyParser.parse(new SourceFile("soup.wall", text));
        assertThat(result.file().isPresent())
                .as(text)
                .isEqualTo(result.diagnostics().isEmpty());
        for (Diagnostic diagnostic : result.diagnostics()) {
            String words = (diagnostic.message() + diagnostic.help().orElse("")).replaceAll("`[^`]*`", "");
            assertThat(words.toLowerCase(Locale.ROOT)).as(text).doesNotContain(NOT_OURS);
            assertThat(words).as(text).doesNotContain("\n");
        }
        assertThat(DiagnosticRenderer.render(result.diagnostics()).isEmpty())
                .isEqualTo(result.diagnostics().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void parsesOrDiagnosesRandomTokens(long seed) {
        Random random = new Random(seed);
        for (int text = 0; text < TEXTS; text++) {
            StringBuilder soup = new StringBuilder(random.nextBoolean() ? "policy p\n" : "");
            int length = random.nextInt(60);
            for (int word = 0; word < length; word++) {
                soup.append(SOUP.get(random.nextInt(SOUP.size()))).append(random.nextInt(8) == 0 ? "" : " ");
            }
            assertTreeOrDiagnostics(soup.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void parsesOrDiagnosesCorruptedPolicies(long seed) {
        Random random = new Random(seed);
        List<String> good = Stream.concat(GoldenCase.in("ast").stream(), GoldenCase.in("diagnostics").stream())
                .filter(golden -> golden.sections().containsKey("source"))
                .map(golden -> golden.section("source"))
                .filter(text -> text.length() < 2000)
                .toList();
        for (int text = 0; text < TEXTS; text++) {
            StringBuilder faulty = new StringBuilder(good.get(random.nextInt(good.size())));
            for (int fault = random.nextInt(4); fault >= 0; fault--) {
                int at = random.nextInt(faulty.length());
                if (random.nextBoolean()) {
                    faulty.delete(at, Math.min(faulty.length(), at + 1 + random.nextInt(8)));
                } else {
                    faulty.insert(at, SOUP.get(random.nextInt(SOUP.size())));
                }
                if (faulty.length() == 0) {
                    faulty.append('x');
                }
            }
            assertTreeOrDiagnostics(faulty.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {7})
    void parsesOrDiagnosesRandomCharacters(long seed) {
        Random random = new Random(seed);
        for (int text = 0; text < TEXTS; text++) {
            StringBuilder noise = new StringBuilder();
            int length = random.nextInt(100);
            for (int at = 0; at < length; at++) {
                noise.append((char) (random.nextInt(4) == 0 ? random.nextInt(0x10000) : random.nextInt(0x80)));
            }
            assertTreeOrDiagnostics(noise.toString());
        }
    }

    @Test
    void parsesOrDiagnosesEveryPrefixOfAPolicy() {
        String text = GoldenCase.in("ast").stream()
                .map(golden -> golden.section("source"))
                .reduce("", String::concat);
        for (int end = 0; end < Math.min(text.length(), 3000); end++) {
            assertTreeOrDiagnostics(text.substring(0, end));
        }
    }
}
