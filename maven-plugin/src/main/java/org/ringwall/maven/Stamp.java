// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The record of a goal about its last build: the files that it read and wrote, and the key of its
 * settings. The file is text: the key on the first line, then one record per line with fields
 * separated by tabs.
 */
final class Stamp {
    private static final String HEAD = "ringwall-stamp-1";
    private static final String INPUT = "in";
    private static final String OUTPUT = "out";
    private static final String PARAM = "param";
    private static final String WARNING = "warning";
    private static final String FACTS = "facts";

    private static final Stamp EMPTY = new Stamp(Map.of(), "", 0);

    private final Map<String, Entry> entries;
    private final String key;
    private final long time;
    private final Map<String, Boolean> same = new HashMap<>();

    private Stamp(Map<String, Entry> entries, String key, long time) {
        this.entries = entries;
        this.key = key;
        this.time = time;
    }

    /**
     * Reads the stamp of the previous build. If it has another key, or another format, every policy
     * counts as changed.
     */
    static Stamp read(Path file, String key) throws IOException {
        if (!Files.isRegularFile(file)) {
            return EMPTY;
        }
        Stamp stamp = read(file);
        if (!stamp.entries.isEmpty() && !stamp.key.equals(key)) {
            stamp.entries.replaceAll((name, entry) -> entry.stale());
        }
        return stamp;
    }

    /** Reads a stamp with any key. It is empty if its format is unknown. */
    static Stamp read(Path file) throws IOException {
        long time = FileState.nanoseconds(Files.readAttributes(file, BasicFileAttributes.class));
        String[] lines = Files.readString(file).split("\n", -1);
        Map<String, Entry> entries = new LinkedHashMap<>();
        try {
            Reader reader = new Reader(lines);
            String key = reader.key();
            reader.entries().forEach(entry -> entries.put(entry.name(), entry));
            return new Stamp(entries, key, time);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return EMPTY;
        }
    }

    Collection<Entry> entries() {
        return entries.values();
    }

    /** Returns whether these are the entries that were read, in the same order. */
    boolean isMadeOf(Collection<Entry> others) {
        Iterator<Entry> mine = entries.values().iterator();
        for (Entry other : others) {
            if (!mine.hasNext() || !mine.next().equals(other)) {
                return false;
            }
        }
        return !mine.hasNext();
    }

    Optional<Entry> of(String name) {
        return Optional.ofNullable(entries.get(name));
    }

    /** Returns the entry of a file for which the goal need not run again. */
    Optional<Entry> unchanged(String name) throws IOException {
        Optional<Entry> entry = of(name).filter(found -> found.kind() != Entry.Kind.STALE);
        if (entry.isEmpty()) {
            return entry;
        }
        for (FileState input : entry.get().inputs()) {
            if (!sameContent(input)) {
                return Optional.empty();
            }
        }
        for (FileState output : entry.get().outputs()) {
            if (!output.untouched()) {
                return Optional.empty();
            }
        }
        return entry;
    }

    /**
     * Returns whether an input of the build has the same content. Compares a file that many
     * policies include only once.
     */
    boolean sameContent(FileState input) throws IOException {
        String file = input.path() + input.sha256();
        Boolean known = same.get(file);
        if (known == null) {
            known = input.sameContent(time);
            same.put(file, known);
        }
        return known;
    }

    /**
     * Replaces a stamp atomically, or deletes it if there are no entries.
     *
     * @param begun the time before the build read its inputs. It becomes the time of the stamp; an
     *     input whose time is not older is compared by its content
     */
    static void write(Path file, FileTime begun, String key, Collection<Entry> entries) throws IOException {
        if (entries.isEmpty()) {
            Files.deleteIfExists(file);
            return;
        }
        List<String> lines = new ArrayList<>(List.of(line(HEAD, key)));
        for (Entry entry : entries) {
            lines.add(line(entry.kind().name(), entry.name()));
            entry.inputs().forEach(input -> lines.add(line(INPUT, input)));
            entry.outputs().forEach(output -> lines.add(line(OUTPUT, output)));
            entry.params().forEach(param -> lines.add(line(PARAM, param)));
            entry.warnings().forEach(warning -> lines.add(line(WARNING, warning)));
            if (!entry.facts().isEmpty()) {
                List<String> facts = new ArrayList<>();
                entry.sortedFacts().forEach((name, value) -> facts.addAll(List.of(name, value)));
                lines.add(line(FACTS, facts.toArray(String[]::new)));
            }
        }
        Files.createDirectories(file.getParent());
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.writeString(part, String.join("\n", lines));
        Files.setLastModifiedTime(part, begun);
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String line(String word, FileState file) {
        return line(
                word, file.path().toString(), Long.toString(file.size()), Long.toString(file.time()), file.sha256());
    }

    private static String line(String word, String... fields) {
        StringBuilder line = new StringBuilder(word);
        for (String field : fields) {
            line.append('\t').append(escaped(field));
        }
        return line.toString();
    }

    private static String escaped(String field) {
        return field.replace("\\", "\\\\")
                .replace("\t", "\\t")
                .replace("\n", "\\n")
                .replace("\r", "\\r");
    }

    private static String plain(String field) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\') {
                i++;
                c = switch (field.charAt(i)) {
                    case 't' -> '\t';
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    default -> field.charAt(i);
                };
            }
            text.append(c);
        }
        return text.toString();
    }

    /** A reader of the records of a stamp. */
    private static final class Reader {
        private final String[] lines;
        private int next;

        Reader(String[] lines) {
            this.lines = lines;
        }

        String key() {
            String[] head = fields();
            if (!head[0].equals(HEAD)) {
                throw new IllegalArgumentException("another format");
            }
            return head[1];
        }

        List<Entry> entries() {
            List<Entry> entries = new ArrayList<>();
            while (next < lines.length) {
                entries.add(entry());
            }
            return entries;
        }

        private Entry entry() {
            String[] head = fields();
            List<FileState> inputs = new ArrayList<>();
            List<FileState> outputs = new ArrayList<>();
            List<String> params = new ArrayList<>();
            List<String> warnings = new ArrayList<>();
            Map<String, String> facts = new TreeMap<>();
            for (boolean more = true; more && next < lines.length; ) {
                String[] fields = fields();
                switch (fields[0]) {
                    case INPUT -> inputs.add(file(fields));
                    case OUTPUT -> outputs.add(file(fields));
                    case PARAM -> params.add(fields[1]);
                    case WARNING -> warnings.add(fields[1]);
                    case FACTS -> {
                        for (int i = 1; i < fields.length; i += 2) {
                            facts.put(fields[i], fields[i + 1]);
                        }
                    }
                    default -> {
                        next--;
                        more = false;
                    }
                }
            }
            return new Entry(Entry.Kind.valueOf(head[0]), head[1], inputs, outputs, params, warnings, facts);
        }

        private String[] fields() {
            String line = lines[next];
            String[] fields = line.split("\t", -1);
            next++;
            if (line.indexOf('\\') >= 0) {
                for (int i = 0; i < fields.length; i++) {
                    fields[i] = plain(fields[i]);
                }
            }
            return fields;
        }

        private static FileState file(String[] fields) {
            return new FileState(Path.of(fields[1]), Long.parseLong(fields[2]), Long.parseLong(fields[3]), fields[4]);
        }
    }
}
