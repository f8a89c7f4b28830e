// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * A reader and compressor of bundle files, which contain the archive as it is or as one gzip member
 * (RFC 1952). A file is read once, into one buffer of its size, or of the size in the gzip trailer.
 */
public final class BundleFile {
    private static final int CHUNK = 1 << 16;
    private static final int HEADER = 10;
    private static final int TRAILER = 8;
    private static final byte[] GZIP = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 2, (byte) 0xff};

    private BundleFile() {}

    /**
     * Reads a file, and decompresses it if it is a gzip file.
     *
     * @return the archive in a read-only buffer of at most {@link Archive#MAX_BYTES} bytes
     * @throws IOException if the file cannot be read
     * @throws BundleException if the gzip member is invalid or the archive is too large
     */
    public static ByteBuffer read(Path file) throws IOException, BundleException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size > Archive.MAX_BYTES) {
                throw Archive.tooLarge();
            }
            ByteBuffer first = ByteBuffer.allocate(HEADER);
            fill(channel, first, 0);
            boolean gzip = first.position() >= 2 && isGzip(first.array());
            byte[] content = gzip ? inflated(channel, size, first.array()) : stored(channel, (int) size);
            return ByteBuffer.wrap(content).asReadOnlyBuffer();
        }
    }

    /**
     * Decompresses the content of a file that is already in memory, if it is a gzip file.
     *
     * @param file the content, which the caller must not change afterwards
     * @return the archive in a read-only buffer of at most {@link Archive#MAX_BYTES} bytes
     * @throws BundleException if the gzip member is invalid or the archive is too large
     */
    public static ByteBuffer of(byte[] file) throws BundleException {
        if (file.length > Archive.MAX_BYTES) {
            throw Archive.tooLarge();
        }
        if (!isGzip(file)) {
            return ByteBuffer.wrap(file).asReadOnlyBuffer();
        }
        byte[] header = Arrays.copyOf(file, HEADER);
        checkHeader(file.length, header);
        ByteBuffer trailer = ByteBuffer.wrap(Arrays.copyOfRange(file, file.length - TRAILER, file.length));
        try (InputStream in = new ByteArrayInputStream(file, HEADER, file.length - HEADER)) {
            return ByteBuffer.wrap(inflated(in, file.length, trailer)).asReadOnlyBuffer();
        } catch (IOException e) {
            throw new IllegalStateException("an array can always be read", e);
        }
    }

    /** Returns whether a file begins with the magic bytes of gzip, 1f 8b. */
    public static boolean isGzip(byte[] file) {
        return file.length >= 2 && file[0] == GZIP[0] && file[1] == GZIP[1];
    }

    private static void fill(FileChannel channel, ByteBuffer buffer, long at) throws IOException {
        long next = at;
        while (buffer.hasRemaining()) {
            int read = channel.read(buffer, next);
            if (read < 0) {
                return;
            }
            next += read;
        }
    }

    private static byte[] stored(FileChannel channel, int size) throws IOException, BundleException {
        ByteBuffer content = ByteBuffer.allocate(size);
        fill(channel, content, 0);
        if (content.hasRemaining()) {
            throw new BundleException("it became shorter while it was read");
        }
        return content.array();
    }

    private static byte[] inflated(FileChannel channel, long size, byte[] header) throws IOException, BundleException {
        checkHeader(size, header);
        ByteBuffer trailer = ByteBuffer.allocate(TRAILER);
        fill(channel, trailer, size - TRAILER);
        channel.position(HEADER);
        return inflated(Channels.newInputStream(channel), size, trailer);
    }

    private static void checkHeader(long size, byte[] header) throws BundleException {
        if (size < HEADER + TRAILER) {
            throw gzip("it is truncated");
        }
        if (header[2] != GZIP[2] || header[3] != GZIP[3]) {
            throw new BundleException(
                    "its gzip header has a name or a comment, or names a method other than deflate",
                    "compress it with gzip -n");
        }
    }

    /**
     * Inflates a gzip member to the length in its trailer, and compares the CRC-32.
     *
     * @param in the file after its header
     * @param size the size of the file in bytes
     */
    private static byte[] inflated(InputStream in, long size, ByteBuffer trailer) throws IOException, BundleException {
        trailer.order(ByteOrder.LITTLE_ENDIAN);
        long length = Integer.toUnsignedLong(trailer.getInt(4));
        if (length > Archive.MAX_BYTES) {
            throw Archive.tooLarge();
        }
        byte[] content = new byte[(int) length];
        inflate(in, size - HEADER - TRAILER, content);
        CRC32 crc = new CRC32();
        crc.update(content);
        if ((int) crc.getValue() != trailer.getInt(0)) {
            throw gzip("its checksum is wrong");
        }
        return content;
    }

    /**
     * Inflates exactly the given number of bytes to exactly the size of an array.
     *
     * @param left the number of compressed bytes
     */
    private static void inflate(InputStream in, long left, byte[] content) throws IOException, BundleException {
        Inflater inflater = new Inflater(true);
        try {
            int filled = 0;
            long rest = left;
            while (!inflater.finished()) {
                if (inflater.needsInput()) {
                    byte[] chunk = in.readNBytes((int) Math.min(CHUNK, rest));
                    if (chunk.length == 0) {
                        throw gzip("it is truncated");
                    }
                    rest -= chunk.length;
                    inflater.setInput(chunk);
                }
                // One byte more than there is room for shows that the declared size is wrong.
                byte[] beyond = new byte[1];
                boolean full = filled == content.length;
                int made = full ? inflater.inflate(beyond) : inflater.inflate(content, filled, content.length - filled);
                if (full && made > 0) {
                    throw gzip("it has more than the " + content.length + " bytes that it declares");
                }
                filled += made;
                if (made == 0 && !inflater.needsInput() && !inflater.finished()) {
                    throw gzip("it needs a dictionary");
                }
            }
            if (filled < content.length) {
                throw gzip("it has fewer than the " + content.length + " bytes that it declares");
            }
            if (rest > 0 || inflater.getRemaining() > 0) {
                throw gzip("there is data after its end");
            }
        } catch (DataFormatException e) {
            throw gzip("it is damaged");
        } finally {
            inflater.end();
        }
    }

    private static BundleException gzip(String what) {
        return new BundleException("as a gzip file, " + what);
    }

    /**
     * Returns content as a gzip file without a name and a time. Its bytes depend on the zlib of the
     * Java that compresses; what they inflate to does not.
     */
    static byte[] compressed(byte[] content) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try {
            deflater.setInput(content);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(GZIP);
            byte[] chunk = new byte[CHUNK];
            while (!deflater.finished()) {
                out.write(chunk, 0, deflater.deflate(chunk));
            }
            CRC32 crc = new CRC32();
            crc.update(content);
            out.writeBytes(ByteBuffer.allocate(TRAILER)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt((int) crc.getValue())
                    .putInt(content.length)
                    .array());
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }
}
