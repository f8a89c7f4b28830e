// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.testkit.GoldenCase;

/** {@code ringwallc hooks} and {@code ringwallc fields}. */
class HooksGoldenTest {
    static Stream<GoldenCase> cases() {
        return GoldenCase.in("hooks").stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void listsHooksAndFields(GoldenCase golden) {
        List<String> words = List.of(golden.section("source").strip().split(" "));
        golden.check(section -> {
            List<String> call = new ArrayList<>(words);
            if (section.equals("json")) {
                call.add("--json");
            }
            Run run = Run.of(call.toArray(String[]::new));
            assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
            return run.out();
        });
    }

    @ParameterizedTest
    @EnumSource
    void listsEveryLanguageFieldAndEveryContextField(Hook hook) {
        Run run = Run.of("fields", hook.word());
        assertThat(run.code()).isEqualTo(ExitCode.DONE);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith(hook.word() + ": invoked ").contains(hook.attachTypeName());
        HookFields.at(hook).stream()
                .flatMap(field -> field.listed().stream())
                .forEach(name -> assertThat(run.out()).contains("\n" + name + " "));
        List<String> readable = hook.readable().stream().map(ContextField::name).toList();
        assertThat(run.out()).contains(readable);
    }

    @Test
    void listsEveryHookOnce() {
        Run run = Run.of("hooks");
        assertThat(run.out()
                        .lines()
                        .map(line -> line.split(" ")[0])
                        .filter(word -> Hook.ofWord(word).isPresent()))
                .containsExactly(Stream.of(Hook.values()).map(Hook::word).toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "conect4          | did you mean `connect4`?",
                "sockops          | this is the section of `sock_ops`: ringwallc fields sock_ops",
                "cgroup/connect4  | this is the section of `connect4`: ringwallc fields connect4",
                "whatever_it_is   | to list all hooks: ringwallc hooks"
            })
    void suggestsAHookForAMisspelledName(String word, String help) {
        Run run = Run.of("fields", word);
        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo("error: there is no hook `" + word + "`\n  = help: " + help + "\n");
    }

    @Test
    void requiresAHook() {
        assertThat(Run.of("fields").code()).isEqualTo(ExitCode.USAGE);
    }
}
