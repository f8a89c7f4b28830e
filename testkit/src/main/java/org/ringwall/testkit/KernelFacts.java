package org.ringwall.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the verifier of one measured kernel accepts, from {@code testdata/kernel} (its README says how it was measured).
 * Hooks, operations and widths are the words of those files, so that nothing of what is tested has a part in reading
 * what it is tested with.
 */
public final class KernelFacts {
    /** The measured kernels, oldest first; each file is a change to the one before it. */
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

    /** One touch of a context: `read` of `bytes` bytes at an offset of the struct. */
    public record Access(String hook, String operation, int offset, int bytes) {}

    /** Numbers from `first` to `last`, both included; none where `first` is greater. */
    record Span(int first, int last) {
        boolean contains(int value) {
            return value >= first && value <= last;
        }
    }

    /** The facts of every measured kernel, oldest first. */
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

    /** The grid of accesses that every kernel was asked about. */
    public static List<Access> grid() {
        return KernelFactsFile.grid().accesses();
    }

    /** The hooks that every kernel was asked about. */
    public static List<String> hooks() {
        return KernelFactsFile.grid().hooks();
    }

    /** The return values that every kernel was asked about. */
    public static List<Integer> values() {
        return KernelFactsFile.grid().values();
    }

    /** The ids of the helpers that every kernel was asked about. */
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

    /** As the file is named: `6.12`. */
    public String version() {
        return version;
    }

    /** The releases that were asked. */
    public List<String> releases() {
        return List.copyOf(releases);
    }

    /** Everything that is accepted. */
    public Set<Access> accesses() {
        return Set.copyOf(accesses);
    }

    /** Whether a program with this access loads. */
    public boolean accepts(Access access) {
        return accesses.contains(access);
    }

    /** Whether a program that returns this value loads. */
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

    /** Whether a program of this hook may call the helper. */
    public boolean calls(String hook, int helper) {
        Set<String> hooks = helpers.get(helper);
        if (hooks == null) {
            throw new IllegalArgumentException("nothing is known of helper " + helper);
        }
        return hooks.contains(hook);
    }

    /** The helper's name without `bpf_`. */
    public String helperName(int helper) {
        return helperNames.getOrDefault(helper, "");
    }

    @Override
    public String toString() {
        return version;
    }
}
