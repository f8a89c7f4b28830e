// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.ToolTest;

/** The choice of the guest kernel that a CI run boots, which `.ci/guest` makes. */
@ToolTest("bash")
class GuestTurnTest {
    private static final Path ROOT = GoldenCase.projectRoot();

    private static final String ARM64 = "arm64";

    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(ints = {0, 20_789, 20_790, 20_791, 99_999})
    void fourDaysInARowBootEveryKernel(int day) throws IOException {
        List<String> booted = IntStream.range(day, day + 4)
                .mapToObj(each -> guest("", Integer.toString(each)).succeeded().strip())
                .toList();
        assertThat(booted).containsExactlyInAnyOrderElementsOf(fetched());
    }

    /** Returns the kernels that `kernels.sh` fetches for this architecture. */
    private static List<String> fetched() throws IOException {
        List<String> lines = Pattern.compile("try kernel (\\S+)")
                .matcher(Files.readString(ROOT.resolve("conformance/vm/kernels.sh")))
                .results()
                .map(found -> found.group(1))
                .filter(line -> !line.equals(ARM64))
                .toList();
        assertThat(lines).hasSizeGreaterThan(3);
        return lines;
    }

    @Test
    void withoutADayItIsTheTurnOfToday() throws IOException {
        assertThat(fetched()).contains(guest("").succeeded().strip());
    }

    @ParameterizedTest
    @ValueSource(strings = {"newest", "5.10,newest", "5.10,6.1,6.12,newest,arm64"})
    void namedGuestsReplaceTheTurn(String named) {
        assertThat(guest(named, "7").succeeded()).isEqualTo(named + "\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            '5.10,6.2' | names `6.2`, which is not a guest
            '5.10,'    | names an empty guest
            ',5.10'    | names an empty guest
            'all'      | names `all`, which is not a guest
            """)
    void otherNamesAreRefused(String named, String message) {
        Command refused = guest(named);
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.output()).contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tuesday", "-1", "1.5"})
    void anythingButADayIsRefused(String day) {
        Command refused = guest("", day);
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.output()).contains("`" + day + "` is not a number of days since 1970");
    }

    @Test
    void theRunBootsWhatWasDrawn() throws IOException {
        assertThat(Files.readString(ROOT.resolve(".ci/run")))
                .contains("guests=$(.ci/guest)")
                .contains("-Dringwall.vm.kernels=\"$guests\"")
                .contains("-Dringwall.require=kernel,tools,vm");
    }

    private Command guest(String named, String... words) {
        List<String> command =
                new ArrayList<>(List.of("bash", ROOT.resolve(".ci/guest").toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("RINGWALL_GUESTS", named);
        return Command.run(folder, builder);
    }
}
