// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option for help of a command, and where the command prints. */
public final class Console {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help")
    @SuppressWarnings("UnusedVariable")
    private boolean help;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    /** Returns the writer for results. */
    public PrintWriter out() {
        return command.commandLine().getOut();
    }

    /** Returns the writer for errors. */
    public PrintWriter err() {
        return command.commandLine().getErr();
    }

    /** Returns an exception that makes picocli print the message and the usage. */
    ParameterException misuse(String message) {
        return new ParameterException(command.commandLine(), message);
    }
}
