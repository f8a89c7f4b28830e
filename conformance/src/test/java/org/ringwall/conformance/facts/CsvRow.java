// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A row of a list of {@code testdata/kernel}; `line` is the file and the number of the line. */
public record CsvRow(String line, Map<String, String> cells) {
    /** A cell with a comma is in quotes. */
    private static final Pattern CELL = Pattern.compile("(?:\"([^\"]*)\"|([^,\"]*))(,|$)");

    /** Reads a file; fails if its header or the number of cells in a row differs. */
    public static List<CsvRow> read(Path file, List<String> columns) throws IOException {
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).as(file.toString()).hasSizeGreaterThan(1);
        assertThat(lines.get(0)).as(file.toString()).isEqualTo(String.join(",", columns));
        List<CsvRow> rows = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            rows.add(row(file.getFileName() + ":" + (i + 1), lines.get(i), columns));
        }
        return rows;
    }

    private static CsvRow row(String place, String line, List<String> columns) {
        Map<String, String> cells = new LinkedHashMap<>();
        Matcher cell = CELL.matcher(line);
        int end = 0;
        for (String column : columns) {
            assertThat(cell.find(end) && cell.start() == end)
                    .as(place + ": no cell `" + column + "`")
                    .isTrue();
            cells.put(column, Optional.ofNullable(cell.group(1)).orElse(cell.group(2)));
            boolean last = column.equals(columns.get(columns.size() - 1));
            assertThat(cell.group(3).isEmpty()).as(place + ": number of cells").isEqualTo(last);
            end = cell.end();
        }
        return new CsvRow(place, cells);
    }

    /** Returns the cell of a column. */
    public String of(String column) {
        return Optional.ofNullable(cells.get(column)).orElseThrow();
    }
}
