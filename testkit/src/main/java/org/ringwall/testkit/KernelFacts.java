// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the verifier of one measured kernel accepts, read from {@code testdata/kernel}; its README
 * describes the measurement. Hooks, operations and widths are strings of those files, so that the
 * code under test takes no part in reading them.
 */
public final class KernelFacts {
    /**
     * The measured kernels, oldest first. Each file lists the changes since the previous kernel.
     */
    public static final List<String> VERSIONS = List.of("5.10", "6.1", "6.12", "6.17", "6.18", "7.0", "7.3");

    private final String version;
    private final List<String> releases = new ArrayList<>();
    private final Set<Access> accesses = new HashSet<>();
    private final Map<String, Span> returns = new HashMap<>();
    private final Map<Integer, Set<String>> helpers = new HashMap<>();
    private final Map<Integer, String> helperNames = new HashMap<>();

    private KernelFacts(String version) {
        this.version = version;
    }

    /**
     * One access to a context: a `read` or another operation on `bytes` bytes at an offset of the
     * struct.
     */
    public record Access(String hook, String operation, int offset, int bytes) {}

    /** The integers from `first` to `last`, inclusive; empty if `first` is greater. */
    record Span(int first, int last) {
        boolean contains(int value) {
            return value >= first && value <= last;
        }
    }

    /** Returns the facts of every measured kernel, oldest first. */
    public static List<KernelFacts> measured() {
        List<KernelFacts> kernels = new ArrayList<>();
        KernelFacts before = new KernelFacts("none");
        for (String version : VERSIONS) {
            KernelFacts facts = new KernelFacts(version);
            facts.accesses.addAll(before.accesses);
            facts.returns.putAll(before.returns);
            facts.helpers.putAll(before.helpers);
            facts.helperNames.putAll(before.helperNames);
            KernelFactsFile.of(version + ".txt").lines().forEach(facts::learn);
            kernels.add(facts);
            before = facts;
        }
        return List.copyOf(kernels);
    }

    /** Returns the accesses that were tried on every kernel. */
    public static List<Access> grid() {
        return KernelFactsFile.grid().accesses();
    }

    /** Returns the hooks that were tried on every kernel. */
    public static List<String> hooks() {
        return KernelFactsFile.grid().hooks();
    }

    /** Returns the return values that were tried on every kernel. */
    public static List<Integer> values() {
        return KernelFactsFile.grid().values();
    }

    /** Returns the ids of the helpers that were tried on every kernel. */
    public static List<Integer> helperIds() {
        return KernelFactsFile.grid().helpers();
    }

    private void learn(KernelFactsFile.Line line) {
        switch (line.kind()) {
            case "release" -> releases.addAll(line.rest());
            case "returns" -> line.hooks().forEach(hook -> returns.put(hook, line.span()));
            case "context" -> line.accesses().forEach(this::add);
            case "helper" -> {
                helpers.put(line.id(), Set.copyOf(line.rest()));
                helperNames.put(line.id(), line.name());
            }
            default -> throw new IllegalStateException("no fact begins with `" + line.kind() + "`");
        }
    }

    private void add(Access access) {
        if (!accesses.add(access)) {
            throw new IllegalStateException(version + " says twice " + access);
        }
    }

    /** Returns the version, as the file is named: `6.12`. */
    public String version() {
        return version;
    }

    /** Returns the releases that were measured. */
    public List<String> releases() {
        return List.copyOf(releases);
    }

    /** Returns all accesses that the verifier accepts. */
    public Set<Access> accesses() {
        return Set.copyOf(accesses);
    }

    /** Returns whether a program with this access loads. */
    public boolean accepts(Access access) {
        return accesses.contains(access);
    }

    /** Returns whether a program that returns this value loads. */
    public boolean returns(String hook, int value) {
        return span(hook).contains(value);
    }

    private Span span(String hook) {
        Span span = returns.get(hook);
        if (span == null) {
            throw new IllegalArgumentException("nothing is known of `" + hook + "`");
        }
        return span;
    }

    /** Returns whether a program of this hook may call the helper. */
    public boolean calls(String hook, int helper) {
        Set<String> hooks = helpers.get(helper);
        if (hooks == null) {
            throw new IllegalArgumentException("nothing is known of helper " + helper);
        }
        return hooks.contains(hook);
    }

    /** Returns the helper's name without `bpf_`, or the empty string if it is not known. */
    public String helperName(int helper) {
        return helperNames.getOrDefault(helper, "");
    }

    @Override
    public String toString() {
        return version;
    }
}
