// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import java.util.stream.Collectors;

/** A printer of coverage: a table, and the failed requirements. */
public final class CoveragePrinter {
    private static final String THREAT_MODEL = "docs/threat-model.md";

    private final Coverage coverage;

    public CoveragePrinter(Coverage coverage) {
        this.coverage = coverage;
    }

    private static String bypasses(int count) {
        return count == 1 ? "1 bypass" : count + " bypasses";
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
