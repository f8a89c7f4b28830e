// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.export;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;

/**
 * The writer and parser of the text of an {@link ExportState}: lines of tab-separated fields. No
 * field contains a tab or a line end, since keys are JSON and paths have no control characters.
 */
final class StateText {
    private static final String HEADER = "ringwall counters 1";
    private static final String END = "end";
    private static final String FIELD = "\t";

    private StateText() {}

    static String of(ExportState state) {
        StringBuilder out = new StringBuilder();
        line(out, HEADER);
        line(out, "export", state.number(), state.boot(), state.until());
        state.maps().forEach((id, known) -> {
            line(out, "map", Integer.toUnsignedString(id), known.instance(), known.counter());
            known.values().forEach((key, values) -> {
                List<Object> fields = new ArrayList<>(List.of("key", key));
                values.forEach((column, value) -> fields.add(column + "=" + value));
                line(out, fields.toArray());
            });
        });
        state.paths().forEach((id, path) -> line(out, "cgroup", id, path));
        state.pending().ifPresent(pending -> {
            line(
                    out,
                    "pending",
                    pending.format(),
                    pending.file()
                            .map(file -> file.inode() + FIELD + file.size())
                            .orElse(""));
            pending.lines().forEach(text -> line(out, "line", text));
        });
        line(out, END);
        return out.toString();
    }

    private static void line(StringBuilder out, Object... fields) {
        for (int i = 0; i < fields.length; i++) {
            out.append(i == 0 ? "" : FIELD).append(fields[i]);
        }
        out.append('\n');
    }

    /**
     * Parses a text.
     *
     * @param file the name of the file, for the message
     * @throws InputException if the text is not such a state
     */
    static ExportState parse(String text, String file) {
        List<String> lines = text.lines().toList();
        if (lines.size() < 3
                || !lines.get(0).equals(HEADER)
                || !lines.get(lines.size() - 1).equals(END)) {
            throw invalid(file);
        }
        try {
            Parser parser = new Parser();
            lines.subList(1, lines.size() - 1).forEach(line -> parser.add(line.split(FIELD, -1)));
            return parser.state();
        } catch (IllegalArgumentException | IndexOutOfBoundsException | NoSuchElementException e) {
            throw invalid(file);
        }
    }

    private static InputException invalid(String file) {
        return new InputException(
                "`" + file + "` is not the state of an export of counters",
                "name another file with --since; a new one begins with all counts");
    }

    private static final class Parser {
        private long number;
        private String boot = "";
        private String until = "";
        private final Map<Integer, ExportState.Known> maps = new LinkedHashMap<>();
        private final Map<BigInteger, String> paths = new LinkedHashMap<>();
        private Optional<ExportState.Pending> pending = Optional.empty();
        private Map<String, Map<String, BigInteger>> values = new LinkedHashMap<>();
        private final List<String> texts = new ArrayList<>();
        private Runnable close = () -> {};

        void add(String... fields) {
            switch (fields[0]) {
                case "export" -> {
                    number = Long.parseLong(fields[1]);
                    boot = fields[2];
                    until = fields[3];
                }
                case "map" -> {
                    close.run();
                    values = new LinkedHashMap<>();
                    Map<String, Map<String, BigInteger>> of = values;
                    int id = Integer.parseUnsignedInt(fields[1]);
                    InstanceName instance = InstanceName.parse(fields[2]);
                    close = () -> maps.put(id, new ExportState.Known(instance, fields[3], of));
                }
                case "key" -> {
                    Map<String, BigInteger> columns = new LinkedHashMap<>();
                    for (String column : List.of(fields).subList(2, fields.length)) {
                        int equals = column.indexOf('=');
                        columns.put(column.substring(0, equals), new BigInteger(column.substring(equals + 1)));
                    }
                    values.put(fields[1], columns);
                }
                case "cgroup" -> paths.put(new BigInteger(fields[1]), fields[2]);
                case "pending" -> {
                    Optional<ExportState.Position> file = fields[2].isEmpty()
                            ? Optional.empty()
                            : Optional.of(
                                    new ExportState.Position(Long.parseLong(fields[2]), Long.parseLong(fields[3])));
                    pending = Optional.of(new ExportState.Pending(LineFormat.valueOf(fields[1]), file, List.of()));
                }
                case "line" -> texts.add(fields[1]);
                default -> throw new IllegalArgumentException(fields[0]);
            }
        }

        ExportState state() {
            close.run();
            return new ExportState(
                    boot,
                    number,
                    until,
                    maps,
                    paths,
                    pending.map(found -> new ExportState.Pending(found.format(), found.file(), texts)));
        }
    }
}
