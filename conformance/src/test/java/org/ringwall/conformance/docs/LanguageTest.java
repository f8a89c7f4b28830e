// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.SourceFiles;

/**
 * A test that the compiler accepts the constructs that the documents list as accepted, and rejects
 * those listed as reserved by name.
 */
final class LanguageTest {
    private static final String ANY = "policy p\negress { default allow }\n";

    /** A policy for each construct of the list in docs/semantics.md. */
    private static final Map<String, String> CONSTRUCTS = Map.ofEntries(
            Map.entry("policy", ANY),
            Map.entry("requires", ANY + "requires kernel 6.1\n"),
            Map.entry("set", "policy p\nset s = { 80 }\negress { deny if remote.port in s; default allow }\n"),
            Map.entry(
                    "except",
                    "policy p\nset s = { 80..90 } except { 85 }\negress { deny if remote.port in s; default allow }\n"),
            Map.entry(
                    "param",
                    "policy p\nparam q : port in 1..9 = 5\negress { deny if remote.port == q; default allow }\n"),
            Map.entry("predicate", "policy p\npredicate q = uid == 1\negress { deny if q; default allow }\n"),
            Map.entry("include", "policy p\ninclude \"common.wall\"\negress { deny if shared; default allow }\n"),
            Map.entry("file", "policy p\negress { deny if remote.port in file \"ports.txt\"; default allow }\n"),
            Map.entry("egress", ANY),
            Map.entry("bind", "policy p\nbind { default deny }\n"),
            Map.entry("sockets", "policy p\nsockets { default deny }\n"),
            Map.entry("devices", "policy p\ndevices { default deny }\n"),
            Map.entry("sysctl", "policy p\nsysctl { deny if name == \"kernel/hostname\"; default allow }\n"),
            Map.entry("prefix", "policy p\nsysctl { deny if name prefix \"kernel/\"; default allow }\n"),
            Map.entry("suffix", "policy p\nsysctl { deny if name suffix \"/forwarding\"; default allow }\n"),
            Map.entry("glob", "policy p\nsysctl { deny if name glob \"net/**/rp_*\"; default allow }\n"),
            Map.entry("sockopt", "policy p\nsockopt { deny if option == SO_MARK; default allow }\n"),
            Map.entry("packets ingress", "policy p\npackets ingress { default deny }\n"),
            Map.entry("packets egress", "policy p\npackets egress { deny if malformed; default allow }\n"),
            Map.entry("on", "policy p\non connect4 { default deny }\n"),
            Map.entry("allow", ANY),
            Map.entry("deny ERRNO", "policy p\nrequires kernel 6.1\negress { default deny EACCES }\n"),
            Map.entry("if", "policy p\negress { deny if uid == 1; default allow }\n"),
            Map.entry("default", ANY),
            Map.entry(
                    "allow unprivileged",
                    "policy p\nrequires kernel 6.1\nbind { allow unprivileged if uid == 1; default allow }\n"),
            Map.entry(
                    "allow congested", "policy p\npackets egress { allow congested if proto == tcp; default deny }\n"),
            Map.entry("deny congested", "policy p\npackets egress { deny congested if proto == udp; default allow }\n"),
            Map.entry("when", "policy p\negress { when uid == 1 { assign remote.port = 1 }; default allow }\n"),
            Map.entry("assign", "policy p\negress { default allow { assign remote.port = 1 } }\n"),
            Map.entry("reply", "policy p\non sock_ops { when rwnd_init { reply 40 } }\n"),
            Map.entry(
                    "setsockopt",
                    "policy p\non sock_ops { when active_established { setsockopt TCP_USER_TIMEOUT = 100 } }\n"),
            Map.entry(
                    "live set",
                    "policy p\nlive set l : port within { 1..99 } max 5\n"
                            + "egress { deny if remote.port in l; default allow }\n"),
            Map.entry(
                    "table",
                    "policy p\ntable t [remote.ip] within { 10.0.0.0/8 } : 80 max 5 choices 2 default deny\n"
                            + "egress { redirect t if uid == 1; default allow }\n"),
            Map.entry(
                    "counter",
                    "policy p\ncounter c [uid] { tries: attempts } max 5 lru\negress { default allow { count c } }\n"),
            Map.entry("rate", "policy p\nrate r per uid 5/s burst 9 max 5\negress { allow within r; default deny }\n"),
            Map.entry("redirect", "policy p\negress { redirect 10.0.0.1:80 if uid == 1; default allow }\n"),
            Map.entry(
                    "answer",
                    "policy p\nanswer SO_ORIGINAL_DST\negress { redirect 10.0.0.1:80 if uid == 1; default allow }\n"),
            Map.entry("within", "policy p\nrate r 5/m\negress { allow if uid == 1 within r; default deny }\n"),
            Map.entry("else", "policy p\nrate r 5/h\negress { allow within r else deny; default allow }\n"),
            Map.entry("monitor", "monitor policy p\negress { monitor deny if uid == 1 { log }; default allow }\n"),
            Map.entry("log", "policy p\negress { default deny { log at most 5/s } }\n"),
            Map.entry("log ring", "policy p\nlog ring 4M\negress { default deny { log } }\n"),
            Map.entry("count", "policy p\ncounter c { n: bytes }\npackets egress { default allow { count c } }\n"),
            Map.entry("because", "policy p\negress { default deny { because \"nobody asked\" } }\n"),
            Map.entry("test", ANY + "test \"t\" {\n connect tcp 1.1.1.1:1 => allow\n}\n"));

