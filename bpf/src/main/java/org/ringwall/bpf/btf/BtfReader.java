// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.ringwall.bpf.elf.StringTable;

/**
 * A reader of a `.BTF` section in either byte order, determined by its magic number. For any bytes
 * it returns or throws {@link BtfFormatException}.
 */
public final class BtfReader {
    private final Btf btf;
    private final StringTable strings;

    private BtfReader(Btf btf, StringTable strings) {
        this.btf = btf;
        this.strings = strings;
    }

    /** Reads types, and keeps the strings for references from outside. */
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
            // Thrown by the checks of the types, since the decoder passes on values unchecked.
            throw new BtfFormatException("btf type " + (list.size() + 1) + ": " + e.getMessage());
        }
    }

    /** Reads types. */
    public static Btf read(byte[] section) throws BtfFormatException {
        return open(ByteBuffer.wrap(section)).btf();
    }

    /**
     * Reads from a large table, such as the kernel's, only the structs, unions and functions with
     * these names, and the types on which the sizes of their fields depend, those of members
     * without a name included. Ids are those of the
     * whole table; a type that was not read is a {@link BtfType.Forward} without a name.
     */
    public static Btf readNamed(byte[] section, Set<String> names) throws BtfFormatException {
        return new NamedTypes(Parts.of(ByteBuffer.wrap(section))).read(names);
    }

    /** Returns the types. */
    public Btf btf() {
        return btf;
    }

    /** Returns the string at this offset of the string part. */
    public String string(long offset) throws BtfFormatException {
        return strings.at(offset).orElseThrow(() -> new BtfFormatException("btf has no string at " + offset));
    }

    static void require(boolean holds, String message) throws BtfFormatException {
        if (!holds) {
            throw new BtfFormatException(message);
        }
    }

    /**
     * Throws with a formatted message. The message is formatted only if needed, because the first
     * formatting of a process is slow.
     */
    static void require(boolean holds, String message, Object value) throws BtfFormatException {
        if (!holds) {
            throw new BtfFormatException(message.formatted(value));
        }
    }
}
