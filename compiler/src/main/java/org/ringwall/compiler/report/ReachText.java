// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.report.ReachReport.BlockReach;
import org.ringwall.compiler.report.ReachReport.BypassReport;
import org.ringwall.compiler.report.ReachReport.HookReach;
import org.ringwall.compiler.report.ReachReport.Status;

/** A printer of what a workload can still do, for people. */
final class ReachText {
    private static final String THREAT_MODEL = "docs/threat-model.md";

    private ReachText() {}

    /**
     * Returns the allowed regions of each hook, and the bypasses of each block. Bypasses that are
     * open, narrowed or allowed are listed with what to write; the others by id only, or with one
     * line each if `all` is set.
     */
    static String of(ReachReport report, boolean all) {
        StringBuilder text = new StringBuilder();
        Map<Regions, List<String>> hooks = new LinkedHashMap<>();
        for (HookReach hook : report.hooks()) {
            hooks.computeIfAbsent(regions(hook), regions -> new ArrayList<>()).add(hook.hook());
        }
        hooks.forEach((regions, words) ->
                text.append("at ").append(String.join(", ", words)).append('\n').append(regions.text()));
        report.blocks().stream().filter(BlockReach::present).forEach(block -> block(block, text, all));
        List<String> absent = report.blocks().stream()
                .filter(block -> !block.present())
                .map(block -> "`" + block.block() + "`")
                .toList();
        if (!absent.isEmpty()) {
            text.append("not judged, because the policy has no such block: ")
                    .append(String.join(", ", absent))
                    .append('\n');
        }
        return text.toString();
    }

    /**
     * The allowed regions, which several hooks may share. If the list is incomplete, it is kept for
     * one hook, because the remaining regions may differ.
     */
    private record Regions(String text, Optional<String> only) {}

    private static Regions regions(HookReach hook) {
        StringBuilder text = new StringBuilder();
        hook.allowed().forEach(line -> text.append("  allowed: ").append(line).append('\n'));
        if (hook.allowed().isEmpty()) {
            text.append("  nothing is allowed\n");
        }
        if (!hook.complete()) {
            text.append("  (more regions: use a larger --limit)\n");
        }
        return new Regions(text.toString(), hook.complete() ? Optional.empty() : Optional.of(hook.hook()));
    }

    /** Returns one line: how many bypasses of a block are closed, and which are open. */
    static String counts(BlockReach block) {
        List<String> open = ids(block, Status.OPEN);
        List<String> narrowed = ids(block, Status.NARROWED);
        List<String> allowed = ids(block, Status.ALLOWED);
        List<String> parts = new ArrayList<>();
        parts.add(bypasses(ids(block, Status.CLOSED).size()) + " closed");
        parts.add(open.isEmpty() ? "none open" : open.size() + " open (" + String.join(", ", open) + ")");
        if (!narrowed.isEmpty()) {
            parts.add(narrowed.size() + " narrowed (" + String.join(", ", narrowed) + ")");
        }
        if (!allowed.isEmpty()) {
            parts.add(allowed.size() + " allowed by its own rules");
        }
        parts.add(ids(block, Status.OUTSIDE).size() + " outside any policy");
        return block.block() + ": " + String.join(", ", parts);
    }

    private static String bypasses(int count) {
        return count == 1 ? "1 bypass" : count + " bypasses";
    }

    private static List<BypassReport> having(BlockReach block, Status status) {
        return block.bypasses().stream()
                .filter(bypass -> bypass.status() == status)
                .toList();
    }

    private static List<String> ids(BlockReach block, Status status) {
        return having(block, status).stream().map(BypassReport::id).toList();
    }

    private static void block(BlockReach block, StringBuilder text, boolean all) {
        text.append(counts(block)).append('\n');
        for (BypassReport bypass : block.bypasses()) {
            switch (bypass.status()) {
                case OPEN, NARROWED, ALLOWED -> {
                    text.append(line(bypass.status().word(), bypass.id() + ": " + bypass.what()));
                    text.append(line("", "why: " + bypass.why()));
                    text.append(line("", "lets through: " + bypass.lets()));
                    if (!bypass.advice().isEmpty()) {
                        text.append(line("", "write: " + bypass.advice()));
                    }
                }
                case OUTSIDE, CLOSED, NOT_APPLICABLE -> {}
            }
        }
        if (all) {
            described(block, Status.OUTSIDE, text);
            described(block, Status.CLOSED, text);
        } else {
            text.append(line("outside", String.join(", ", ids(block, Status.OUTSIDE))));
            text.append(line("closed", String.join(", ", ids(block, Status.CLOSED))));
            text.append(line("", "reach -v describes them, and so does " + THREAT_MODEL));
        }
        block.notes().forEach(note -> text.append(line("note", note)));
    }

    private static void described(BlockReach block, Status status, StringBuilder text) {
        for (BypassReport bypass : having(block, status)) {
            text.append(line(status.word(), bypass.id() + ": " + bypass.what()));
            if (status == Status.OUTSIDE) {
                text.append(line("", "instead: " + bypass.advice()));
            }
        }
    }

    private static String line(String head, String rest) {
        return "  %-9s %s\n".formatted(head, rest);
    }
}
