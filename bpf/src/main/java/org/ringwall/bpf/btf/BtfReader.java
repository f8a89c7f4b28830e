package org.ringwall.bpf.btf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.elf.StringTable;

/**
 * Reads a `.BTF` section in either byte order, which its magic number tells. Whatever the bytes, it returns or throws
 * {@link BtfFormatException}.
 */
public final class BtfReader {
    private final Btf btf;
    private final StringTable strings;

    private BtfReader(Btf btf, StringTable strings) {
        this.btf = btf;
        this.strings = strings;
    }

    /** Reads types, and keeps the strings for what refers to them from outside. */
    public static BtfReader open(ByteBuffer section) throws BtfFormatException {
        ByteBuffer bytes = section.slice();
        require(bytes.limit() >= Layout.HEADER_BYTES, "btf of " + bytes.limit() + " bytes has no header");
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        if (Short.toUnsignedInt(bytes.getShort(0)) != Layout.MAGIC) {
            bytes.order(ByteOrder.BIG_ENDIAN);
        }
        require(Short.toUnsignedInt(bytes.getShort(0)) == Layout.MAGIC, "btf does not begin with its magic number");
        require(bytes.get(2) == Layout.VERSION, "btf has version " + bytes.get(2));
        require(bytes.get(3) == 0, "btf has unknown flags");
        long header = Integer.toUnsignedLong(bytes.getInt(4));
        require(header >= Layout.HEADER_BYTES && header <= bytes.limit(), "btf header is " + header + " bytes");
        ByteBuffer body =
                bytes.slice((int) header, bytes.limit() - (int) header).order(bytes.order());
        ByteBuffer types = part(body, bytes.getInt(8), bytes.getInt(12), "types");
        StringTable strings = new StringTable(part(body, bytes.getInt(16), bytes.getInt(20), "strings"));
        require(types.limit() % 4 == 0, "btf types are not a multiple of 4 bytes");
        List<BtfType> list = new ArrayList<>(Math.min(types.limit() / Layout.TYPE_BYTES, Checks.MAX_TYPE));
        TypeDecoder decoder = new TypeDecoder(types, strings);
        try {
            while (types.hasRemaining()) {
                require(list.size() < Checks.MAX_TYPE, "btf has more than " + Checks.MAX_TYPE + " types");
                list.add(decoder.next());
            }
            return new BtfReader(new Btf(list), strings);
        } catch (IllegalArgumentException e) {
            // A type's own check of its fields: the decoder hands over what the bytes say.
            throw new BtfFormatException("btf type " + (list.size() + 1) + ": " + e.getMessage());
        }
    }

    /** Reads types. */
    public static Btf read(byte[] section) throws BtfFormatException {
        return open(ByteBuffer.wrap(section)).btf();
    }

    private static ByteBuffer part(ByteBuffer body, int offset, int size, String what) throws BtfFormatException {
        boolean inside = offset >= 0 && size >= 0 && offset <= body.limit() && size <= body.limit() - offset;
        require(inside, "btf " + what + " lie outside the section");
        return body.slice(offset, size).order(body.order());
    }

    /** The types. */
    public Btf btf() {
        return btf;
    }

    /** The string at this offset of the string part. */
    public String string(long offset) throws BtfFormatException {
        return strings.at(offset).orElseThrow(() -> new BtfFormatException("btf has no string at " + offset));
    }

    private static void require(boolean holds, String message) throws BtfFormatException {
        if (!holds) {
            throw new BtfFormatException(message);
        }
    }
}
