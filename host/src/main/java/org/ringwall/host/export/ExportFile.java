// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.HostException;

/**
 * An output file, readable by its owner only. Each export appends its lines exactly once. The file
 * is opened for each export, so that lines after a rename are in a new file.
 */
public final class ExportFile implements ExportOutput {
    private static final Set<OpenOption> OPTIONS = Set.of(
            StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private final Path path;

    /** Names the file, which is created by the first export. */
    public ExportFile(Path path) {
        this.path = path.toAbsolutePath();
    }

    @Override
    public Optional<ExportState.Position> position() {
        try (FileChannel file = FileChannel.open(path, OPTIONS, StateFile.PRIVATE)) {
            return Optional.of(new ExportState.Position(inode(), file.size()));
        } catch (IOException e) {
            throw StateFile.failed(path, "opened", e);
        }
    }

    private long inode() throws IOException {
        return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS) instanceof Long number ? number : 0;
    }

    @Override
    public void write(ExportState.Pending pending) {
        try (FileChannel file = FileChannel.open(path, OPTIONS, StateFile.PRIVATE)) {
            long inode = inode();
            long begin = pending.file()
                    .filter(at -> at.inode() == inode)
                    .map(ExportState.Position::size)
                    .orElse(file.size());
            byte[] bytes = text(pending, begin).getBytes(StandardCharsets.UTF_8);
            requireOurs(file, begin, bytes);
            file.truncate(begin);
            file.position(begin);
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                file.write(left);
            }
            file.force(true);
        } catch (IOException e) {
            throw StateFile.failed(path, "written", e);
        }
    }

    private static String text(ExportState.Pending pending, long begin) {
        StringBuilder text = new StringBuilder(begin == 0 ? pending.format().header() : "");
        pending.lines()
                .forEach(line -> text.append(line).append(pending.format().end()));
        return text.toString();
    }

    /** Checks that the bytes to be overwritten are a prefix of the new bytes. */
    private void requireOurs(FileChannel file, long begin, byte[] bytes) throws IOException {
        long more = file.size() - begin;
        boolean ours = more >= 0 && more <= bytes.length;
        if (ours) {
            ByteBuffer found = ByteBuffer.allocate((int) more);
            while (found.hasRemaining() && file.read(found, begin + found.position()) > 0) {
                continue;
            }
            ours = found.flip().equals(ByteBuffer.wrap(bytes, 0, (int) more));
        }
        if (!ours) {
            throw new HostException(
                    "another process has changed `" + Printable.line(path.toString())
                            + "` while an export was interrupted",
                    "rename the file; the interrupted export is then written to a new one");
        }
    }
}