    private static String accepted() {
        return Document.of("docs/semantics.md").section("10. What is accepted today");
    }

    static Set<String> reserved() {
        return Document.words(Document.of("docs/language.md").section("Words kept for later"));
    }

    static Set<String> constructs() {
        return Document.words(accepted());
    }

    @Test
    void theListOfConstructsMatchesTheTestedOnes() {
        assertThat(constructs()).containsExactlyInAnyOrderElementsOf(CONSTRUCTS.keySet());
    }

    @ParameterizedTest
    @MethodSource("constructs")
    void acceptsEveryListedConstruct(String construct) {
        String text = CONSTRUCTS.getOrDefault(construct, "");
        assertThat(text).contains(construct.replace(" ERRNO", " "));
        assertThat(compile(text).compilation()).isPresent();
    }

    @ParameterizedTest
    @EnumSource(Hook.class)
    void acceptsEveryHookAndListsIt(Hook hook) {
        String rule = hook.denial().isPresent() ? "default allow" : "when " + flag(hook) + effect(hook);
        KernelVersion since = hook.since().max(KernelVersion.V5_10);
        CompileResult result =
                compile("policy p\nrequires kernel " + since + "\non " + hook.word() + " { " + rule + " }\n");
        assertThat(result.compilation()).isPresent();
        assertThat(hooks()).contains(hook.word());
    }

    private static String flag(Hook hook) {
        return hook == Hook.SOCK_OPS ? "listen" : "type == stream";
    }

    private static String effect(Hook hook) {
        return switch (hook) {
            case SOCK_OPS -> " { reply 1 }";
            case SOCK_RELEASE -> " { assign mark = 1 }";
            case RECVMSG_UNIX, GETPEERNAME_UNIX, GETSOCKNAME_UNIX -> " { assign path = \"/run/x\" }";
            case GETSOCKNAME4, GETSOCKNAME6 -> " { assign local.port = 1 }";
            default -> " { assign remote.port = 1 }";
        };
    }

    @Test
    void bothPagesListTheSameHooks() {
        String row = Document.of("docs/language.md")
                .text()
                .lines()
                .filter(line -> line.startsWith("| `on HOOK` |"))
                .findFirst()
                .orElseThrow();
        Set<String> words = new TreeSet<>(Document.words(row));
        words.remove("on HOOK");
        assertThat(hooks()).isEqualTo(words).hasSize(Hook.values().length);
    }

    /** Returns the hooks of the list: the words after `on`, where `connect4/6` is two. */
    private static Set<String> hooks() {
        String list = accepted().replaceFirst("(?s).*`on` ([^;]*);.*", "$1");
        return Pattern.compile(",\\s*")
                .splitAsStream(list.strip())
                .flatMap(word -> word.endsWith("4/6")
                        ? Stream.of("4", "6").map(end -> word.replace("4/6", end))
                        : Stream.of(word))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @MethodSource("reserved")
    void refusesReservedWordsByName(String word) {
        List<CompileResult> results = Stream.of(
                        ANY + word + " x\n",
                        "policy p\negress {\n  " + word + " if uid == 1\n  default allow\n}\n",
                        "policy p\negress {\n  allow if uid == 1 " + word + " 1\n  default allow\n}\n",
                        "policy p\nset s = " + word + " \"x\"\negress { deny if remote.ip in s; default allow }\n",
                        "policy p\nsysctl {\n  deny if name in " + word + " \"net/*\"\n  default allow\n}\n")
                .map(LanguageTest::compile)
                .toList();
        assertThat(results)
                .allSatisfy(result -> assertThat(result.compilation()).isEmpty());
        assertThat(results.stream().flatMap(result -> result.diagnostics().stream()))
                .anySatisfy(diagnostic -> {
                    assertThat(diagnostic.code()).isEqualTo(Code.RESERVED_WORD);
                    assertThat(diagnostic.message()).startsWith("`" + word + "` ");
                });
    }

    @ParameterizedTest
    @MethodSource("reserved")
    void acceptsReservedWordsAsNames(String word) {
        String text = "policy %1$s\nset %1$s = { 80 }\negress { deny if remote.port in %1$s; default allow }\n";
        assertThat(compile(text.formatted(word)).diagnostics()).isEmpty();
    }

    @Test
    void nothingIsBothAcceptedAndReserved() {
        assertThat(reserved()).isNotEmpty().doesNotContainAnyElementsOf(constructs());
        assertThat(Arrays.stream(Hook.values()).map(Hook::word)).doesNotContainAnyElementsOf(reserved());
    }

    /** Returns the two files that these policies name. */
    private static SourceFiles.Answer beside(SourceFile from, String path) {
        String text = path.equals("ports.txt") ? "80\n" : "predicate shared = uid == 1\n";
        return new SourceFiles.Answer.Text(new SourceFile(path, text), path);
    }

    private static CompileResult compile(String text) {
        return Compiler.compile(new SourceFile("page.wall", text), LanguageTest::beside, Settings.DEFAULT);
    }
}
