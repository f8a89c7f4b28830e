// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.RandomAccess;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.regex.Pattern;
import org.ringwall.host.words.PathText;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.model.InputException;
import org.ringwall.sys.IoReason;

/** Entries from the command line, a file or standard input: one a line; `#` begins a comment. */
public final class Lines {
    private static final Pattern SPACES = Pattern.compile("\\s+");
    private static final int LARGEST = 64 << 20;

    private Lines() {}

    /**
     * Entries in the order in which they were given.
     *
     * @param source the file that they come from, or standard input; empty for the command line
     * @param line returns the line of an entry in the source, counted from 1
     * @param leads the target of a path through a symbolic link, whose creator chose the file;
     *     empty if there is no link
     */
    public record Given(List<String> entries, Optional<String> source, IntUnaryOperator line, Optional<Path> leads) {
        /** Returns entries of the command line. */
        public static Given here(List<String> entries) {
            return new Given(entries, Optional.empty(), entry -> entry + 1, Optional.empty());
        }

        /**
         * Checks that there are entries to replace others.
         *
         * @throws InputException if there are none and that is not allowed
         */
        void orEmpty(boolean allowed, String target) {
            if (entries.isEmpty() && !allowed) {
                throw new InputException(
                        source.orElse("the command") + " has no entries, so `" + target + "` would be empty",
                        "use --allow-empty to remove all entries");
            }
        }

        /**
         * Applies a function to the entries; adds the line of a wrong entry to the message of an
         * {@link EntryException}.
         */
        public <T> T with(Function<List<String>, T> use) {
            try {
                return use.apply(entries);
            } catch (EntryException e) {
                if (leads.isPresent()) {
                    throw hidden(e, leads.get());
                }
                if (source.isEmpty() || e.place().isEmpty()) {
                    throw e;
                }
                throw new EntryException(
                        source.get() + ", line " + line.applyAsInt(e.place().getAsInt()) + ": " + e.getMessage(),
                        e.help());
            }
        }

        /**
         * Returns an exception without text of the file, which the caller may be able to read while
         * the creator of the link cannot.
         */
        private EntryException hidden(EntryException e, Path file) {
            String what = source.orElse("the file")
                    + (e.place().isPresent()
                            ? ", line " + line.applyAsInt(e.place().getAsInt()) + ": this entry is invalid"
                            : ": these entries are invalid");
            return new EntryException(
                    what, "its content is not shown, because the path contains a symbolic link: write `" + file + "`");
        }
    }

    /**
     * Reads the entries from the only source given. On the command line a device's type and numbers
     * may be two words.
     */
    static Given of(List<String> words, List<String> files, InputStream in) {
        int ways = (words.isEmpty() ? 0 : 1) + files.size();
        if (ways != 1) {
            throw new UsageException(
                    ways == 0 ? "no entries were given" : "entries were given in two ways",
                    "ENTRY..., or --file FILE, or -");
        }
        if (words.equals(List.of("-")) || files.equals(List.of("-"))) {
            return lines("standard input", () -> new Content(in.readNBytes(LARGEST + 1), Optional.empty()));
        }
        if (files.isEmpty()) {
            return Given.here(joined(words));
        }
        Path file = PathText.parse(files.get(0), "--file FILE");
        return lines("`" + file + "`", () -> read(file));
    }

    private interface Source {
        Content read() throws IOException;
    }

    /** The content of a file, and the target of its path if that contains a symbolic link. */
    private record Content(byte[] bytes, Optional<Path> leads) {}

    /**
     * Reads a file. If it is not a link, it is opened without following links. The content says
     * whether it or a parent folder is a link.
     */
    private static Content read(Path file) throws IOException {
        boolean link = Files.isSymbolicLink(file);
        OpenOption[] how = link ? new OpenOption[] {} : new OpenOption[] {LinkOption.NOFOLLOW_LINKS};
        try (InputStream open = Files.newInputStream(file, how)) {
            byte[] bytes = open.readNBytes(LARGEST + 1);
            Path above = file.toAbsolutePath().normalize().getParent();
            boolean direct = !link && (above == null || above.equals(above.toRealPath()));
            return new Content(bytes, direct ? Optional.empty() : Optional.of(real(file)));
        }
    }

    /** Returns the target, or the path itself if there is none, as for a pipe at `/dev/fd/63`. */
    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            return file;
        }
    }

    private static Given lines(String what, Source source) {
        Content content;
        try {
            content = source.read();
        } catch (NoSuchFileException e) {
            throw new InputException("there is no file " + what, "name a file with one entry per line");
        } catch (IOException e) {
            throw new InputException("cannot read " + what + ": " + IoReason.of(e), "write one entry per line");
        }
        if (content.bytes().length > LARGEST) {
            throw new InputException(what + " is too large for a set or table", "write one entry per line");
        }
        FileEntries entries = new FileEntries(content.bytes());
        return new Given(entries, Optional.of(what), entries::line, content.leads());
    }

    /** The entries of a file, each decoded when it is read: a file can have millions. */
    private static final class FileEntries extends AbstractList<String> implements RandomAccess {
        private final byte[] bytes;

        /** Where the line of each entry begins. */
        private final int[] starts;

        private final int size;

        FileEntries(byte[] bytes) {
            this.bytes = bytes;
            int[] lines = new int[newlines(bytes.length) + 1];
            int entries = 0;
            for (int start = 0; start <= bytes.length; start = end(start) + 1) {
                if (!text(start).isEmpty()) {
                    lines[entries] = start;
                    entries++;
                }
            }
            this.starts = lines;
            this.size = entries;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public String get(int index) {
            String entry = text(starts[Objects.checkIndex(index, size)]);
            return hasSpace(entry) ? SPACES.matcher(entry).replaceAll(" ") : entry;
        }

        /** Returns the line of an entry, counted from 1. */
        int line(int entry) {
            return newlines(starts[Objects.checkIndex(entry, size)]) + 1;
        }

        private int newlines(int before) {
            int found = 0;
            for (int i = 0; i < before; i++) {
                found += bytes[i] == '\n' ? 1 : 0;
            }
            return found;
        }

        private int end(int start) {
            int end = start;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            return end;
        }

        private String text(int start) {
            String line = new String(bytes, start, end(start) - start, StandardCharsets.UTF_8);
            int comment = line.indexOf('#');
            return (comment < 0 ? line : line.substring(0, comment)).strip();
        }
    }

    /** Returns whether there is a space in a text, without a regular expression for each line. */
    private static boolean hasSpace(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ') {
                return true;
            }
        }
        return false;
    }

    private static List<String> joined(List<String> words) {
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            boolean type = words.get(i).equals("char") || words.get(i).equals("block");
            entries.add(type && i + 1 < words.size() ? words.get(i) + " " + words.get(++i) : words.get(i));
        }
        return entries;
    }
}
