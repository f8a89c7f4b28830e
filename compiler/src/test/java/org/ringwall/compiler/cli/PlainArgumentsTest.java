// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The simple argument parser must agree with picocli. */
final class PlainArgumentsTest {
    private static final List<String> WORDS = List.of(
            "a.wall",
            "b.wall",
            "-o",
            "-o",
            "-o",
            "a.o",
            "-oa.o",
            "-o=a.o",
            "--endian",
            "little",
            "big",
            "BIG",
            "--deps",
            "--deps=a.d",
            "a.d",
            "--target",
            "5.10",
            "5.10,6.1",
            "6.1,",
            ",6.1",
            "--param",
            "--param",
            "port=1",
            "port=2",
            "uid=7",
            "x=",
            "=x",
            "x=y=z",
            "--help",
            "-h",
            "--",
            "-",
            "",
            "@a",
            "'a'",
            "\"a\"",
            "a b",
            "compile",
            "unknown",
            "-x",
            "a\\b");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compile a.wall -o a.o",
                "compile -o a.o a.wall",
                "compile a.wall -o objects b.wall c.wall",
                "compile a.wall -o a.o --endian big",
                "compile --endian little a.wall -o a.o --deps a.d",
                "compile a.wall --target 5.10,6.1 -o a.o",
                "compile a.wall -o a.o --param port=8081 --param uid=7 --target 6.1",
            })
    void readsPlainArgumentsAsPicocliDoes(String line) {
        String[] args = line.split(" ");
        assertThat(plain(args)).isPresent().isEqualTo(picocli(args));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compile",
                "compile a.wall",
                "compile -o a.o",
                "compile a.wall -o",
                "compile a.wall -o a.o -o b.o",
                "compile a.wall -o a.o --help",
                "compile a.wall -oa.o",
                "compile a.wall -o a.o --endian middle",
                "compile @args",
                "check a.wall",
                "compile a.wall -o a.o --param port",
                "compile a.wall -o a.o --unknown x",
                "compile a.wall -o --deps",
            })
    void leavesOtherArgumentsToPicocli(String line) {
        assertThat(PlainArguments.read(line.split(" "))).isEmpty();
    }

    @Test
    void readsRandomArgumentsAsPicocliDoesOrDeclines() {
        Random random = new Random(20_261_126);
        int read = 0;
        for (int i = 0; i < 4000; i++) {
            List<String> words = new ArrayList<>(List.of("compile"));
            // Half of them begin with valid arguments.
            if (i % 2 == 0) {
                words.addAll(List.of("a.wall", "-o", "a.o"));
            }
            random.ints(random.nextInt(6), 0, WORDS.size()).forEach(at -> words.add(WORDS.get(at)));
            String[] args = words.toArray(String[]::new);
            Optional<List<Object>> plain = plain(args);
            if (plain.isPresent()) {
                read++;
                assertThat(plain).as(words.toString()).isEqualTo(picocli(args));
            }
        }
        assertThat(read).isGreaterThan(300);
    }

    private static Optional<List<Object>> plain(String... args) {
        return PlainArguments.read(args).map(PlainArgumentsTest::contents);
    }

    private static Optional<List<Object>> picocli(String... args) {
        CompileCommand command = new CompileCommand();
        try {
            new CommandLine(command)
                    .setCaseInsensitiveEnumValuesAllowed(true)
                    .parseArgs(Stream.of(args).skip(1).toArray(String[]::new));
            return Optional.of(contents(command.job()));
        } catch (ParameterException e) {
            return Optional.empty();
        }
    }

    private static List<Object> contents(CompileJob job) {
        return List.of(
                job.input().targets(),
                List.copyOf(job.input().params().entrySet()),
                job.policies(),
                job.out(),
                job.endian(),
                job.deps());
    }
}
