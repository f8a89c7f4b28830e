// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.compiler.policy.Intent;

/**
 * A printer of coverage reports: a summary, a full report, a table and the failed requirements.
 */
public final class CoveragePrinter {
    private static final String THREAT_MODEL = "docs/threat-model.md";

    private final Coverage coverage;

    public CoveragePrinter(Coverage coverage) {
        this.coverage = coverage;
    }

    /**
     * Returns one line for each block of the policy: how many bypasses are closed, and which are
     * open.
     */
    public List<String> summary() {
        return coverage.blocks().stream().map(this::counts).toList();
    }

    private String counts(Intent block) {
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
        return block.text() + ": " + String.join(", ", parts);
    }

    private static String bypasses(int count) {
        return count == 1 ? "1 bypass" : count + " bypasses";
    }

    private List<String> ids(Intent block, Status status) {
        return coverage.of(block).stream()
                .filter(finding -> finding.status() == status)
                .map(finding -> finding.bypass().id())
                .toList();
    }

    /**
     * Returns the full report. Bypasses that are open, narrowed or allowed are listed with what to
     * write; the others by id only, or with one line each if `all` is set.
     */
    public String report(boolean all) {
        StringBuilder text = new StringBuilder();
        coverage.blocks().forEach(block -> block(block, text, all));
        List<String> absent = Arrays.stream(Intent.values())
                .filter(block -> !coverage.blocks().contains(block))
                .map(block -> "`" + block.text() + "`")
                .toList();
        if (!absent.isEmpty()) {
            text.append("not judged, because the policy has no such block: ")
                    .append(String.join(", ", absent))
                    .append('\n');
        }
        return text.toString();
    }

    private void block(Intent block, StringBuilder text, boolean all) {
        text.append(counts(block)).append('\n');
        for (Finding finding : coverage.of(block)) {
            switch (finding.status()) {
                case OPEN, NARROWED, ALLOWED -> {
                    text.append(line(
                            finding.status().word(),
                            finding.bypass().id() + ": " + finding.bypass().what()));
                    text.append(line("", "why: " + finding.reason()));
                    text.append(line("", "lets through: " + finding.bypass().lets()));
                    if (!finding.words().isEmpty()) {
                        text.append(line("", "write: " + finding.words()));
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
        coverage.notes(block).forEach(note -> text.append(line("note", note)));
    }

    private void described(Intent block, Status status, StringBuilder text) {
        coverage.of(block).stream()
                .filter(finding -> finding.status() == status)
                .forEach(finding -> {
                    text.append(line(
                            status.word(),
                            finding.bypass().id() + ": " + finding.bypass().what()));
                    if (status == Status.OUTSIDE) {
                        text.append(line("", "instead: " + finding.words()));
                    }
                });
    }

    private static String line(String head, String rest) {
        return "  %-9s %s\n".formatted(head, rest);
    }

    /** Returns one row for each bypass of each block: block, status, id and reason. */
    public String table() {
        return coverage.findings().stream()
                .filter(finding -> finding.status() != Status.NOT_APPLICABLE)
                .map(finding -> "%-15s %-9s %-20s %s\n"
                        .formatted(
                                finding.block().text(),
                                finding.status().word(),
                                finding.bypass().id(),
                                finding.reason()))
                .collect(Collectors.joining());
    }

    /**
     * Returns what fails the requirements, with what to write for each; empty if nothing fails.
     */
    public String failures(List<Requirement> requirements) {
        return requirements.stream().map(this::failures).collect(Collectors.joining());
    }

    private String failures(Requirement requirement) {
        List<Finding> failures = requirement.failures(coverage);
        String block = requirement.block().text();
        if (requirement.absent(coverage)) {
            return "`" + block + "` is not covered: the policy has no such block\n  = help: write `" + block
                    + " { … default deny }`\n";
        }
        if (failures.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder("`" + block + "` is not covered: " + bypasses(failures.size()) + "\n");
        for (Finding finding : failures) {
            text.append("  ")
                    .append(finding.bypass().id())
                    .append(" is ")
                    .append(finding.status().word())
                    .append(": ")
                    .append(finding.bypass().what())
                    .append("; ")
                    .append(finding.reason())
                    .append("\n    = help: ")
                    .append(
                            finding.status() == Status.OUTSIDE
                                    ? finding.words() + "; see " + THREAT_MODEL
                                    : finding.words())
                    .append('\n');
        }
        return text.toString();
    }
}
