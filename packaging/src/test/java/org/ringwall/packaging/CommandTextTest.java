// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Pages and completions of a command with texts that roff and shells could interpret. */
final class CommandTextTest {
    private static CommandSpec command() {
        CommandSpec root = CommandSpec.create().name("tool");
        root.usageMessage().description("Does things.");
        CommandSpec sub = CommandSpec.create();
        sub.usageMessage().description("'It' is a \\ test: [one].");
        sub.addOption(OptionSpec.builder("-f", "--file")
                .paramLabel("FILE")
                .type(String.class)
                .description(".begins with a dot, isn't it?")
                .build());
        sub.addPositional(PositionalParamSpec.builder()
                .index("0")
                .paramLabel("NAME")
                .type(String.class)
                .description("A name.")
                .build());
        root.addSubcommand("sub", sub);
        sub.addOption(OptionSpec.builder("--kill")
                .arity("0..1")
                .paramLabel("all")
                .type(String.class)
                .description("Ends some, or all.")
                .build());
        return root;
    }

    @Test
    void specialCharactersAreEscapedForRoff() {
        Map<String, String> pages =
                new ManPages("Tool 1", "2026-01-01").of(command(), Map.of("Do things", List.of("sub")));
        assertThat(pages).containsOnlyKeys("tool.1", "tool-sub.1");
        assertThat(pages.get("tool.1"))
                .contains(".SS \"Do things\"\n.TP\n\\fBtool\\-sub\\fR(1)\n\\&'It' is a \\e test: [one].\n");
        assertThat(pages.get("tool-sub.1"))
                .startsWith(".TH \"TOOL\\-SUB\" 1 \"2026\\-01\\-01\" \"Tool 1\" \"Ringwall\"\n")
                .contains("tool\\-sub \\- 'It' is a \\e test: [one]\n")
                .contains("\\fBtool sub\\fR [\\-\\-kill[=all]] [\\-f=FILE] NAME\n")
                .contains(".TP\n\\fB\\-\\-kill\\fR[=\\fIall\\fR]\nEnds some, or all.\n")
                .contains(".TP\n\\fINAME\\fR\nA name.\n")
                .contains(".TP\n\\fB\\-f\\fR, \\fB\\-\\-file\\fR \\fIFILE\\fR\n\\&.begins with a dot, isn't it?\n");
    }

    @Test
    void specialCharactersAreEscapedForShells() {
        assertThat(Completions.fish(command())).isEqualTo("""
                        complete -c tool -n '__fish_use_subcommand' -f -a 'sub' -d '\\'It\\' is a \\\\ test: [one]'
                        complete -c tool -n '__fish_seen_subcommand_from sub' -s f -l file -r -F -d '.begins with a dot, isn\\'t it?'
                        complete -c tool -n '__fish_seen_subcommand_from sub' -l kill -d 'Ends some, or all'
                        """);
        assertThat(Completions.zsh(command()))
                .startsWith("#compdef tool\n")
                .contains("'sub:'\\''It'\\'' is a \\ test: [one]'")
                .contains("'--file[.begins with a dot, isn'\\''t it?]:FILE:_files'")
                .contains("'--kill=-[Ends some, or all]::all:'")
                .endsWith("\n_tool \"$@\"\n");
    }
}
