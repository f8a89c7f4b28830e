// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** A command of a module that is not on the class path: listed by the help, and refused. */
@Command
final class MissingCommand implements Callable<Integer> {
    private final String name;

    @Parameters(hidden = true)
    @SuppressWarnings("UnusedVariable")
    private List<String> words = new ArrayList<>();

    @Unmatched
    @SuppressWarnings("UnusedVariable")
    private List<String> options = new ArrayList<>();

    private MissingCommand(String name) {
        this.name = name;
    }

    static CommandSpec named(String name) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new MissingCommand(name));
        spec.usageMessage()
                .description(
                        name.equals("push")
                                ? "store a bundle in an OCI registry"
                                : "get a bundle from an OCI registry");
        return spec;
    }

    @Override
    public Integer call() {
        throw new InputException(
                "`" + name + "` needs the module `registry`, which is not on the class path",
                "run bin/ringwallc of a checkout that `mvn package` has built, or add ringwall-registry and its"
                        + " dependencies to the class path");
    }
}
