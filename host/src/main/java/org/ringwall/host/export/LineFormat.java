// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.export;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.loader.model.Event;

/** The forms of exported lines. */
public enum LineFormat {
    /** One object for each counter and key. */
    JSON("", "\n"),
    /** RFC 4180 with a header: one record for each counter, key and column. */
    CSV(
            "export,from,to,policy,instance,counter,epoch,key,cgroup,path,name,unit,container,container_name,column,value,change"
                    + LineFormat.CRLF,
            LineFormat.CRLF);

    private static final String CRLF = "\r\n";

    private final String header;
    private final String end;

    LineFormat(String header, String end) {
        this.header = header;
        this.end = end;
    }

    /** Returns the header of an output with its line end; empty if the format has none. */
    String header() {
        return header;
    }

    String end() {
        return end;
    }

    /** Returns the lines of a counter and key, without their ends. */
    List<String> lines(ExportLine line) {
        return this == JSON ? List.of(json(line)) : csv(line);
    }

    private static String json(ExportLine line) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("export", line.export());
        if (!line.from().isEmpty()) {
            fields.put("from", line.from());
        }
        fields.put("to", line.to());
        fields.put("policy", line.instance().policy());
        fields.put("instance", line.instance().instance());
        fields.put("counter", line.counter());
        fields.put("epoch", line.epoch());
        fields.put("key", line.key());
        line.cgroup().ifPresent(id -> fields.put("cgroup", id));
        line.path().ifPresent(path -> fields.put("path", path));
        line.label().ifPresent(label -> {
            fields.put("name", label.name());
            label.unit().ifPresent(unit -> fields.put("unit", unit));
            label.container().ifPresent(id -> fields.put("container", id));
        });
        line.container().ifPresent(name -> fields.put("container_name", name));
        fields.put("values", line.values());
        fields.put("changes", line.changes());
        return Json.of(fields);
    }

    private static List<String> csv(ExportLine line) {
        List<Object> before = List.of(
                line.export(),
                line.from(),
                line.to(),
                line.instance().policy(),
                line.instance().instance(),
                line.counter(),
                line.epoch(),
                Event.pairs(line.key()),
                line.cgroup().map(BigInteger::toString).orElse(""),
                line.path().orElse(""),
                line.label().map(label -> label.name()).orElse(""),
                line.label().flatMap(label -> label.unit()).orElse(""),
                line.label().flatMap(label -> label.container()).orElse(""),
                line.container().orElse(""));
        List<String> records = new ArrayList<>();
        line.values().forEach((column, value) -> {
            List<Object> fields = new ArrayList<>(before);
            fields.add(column);
            fields.add(value);
            fields.add(line.changes().containsKey(column) ? line.changes().get(column) : "");
            records.add(fields.stream().map(LineFormat::field).collect(Collectors.joining(",")));
        });
        return records;
    }

    /** Returns a field of CSV, quoted if it contains a comma, a quote or a line end. */
    private static String field(Object value) {
        String text = String.valueOf(value);
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
