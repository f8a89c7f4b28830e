// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A table for people.
 *
 * @param name the name of the benchmark, as the command takes it
 * @param method how it was measured
 * @param columns the headings; the first two columns are labels, the others are values
 * @param rows rows with as many cells as columns
 * @param notes what could not be measured, and why
 */
public record Table(String name, String method, List<String> columns, List<List<String>> rows, List<String> notes) {
    private static final int LABELS = 2;

    public Table {
        columns = List.copyOf(columns);
        rows = rows.stream().map(List::copyOf).toList();
        notes = List.copyOf(notes);
        for (List<String> row : rows) {
            if (row.size() != columns.size()) {
                throw new IllegalArgumentException(row + " has not one cell for each of " + columns);
            }
        }
    }

    /** Formats the table: labels left-aligned, values right-aligned. */
    public String text() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(columns);
        lines.addAll(rows);
        StringBuilder text = new StringBuilder("== " + name + "\nmethod: " + method + "\n");
        for (List<String> line : lines) {
            StringBuilder out = new StringBuilder();
            for (int i = 0; i < line.size(); i++) {
                String pad = " ".repeat(width(lines, i) - length(line.get(i)));
                out.append(i == 0 ? "" : "  ").append(i < LABELS ? line.get(i) + pad : pad + line.get(i));
            }
            text.append(out.toString().stripTrailing()).append('\n');
        }
        notes.forEach(note -> text.append("note: ").append(note).append('\n'));
        return text.toString();
    }

    private static int width(List<List<String>> lines, int column) {
        return lines.stream().mapToInt(line -> length(line.get(column))).max().orElse(0);
    }

    private static int length(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
