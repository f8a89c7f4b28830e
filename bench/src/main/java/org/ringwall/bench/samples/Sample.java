// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.samples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bench.Checkout;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.RunningKernel;

/**
 * A policy of the `samples` module.
 *
 * @param name the name of the policy's file without its extension
 * @param text the policy
 * @param elf the object that ringwallc writes for it
 * @param since the oldest kernel with all features that it uses
 * @param probes the calls: those of its tests, and those of `requests.wall` to which it applies
 */
record Sample(String name, String text, Bytes elf, Set<Hook> hooks, List<Probe> probes, KernelVersion since) {
    /** The folder of the equivalent C programs, and of the calls for all samples. */
    static final String FOLDER = "bench/src/main/c/samples/";

    private static final String REQUESTS = FOLDER + "requests.wall";

    Sample {
        hooks = Set.copyOf(hooks);
        probes = List.copyOf(probes);
    }

    /**
     * Returns the samples that have an equivalent in C, sorted by name: those of the first table of
     * samples/README.md.
     */
    static List<Sample> all(Checkout checkout) {
        String requests = read(checkout.file(REQUESTS));
        return paths(checkout).map(path -> of(path, requests)).toList();
    }

    /** Returns their names. */
    static List<String> names(Checkout checkout) {
        return paths(checkout).map(Sample::name).toList();
    }

    private static Stream<Path> paths(Checkout checkout) {
        return checkout.samples().stream().filter(path -> Files.exists(checkout.file(FOLDER + name(path) + ".bpf.c")));
    }

    private static String name(Path path) {
        return path.getFileName().toString().replace(".wall", "");
    }

    private static Sample of(Path path, String requests) {
        String name = name(path);
        String text = read(path);
        Compilation policy = compile(name, text);
        Set<Hook> hooks = hooks(policy);
        List<Probe> probes = compile(name, text + requests).policy().tests().stream()
                .flatMap(test -> test.cases().stream())
                .filter(line -> line.params().isEmpty())
                .map(line -> line.probe())
                .filter(probe -> asks(probe, hooks))
                .toList();
        return new Sample(name, text, policy.elf(), hooks, probes, policy.oldestKernel());
    }

    /** Returns whether the running kernel is new enough. */
    boolean runsHere() {
        return RunningKernel.atLeast(since.major(), since.minor());
    }

    private static boolean asks(Probe probe, Set<Hook> hooks) {
        return probe.requests().stream().anyMatch(request -> hooks.contains(request.hook()))
                && probe.requests().stream().allMatch(Sample::exists);
    }

    /**
     * Returns whether a sysctl exists. One that this kernel does not have fails with ENOENT before
     * any hook runs.
     */
    private static boolean exists(Request request) {
        return !(request instanceof Request.TouchSysctl sysctl) || Files.exists(Path.of("/proc/sys", sysctl.name()));
    }

    /** Returns the hooks at which a compiled policy has programs. */
    static Set<Hook> hooks(Compilation policy) {
        return policy.object().programs().stream()
                .map(ProgramSpec::section)
                .map(Sample::hook)
                .collect(Collectors.toSet());
    }

    private static Hook hook(String section) {
        for (Hook hook : Hook.values()) {
            if (hook.section().equals(section)) {
                return hook;
            }
        }
        throw new IllegalStateException("no hook has the section " + section);
    }

    private static Compilation compile(String name, String text) {
        Settings settings =
                new Settings(Settings.DEFAULT.targets(), ByteOrder.nativeOrder(), Settings.DEFAULT.params());
        CompileResult result = Compiler.compile(new SourceFile(name, text), settings);
        return result.compilation()
                .orElseThrow(() -> new IllegalStateException(DiagnosticRenderer.render(result.diagnostics())));
    }

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
