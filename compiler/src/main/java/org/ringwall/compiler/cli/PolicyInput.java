// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.api.Ringwall;
import picocli.CommandLine.Option;

/** The options that all commands that read a policy share. */
final class PolicyInput {
    /** The argument for standard input. */
    private static final Path STANDARD_INPUT = Path.of("-");

    @Option(
            names = "--target",
            split = ",",
            paramLabel = "VERSION",
            description = "kernels on which the object must load, such as 5.10,6.1 (default: 5.10, or what the policy"
                    + " requires)")
    private List<String> targets = new ArrayList<>();

    @Option(
            names = "--param",
            paramLabel = "NAME=VALUE",
            description = "replace the default of a param, within its declared range")
    private Map<String, String> params = new LinkedHashMap<>();

    private boolean inputWasRead;

    PolicyInput() {}

    PolicyInput(List<String> targets, Map<String, String> params) {
        this.targets = targets;
        this.params = params;
    }

    /** Returns the kernels of {@code --target} as written. */
    List<String> targets() {
        return targets;
    }

    /** Returns the values of {@code --param} by name, in the order given. */
    Map<String, String> params() {
        return params;
    }

    /**
     * Reads and compiles a policy for a little-endian machine, and prints the diagnostics to `err`.
     * Returns empty after an error.
     */
    Optional<Policy> policy(Path path, PrintWriter err) {
        return result(path, ByteOrder.LITTLE_ENDIAN, new Report(), err).flatMap(CompileResult::policy);
    }

    /**
     * Reads and compiles one of several policies, and reports what is wrong with it. Returns empty
     * after an error.
     */
    Optional<CompileResult> result(Path path, ByteOrder order, Report report, PrintWriter err) {
        Options options = options(order);
        try {
            CompileResult result = Ringwall.compile(name(path), read(path), options);
            return report.add(result, err) ? Optional.of(result) : Optional.empty();
        } catch (InputException e) {
            report.add(name(path), e, err);
            return Optional.empty();
        }
    }

    /**
     * Returns the options for the compiler.
     *
     * @throws InputException if a target is not a kernel version
     */
    Options options(ByteOrder order) {
        for (String target : targets) {
            Optional<KernelVersion> version = KernelVersion.parse(target);
            if (version.isEmpty()) {
                throw new InputException("`" + target + "` is not a kernel version", "write --target 5.10,6.1");
            }
            if (version.get().compareTo(KernelVersion.V5_10) < 0) {
                throw new InputException(
                        "no policy can be compiled for kernel " + target + ": the oldest that is supported is 5.10",
                        "write --target 5.10 or a newer version");
            }
        }
        return new Options(targets, order, params, Path.of(""));
    }

    /** Returns the name of a policy in messages. */
    static String name(Path path) {
        return isStandardInput(path) ? "<stdin>" : path.toString();
    }

    /** Returns whether a policy is read from standard input. */
    static boolean isStandardInput(Path path) {
        return path.equals(STANDARD_INPUT);
    }

    private byte[] read(Path path) {
        refuseObject(path);
        if (isStandardInput(path) && inputWasRead) {
            throw new InputException("standard input was already read", "write `-` once");
        }
        try {
            inputWasRead |= isStandardInput(path);
            return isStandardInput(path) ? System.in.readAllBytes() : Files.readAllBytes(path);
        } catch (IOException e) {
            throw InputException.of("read", path, e, "name a policy file, such as agent.wall");
        }
    }

    static void refuseObject(Path path) {
        if (path.toString().endsWith(".o")) {
            throw new InputException(
                    "`" + path + "` is an object, but ringwallc compiles policies",
                    "to enforce it: ringwall run " + path + " -- COMMAND; to read it: ringwallc dump " + path);
        }
    }
}
