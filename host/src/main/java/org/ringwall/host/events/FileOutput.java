// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.events;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.IoReason;

/**
 * A file of lines in UTF-8 that only its owner can read. A full file gets the suffix {@code .1},
 * and earlier ones the next number.
 */
public final class FileOutput implements EventOutput {
    private static final Set<OpenOption> OPTIONS = Set.of(
            StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private final Path path;
    private final long most;
    private final int keep;
    private final StringBuilder lines = new StringBuilder();
    private FileChannel file;
    private long size;

    /**
     * Opens or creates the file.
     *
     * @param most the size in bytes above which a file is closed and renamed
     * @param keep how many renamed files there are at most
     */
    public FileOutput(Path path, long most, int keep) {
        this.path = path;
        this.most = most;
        this.keep = keep;
        try {
            this.file = open();
        } catch (IOException e) {
            throw failed("opened", e);
        }
    }

    private FileChannel open() throws IOException {
        FileChannel opened = FileChannel.open(
                path, OPTIONS, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            size = opened.size();
            ByteBuffer last = ByteBuffer.allocate(1);
            boolean whole = size == 0 || opened.read(last, size - 1) == 1 && last.get(0) == '\n';
            opened.position(size);
            if (!whole) {
                // A writer that was killed left part of a line.
                opened.write(ByteBuffer.wrap(new byte[] {'\n'}));
                size++;
            }
            return opened;
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    private HostException failed(String what, IOException e) {
        return new HostException(
                "`" + Printable.line(path.toString()) + "` could not be " + what + ": "
                        + Printable.line(IoReason.of(e)),
                "make room or choose another file; the records that were not written are still in the ring");
    }

    @Override
    public void add(CharSequence line, Kind kind) {
        lines.append(line).append('\n');
    }

    @Override
    public boolean flush() {
        if (lines.length() == 0) {
            return true;
        }
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(lines.toString());
        try {
            if (size > 0 && size + bytes.remaining() > most) {
                rotate();
            }
            long before = size;
            try {
                while (bytes.hasRemaining()) {
                    size += file.write(bytes);
                }
            } catch (IOException e) {
                // The records are read again, so no part of them may stay.
                file.truncate(before);
                throw e;
            }
        } catch (IOException e) {
            throw failed("written", e);
        }
        lines.setLength(0);
        return true;
    }

    private void rotate() throws IOException {
        file.close();
        for (int number = keep; number > 1; number--) {
            Path older = numbered(number - 1);
            if (Files.exists(older, LinkOption.NOFOLLOW_LINKS)) {
                Files.move(older, numbered(number), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.move(path, numbered(1), StandardCopyOption.REPLACE_EXISTING);
        file = open();
    }

    private Path numbered(int number) {
        return path.resolveSibling(path.getFileName() + "." + number);
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw failed("closed", e);
        }
    }
}
