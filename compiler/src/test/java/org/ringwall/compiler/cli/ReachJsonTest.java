// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.testkit.GoldenCase;

/** A test of `reach --json`, and of its agreement with the text. */
final class ReachJsonTest {
    private static final Pattern HOOK = Pattern.compile("\\{\"hook\":\"(\\w+)\".*");
    private static final Pattern SIDE = Pattern.compile("\"(allows|denies)\":\\{\"complete\":.*");
    private static final Pattern TEXT = Pattern.compile(".*\"text\":\"((?:[^\"\\\\]|\\\\.)*)\"}[\\]},]*");

    @TempDir
    private Path folder = Path.of("");

    static Stream<GoldenCase> jsonCases() {
        return GoldenCase.in("reach-json").stream();
    }

    static Stream<GoldenCase> cases() {
        return Stream.concat(GoldenCase.in("reach").stream(), jsonCases());
    }

    private String reach(GoldenCase golden, String... options) throws IOException {
        Path policy = Files.writeString(folder.resolve("agent.wall"), golden.section("source"));
        List<String> arguments = new ArrayList<>(List.of("reach", policy.toString()));
        arguments.addAll(List.of(options));
        Run run = Run.of(arguments.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
        return run.out().replace(folder + "/", "");
    }

    /** Returns what is said about hooks, with a line for each hook, verdict and region. */
    private static String hooks(String json) {
        return json.substring(0, json.indexOf(",\"blocks\":["))
                .replaceAll("(?=\\{\"(hook|verdict)\":)|(?=\"(allows|denies)\":\\{)", "\n")
                .strip();
    }

    @ParameterizedTest
    @MethodSource("jsonCases")
    void describesEachRegion(GoldenCase golden) throws IOException {
        String hooks = hooks(reach(golden, "--json")) + "\n";
        golden.check(section -> hooks);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void hasTheAllowedRegionsOfTheText(GoldenCase golden) throws IOException {
        List<String> ofJson = new ArrayList<>();
        String hook = "";
        boolean allows = false;
        for (String line : hooks(reach(golden, "--json")).lines().toList()) {
            Matcher named = HOOK.matcher(line);
            Matcher side = SIDE.matcher(line);
            Matcher text = TEXT.matcher(line);
            if (named.matches()) {
                hook = named.group(1);
            } else if (side.matches()) {
                allows = side.group(1).equals("allows");
            } else if (allows && text.matches()) {
                ofJson.add(hook + ": " + text.group(1).replace("\\\"", "\""));
            }
        }
        List<String> ofText = new ArrayList<>();
        List<String> hooks = List.of();
        for (String line : reach(golden).lines().toList()) {
            if (line.startsWith("at ")) {
                hooks = List.of(line.substring(3).split(", "));
            } else if (line.startsWith("  allowed: ")) {
                hooks.forEach(each -> ofText.add(each + ": " + line.substring("  allowed: ".length())));
            }
        }
        assertThat(ofJson).containsExactlyInAnyOrderElementsOf(ofText);
    }

    @Test
    void groupsTheBypassesByBlock() throws IOException {
        String json = reach(GoldenCase.in("reach-json").get(0), "--json");
        String blocks = json.substring(json.indexOf("\"blocks\":["));
        List<String> bypasses = blocks.replace("{\"id\":", "\n{\"id\":")
                .lines()
                .filter(line -> line.startsWith("{\"id\":"))
                .toList();
        assertThat(blocks).contains("{\"block\":\"egress\",\"present\":true,\"bypasses\":[{\"id\":\"");
        assertThat(blocks).contains("{\"block\":\"devices\",\"present\":false,");
        assertThat(bypasses)
                .hasSizeGreaterThan(100)
                .allMatch(line -> line.matches("\\{\"id\":\"[a-z0-9-]+\",\"status\":"
                        + "\"(open|narrowed|allowed|outside|closed|not applicable)\",\"what\":\"[^\"].*\",\"lets\":\"[^\"]"
                        + ".*\",\"kernels\":\"[^\"]+\",\"why\":\"[^\"].*\",\"rules\":\\[.*],\"closedBy\":"
                        + "\"(construction|policy|elsewhere)\",\"words\":\".*\"}.*"))
                .filteredOn(line -> line.contains("\"status\":\"open\""))
                .isNotEmpty()
                .noneMatch(line -> line.contains("\"words\":\"\""));
    }
}
