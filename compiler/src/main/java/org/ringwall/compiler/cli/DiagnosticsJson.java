// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.json.Json;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.report.Diagnostic;
import org.ringwall.compiler.source.Code;

/**
 * Diagnostics for other tools. Lines and columns count from 1, columns in code points, and the end
 * of a range is exclusive. Members may be added, but are never renamed or removed.
 *
 * <pre>{"diagnostics": [{"severity", "code", "message", "file",
 *                   "range": {"start": {"line", "column"}, "end": …},
 *                   "label", "help", "notes": [{"message", "file", "range"}]}], …}</pre>
 *
 * <p>The range of a file that cannot be read is empty, at its beginning.
 */
final class DiagnosticsJson {
    private static final Diagnostic.Position BEGINNING = new Diagnostic.Position(1, 1);

    private final List<Map<String, Object>> found = new ArrayList<>();
    private final List<Map<String, Object>> results = new ArrayList<>();

    void add(Diagnostic diagnostic) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("severity", diagnostic.severity().word());
        one.put("code", diagnostic.code());
        one.put("message", diagnostic.message());
        place(one, diagnostic.range());
        diagnostic.label().ifPresent(words -> one.put("label", words));
        diagnostic.help().ifPresent(words -> one.put("help", words));
        one.put("notes", diagnostic.notes().stream().map(DiagnosticsJson::note).toList());
        found.add(one);
        results.add(result(diagnostic));
    }

    /** Adds a file that cannot be used. */
    void add(String file, InputException e) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("severity", Diagnostic.Severity.ERROR.word());
        one.put("code", e.code());
        one.put("message", String.valueOf(e.getMessage()));
        place(one, new Diagnostic.Range(file, BEGINNING, BEGINNING));
        one.put("help", e.help());
        one.put("notes", List.of());
        found.add(one);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("ruleId", e.code());
        result.put("level", Diagnostic.Severity.ERROR.word());
        result.put("message", Map.of("text", e.getMessage() + "; " + e.help()));
        result.put("locations", List.of(Map.of("physicalLocation", artifact(file))));
        results.add(result);
    }

    /** Returns the whole document; `more` is what a command adds to the diagnostics. */
    String json(Map<String, Object> more) {
        Map<String, Object> whole = new LinkedHashMap<>();
        whole.put("diagnostics", found);
        whole.putAll(more);
        return Json.of(whole);
    }

    String sarif() {
        Map<String, Object> driver = new LinkedHashMap<>();
        driver.put("name", Compiler.TOOL.split(" ", -1)[0]);
        driver.put("version", Compiler.TOOL.split(" ", -1)[1]);
        driver.put(
                "rules", Arrays.stream(Code.values()).map(DiagnosticsJson::rule).toList());
        Map<String, Object> run = new LinkedHashMap<>();
        run.put("tool", Map.of("driver", driver));
        run.put("columnKind", "unicodeCodePoints");
        run.put("results", results);
        Map<String, Object> whole = new LinkedHashMap<>();
        whole.put("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        whole.put("version", "2.1.0");
        whole.put("runs", List.of(run));
        return Json.of(whole);
    }

    private static Map<String, Object> rule(Code code) {
        Map<String, Object> rule = new LinkedHashMap<>();
        rule.put("id", code.id());
        rule.put("shortDescription", Map.of("text", code.title()));
        return rule;
    }

    private static Map<String, Object> note(Diagnostic.Note note) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("message", note.message());
        note.range().ifPresent(at -> place(one, at));
        return one;
    }

    private static void place(Map<String, Object> one, Diagnostic.Range at) {
        one.put("file", at.file());
        Map<String, Object> range = new LinkedHashMap<>();
        range.put("start", position(at.start()));
        range.put("end", position(at.end()));
        one.put("range", range);
    }

    private static Map<String, Object> position(Diagnostic.Position at) {
        Map<String, Object> position = new LinkedHashMap<>();
        position.put("line", at.line());
        position.put("column", at.column());
        return position;
    }

    private static Map<String, Object> result(Diagnostic diagnostic) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("ruleId", diagnostic.code());
        result.put("level", diagnostic.severity().word());
        String help = diagnostic.help().map(words -> "\nhelp: " + words).orElse("");
        result.put("message", Map.of("text", diagnostic.message() + help));
        result.put("locations", List.of(location(diagnostic.range(), Optional.empty())));
        List<Map<String, Object>> related = diagnostic.notes().stream()
                .flatMap(note -> note.range().map(at -> location(at, Optional.of(note.message()))).stream())
                .toList();
        if (!related.isEmpty()) {
            result.put("relatedLocations", related);
        }
        return result;
    }

    private static Map<String, Object> location(Diagnostic.Range at, Optional<String> message) {
        Map<String, Object> region = new LinkedHashMap<>();
        region.put("startLine", at.start().line());
        region.put("startColumn", at.start().column());
        region.put("endLine", at.end().line());
        region.put("endColumn", at.end().column());
        Map<String, Object> physical = artifact(at.file());
        physical.put("region", region);
        Map<String, Object> location = new LinkedHashMap<>();
        location.put("physicalLocation", physical);
        message.ifPresent(words -> location.put("message", Map.of("text", words)));
        return location;
    }

    /**
     * Returns a location. A relative path is a relative reference of RFC 3986; characters that are
     * not allowed in one are escaped.
     */
    private static Map<String, Object> artifact(String file) {
        Map<String, Object> physical = new LinkedHashMap<>();
        physical.put("artifactLocation", Map.of("uri", uri(file)));
        return physical;
    }

    private static String uri(String file) {
        try {
            boolean absolute = file.startsWith("/");
            // A name with a colon would be parsed as a scheme.
            String path = absolute || file.indexOf(':') < 0 ? file : "./" + file;
            return new URI(absolute ? "file" : null, null, path, null).toASCIIString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("a path makes no URI: " + file, e);
        }
    }
}
