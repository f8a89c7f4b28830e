// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** A printer of wrong command lines: one error with a hint, in the form of diagnostics. */
final class UsageErrors {
    private UsageErrors() {}

    /** Prints the error, and returns the exit code. */
    static int print(ParameterException e) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        PrintWriter err = e.getCommandLine().getErr();
        err.println("error: " + message(e, command).replaceAll("\\p{Cntrl}", "\uFFFD"));
        err.println("  = help: " + help(e, command));
        err.flush();
        return ExitCode.USAGE;
    }

    private static String message(ParameterException e, String command) {
        if (e instanceof MissingParameterException missing
                && !missing.getMissing().isEmpty()) {
            ArgSpec first = missing.getMissing().get(0);
            return first.isPositional()
                    ? "no " + first.paramLabel() + " is given"
                    : "the option `" + longest(first) + " " + first.paramLabel() + "` is missing";
        }
        if (e instanceof UnmatchedArgumentException unmatched) {
            String word = unmatched.getUnmatched().get(0);
            return unmatched.isUnknownOption()
                    ? "`" + command + "` has no option `" + word + "`"
                    : "`" + word + "` is one word too many for `" + command + "`";
        }
        String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("the command line is wrong");
        return (message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1)).replace('\'', '`');
    }

    private static String longest(ArgSpec option) {
        return option instanceof OptionSpec spec ? spec.longestName() : option.paramLabel();
    }

    private static String help(ParameterException e, String command) {
        if (e instanceof UsageException usage) {
            return usage.help();
        }
        if (e instanceof UnmatchedArgumentException unmatched && unmatched.isUnknownOption()) {
            return unmatched.getSuggestions().stream()
                    .findFirst()
                    .map(option -> "did you mean `" + option + "`?")
                    .orElse(command + " --help");
        }
        return command + " --help";
    }
}
