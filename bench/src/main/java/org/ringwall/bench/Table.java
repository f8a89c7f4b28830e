// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * The result of one benchmark.
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
        if (columns.size() <= LABELS) {
            throw new IllegalArgumentException("a table has two labels and at least one value");
        }
        for (List<String> row : rows) {
            if (row.size() != columns.size()) {
                throw new IllegalArgumentException(row + " has not one cell for each of " + columns);
            }
        }
    }

    /** Formats the table for people: labels left-aligned, values right-aligned. */
    public String text() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(columns);
        lines.addAll(rows);
        StringBuilder text = new StringBuilder();
        text.append("== ")
                .append(name)
                .append('\n')
                .append("method: ")
                .append(method)
                .append('\n');
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

    /**
     * Formats the table for programs: `benchmark,subject,variant,column,value`, one line for each
     * value, without a header line.
     */
    public String csv() {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int i = LABELS; i < columns.size(); i++) {
                List<String> fields = List.of(name, row.get(0), row.get(1), columns.get(i), row.get(i));
                text.append(String.join(",", fields.stream().map(Table::quoted).toList()));
                text.append('\n');
            }
        }
        return text.toString();
    }

    /** Quotes a field as in RFC 4180. */
    private static String quoted(String field) {
        boolean plain = field.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n');
        return plain ? field : '"' + field.replace("\"", "\"\"") + '"';
    }
}
