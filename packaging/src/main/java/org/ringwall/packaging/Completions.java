// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** A generator of shell completions for a command, from the description of its options. */
final class Completions {
    private Completions() {}

    static String bash(CommandLine command) {
        return AutoComplete.bash(command.getCommandName(), command);
    }

    /**
     * Returns {@code complete} commands, which fish loads at the first completion of the command.
     */
    static String fish(CommandSpec root) {
        List<String> lines = new ArrayList<>();
        fish(root, root, lines);
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    private static void fish(CommandSpec root, CommandSpec spec, List<String> lines) {
        List<String> above = above(spec);
        String names = spec.subcommands().keySet().stream().sorted().collect(Collectors.joining(" "));
        String seen = above.stream()
                .map(name -> "__fish_seen_subcommand_from " + name)
                .collect(Collectors.joining("; and "));
        String open = spec.subcommands().isEmpty() ? "" : "not __fish_seen_subcommand_from " + names;
        String here = seen.isEmpty()
                ? "__fish_use_subcommand"
                : Stream.of(seen, open).filter(part -> !part.isEmpty()).collect(Collectors.joining("; and "));
        String start = "complete -c " + root.name() + " -n " + fishWord(here);
        for (CommandLine command : spec.subcommands().values()) {
            CommandSpec sub = command.getCommandSpec();
            lines.add(start + " -f -a " + fishWord(sub.name()) + " -d " + fishWord(summary(sub)));
        }
        for (OptionSpec option : spec.options()) {
            String words = Stream.of(option.names()).map(Completions::fishName).collect(Collectors.joining());
            // A value that may be missing is joined by `=`, so the next word is another one.
            String value = option.arity().min() == 0 ? "" : isPath(option) ? " -r -F" : " -x";
            lines.add(start + words + value + " -d " + fishWord(summary(option)));
        }
        spec.subcommands().values().forEach(command -> fish(root, command.getCommandSpec(), lines));
    }

    private static String fishName(String name) {
        return name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1);
    }

    private static String fishWord(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    /** Returns a zsh function for each command, which calls {@code _arguments}. */
    static String zsh(CommandSpec root) {
        StringBuilder text = new StringBuilder("#compdef " + root.name() + "\n");
        zsh(root, text);
        return text.append("\n_").append(root.name()).append(" \"$@\"\n").toString();
    }

    private static void zsh(CommandSpec spec, StringBuilder text) {
        String name = "_" + spec.qualifiedName("_");
        text.append("\n").append(name).append("() {\n");
        text.append("  local context state line\n  typeset -A opt_args\n  _arguments -C");
        spec.options()
                .forEach(option -> Stream.of(option.names())
                        .forEach(word -> text.append(" \\\n    ").append(zshWord(zshOption(word, option)))));
        if (spec.subcommands().isEmpty()) {
            String last = spec.positionalParameters().stream().anyMatch(Completions::isPath) ? "_files" : "_default";
            text.append(" \\\n    ").append(zshWord("*:argument:" + last)).append("\n}\n");
            return;
        }
        text.append(" \\\n    '1:command:->command' '*::argument:->argument'\n");
        text.append("  case $state in\n    command)\n      local -a commands=(");
        for (CommandLine command : spec.subcommands().values()) {
            CommandSpec sub = command.getCommandSpec();
            text.append("\n        ").append(zshWord(sub.name() + ":" + summary(sub)));
        }
        text.append(")\n      _describe command commands ;;\n    argument)\n      case $words[1] in\n");
        for (String sub : spec.subcommands().keySet()) {
            text.append("        ")
                    .append(sub)
                    .append(") ")
                    .append(name)
                    .append('_')
                    .append(sub)
                    .append(" ;;\n");
        }
        text.append("      esac ;;\n  esac\n}\n");
        spec.subcommands().values().forEach(command -> zsh(command.getCommandSpec(), text));
    }

    private static String zshOption(String word, OptionSpec option) {
        String value = option.arity().max() == 0
                ? ""
                : ":" + option.paramLabel().replace(":", "\\:") + ":" + (isPath(option) ? "_files" : "");
        String joined = option.arity().min() == 0 && option.arity().max() > 0 ? "=-" : "";
        String repeated = option.isMultiValue() ? "*" : "";
        String about = summary(option).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]");
        return repeated + word + joined + "[" + about + "]" + (joined.isEmpty() ? "" : ":") + value;
    }

    private static String zshWord(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    private static boolean isPath(ArgSpec argument) {
        return Stream.of("PATH", "FILE", "DIR", "OBJ", "CGROUP").anyMatch(argument.paramLabel()::contains);
    }

    private static List<String> above(CommandSpec spec) {
        List<String> names = new ArrayList<>(List.of(spec.qualifiedName(" ").split(" ")));
        return names.subList(1, names.size());
    }

    private static String summary(CommandSpec spec) {
        return String.join(" ", spec.usageMessage().description()).replaceFirst("\\.$", "");
    }

    private static String summary(OptionSpec option) {
        return String.join(" ", option.description()).replaceFirst("\\.$", "");
    }
}
