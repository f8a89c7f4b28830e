package org.ringwall.bpf.btf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
        Parts parts = Parts.of(section);
        ByteBuffer types = parts.types();
        List<BtfType> list = new ArrayList<>(Math.min(types.limit() / Layout.TYPE_BYTES, Checks.MAX_TYPE));
        TypeDecoder decoder = new TypeDecoder(types, parts.strings());
        try {
            while (types.hasRemaining()) {
                require(list.size() < Checks.MAX_TYPE, "btf has more than " + Checks.MAX_TYPE + " types");
                list.add(decoder.next());
            }
            return new BtfReader(new Btf(list), parts.strings());
        } catch (IllegalArgumentException e) {
            // A type's own check of its fields: the decoder hands over what the bytes say.
            throw new BtfFormatException("btf type " + (list.size() + 1) + ": " + e.getMessage());
        }
    }

    /** Reads types. */
    public static Btf read(byte[] section) throws BtfFormatException {
        return open(ByteBuffer.wrap(section)).btf();
    }

    /**
     * Reads, of a large table such as the kernel's, the structs, unions and functions with these names, and of the structs'
     * members all that their sizes depend on. Ids are those of the whole table; what was not read is an
     * {@link BtfType.Forward} without a name.
     */
    public static Btf readNamed(byte[] section, Set<String> names) throws BtfFormatException {
        return new NamedTypes(Parts.of(ByteBuffer.wrap(section))).read(names);
    }

    /** The types. */
    public Btf btf() {
        return btf;
    }

    /** The string at this offset of the string part. */
    public String string(long offset) throws BtfFormatException {
        return strings.at(offset).orElseThrow(() -> new BtfFormatException("btf has no string at " + offset));
    }

    static void require(boolean holds, String message) throws BtfFormatException {
        if (!holds) {
            throw new BtfFormatException(message);
        }
    }

    /** The message is put together only where it is needed, since the first one of a process takes longer than all the reading. */
    static void require(boolean holds, String message, Object value) throws BtfFormatException {
        if (!holds) {
            throw new BtfFormatException(message.formatted(value));
        }
    }
}
