// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.ringwall.compiler.api.InvalidRequestException;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.report.Request;
import org.ringwall.compiler.value.QuotedText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "why",
        description = "show which rule decides a system call, step by step",
        mixinStandardHelpOptions = true)
final class WhyCommand implements Callable<Integer> {
    @Mixin
    private PolicyInput input = new PolicyInput();

    @Parameters(index = "0", paramLabel = "POLICY.wall", description = "the policy")
    private Path policy = Path.of("");

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "PROBE",
            description = "a probe as in a test, such as: connect tcp 1.1.1.1:443 as uid 1000")
    private List<String> probe = new ArrayList<>();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        String words = words();
        if (words.isBlank() || words.lines().count() > 1) {
            throw new InputException("a probe is one line of words", "write one such as: connect tcp 1.1.1.1:443");
        }
        PrintWriter err = spec.commandLine().getErr();
        Optional<Policy> compiled = input.policy(policy, err);
        if (compiled.isEmpty()) {
            return ExitCode.WRONG_INPUT;
        }
        try {
            String explanation = compiled.get().explain(new Request(words));
            PrintWriter out = spec.commandLine().getOut();
            out.println(explanation.stripTrailing());
            out.flush();
            return ExitCode.DONE;
        } catch (InvalidRequestException e) {
            Report.print(e.diagnostics(), err);
            return ExitCode.WRONG_INPUT;
        }
    }

    /**
     * Returns the probe with the quotes of paths, names and values that the shell has removed. A
     * probe in one word still has its quotes.
     */
    private String words() {
        List<String> words = new ArrayList<>();
        boolean value = probe.contains("write") || probe.contains("setsockopt");
        for (String word : probe) {
            String before = words.isEmpty() ? "" : words.get(words.size() - 1);
            boolean name = before.equals("comm")
                    || before.equals("unix")
                    || value && before.equals("=") && !word.matches("[0-9].*|\\{");
            boolean prefix = word.matches("[0-9a-fA-F:.]+/[0-9]+,?");
            boolean bare = name || word.contains("/") && !prefix;
            words.add(bare && probe.size() > 1 && !word.startsWith("\"") ? QuotedText.quote(word) : word);
            value &= !before.equals("=");
        }
        return String.join(" ", words);
    }
}
