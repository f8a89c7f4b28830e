// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.bypass.Bypass;
import org.ringwall.compiler.bypass.Catalogue;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.report.ReachReport.BlockReach;
import org.ringwall.compiler.report.ReachReport.BypassReport;
import org.ringwall.compiler.report.ReachReport.Closing;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.CompiledPolicies;

/**
 * A compiled policy and the statuses of bypasses that the compiler reports for it, both from
 * {@link CompiledPolicies}.
 */
record CoveredPolicy(BpfObject object, List<Reported> reported) {
    /** Blocks that close bypasses which can also be closed on the host. */
    private static final Map<String, String> CLOSED_BY =
            Map.of("sysctl-helper", "sysctl { deny if write and name prefix { \"kernel/\", \"fs/\" }; default allow }");

    private static final Map<String, CoveredPolicy> KNOWN = new ConcurrentHashMap<>();

    /**
     * The status of a bypass of a block.
     *
     * @param words the text that closes it if it is open and a policy can close it
     */
    record Reported(String block, String bypass, Status status, String words) {
        static Reported of(BlockReach reach, BypassReport bypass) {
            return new Reported(reach.block(), bypass.id(), bypass.status(), bypass.advice());
        }

        static Reported parse(String line) {
            String[] parts = line.split("\t", -1);
            return new Reported(parts[0], parts[1], Status.valueOf(parts[2]), parts[3].translateEscapes());
        }

        String line() {
            String escaped = words.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t");
            return String.join("\t", block, bypass, status.name(), escaped);
        }
    }

    /** Returns the policy of these blocks. */
    static CoveredPolicy of(String blocks) {
        return KNOWN.computeIfAbsent(blocks, CoveredPolicy::read);
    }

    private static CoveredPolicy read(String blocks) {
        String text = "policy bypass\n" + blocks + "\n";
        List<Compilation> compiled = new ArrayList<>();
        Supplier<Compilation> compilation = () -> {
            if (compiled.isEmpty()) {
                compiled.add(Compiler.compile(new SourceFile("bypass.wall", text), Settings.DEFAULT)
                        .compilation()
                        .orElseThrow(() -> new AssertionError("no policy: " + blocks)));
            }
            return compiled.get(0);
        };
        byte[] elf =
                CompiledPolicies.bytes(text, "o", () -> compilation.get().elf().toArray());
        byte[] findings = CompiledPolicies.bytes(
                text,
                "findings",
                () -> compilation.get().coverage().stream()
                        .flatMap(reach -> reach.bypasses().stream().map(bypass -> Reported.of(reach, bypass)))
                        .map(Reported::line)
                        .collect(Collectors.joining("\n"))
                        .getBytes(StandardCharsets.UTF_8));
        return new CoveredPolicy(
                CompiledPolicies.read(elf),
                new String(findings, StandardCharsets.UTF_8)
                        .lines()
                        .map(Reported::parse)
                        .toList());
    }

    /** Returns the status of a bypass of a block. */
    Reported of(Bypass bypass, Block.Target block) {
        return reported.stream()
                .filter(each ->
                        each.block().equals(block.text()) && each.bypass().equals(bypass.id()))
                .findFirst()
                .orElseThrow();
    }

    /** Returns the policies that close a bypass which is open under these blocks. */
    static List<String> closing(Bypass bypass, Block.Target block, String blocks) {
        List<String> closing = new ArrayList<>();
        Reported reported = of(blocks).of(bypass, block);
        boolean lets = reported.status() == Status.OPEN || reported.status() == Status.NARROWED;
        if (bypass.remedy().closing() == Closing.POLICY && lets) {
            closing.add(blocks + "\n" + reported.words());
        }
        if (CLOSED_BY.containsKey(bypass.id())) {
            closing.add(blocks + "\n" + CLOSED_BY.get(bypass.id()));
        }
        return closing;
    }

    /** Compiles all policies under which bypasses are tried. */
    static void compileAll() {
        for (Block.Target block : Catalogue.blocks()) {
            BypassPolicies.usual(block).forEach(CoveredPolicy::of);
            for (Bypass bypass : Catalogue.around(block)) {
                if (!BypassProof.isShown(bypass, block)) {
                    continue;
                }
                Stream.concat(Stream.of(bypass.id()), BypassProcess.variants(bypass.id()).stream())
                        .flatMap(driver -> BypassPolicies.of(bypass, block, driver).stream())
                        .flatMap(blocks -> Stream.concat(Stream.of(blocks), closing(bypass, block, blocks).stream()))
                        .forEach(CoveredPolicy::of);
            }
        }
    }
}
