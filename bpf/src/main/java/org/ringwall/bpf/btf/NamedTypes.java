// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import static org.ringwall.bpf.btf.BtfReader.require;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Set;
import org.ringwall.bpf.elf.StringTable;

/**
 * A reader of a few types of a large table. A kernel's table has some 150,000 types: their starts
 * are found by their first three words, and only the requested ones are decoded.
 */
final class NamedTypes {
    private static final BtfType UNREAD = new BtfType.Forward(BtfType.Aggregate.STRUCT, "");
    private static final boolean[] NAMED = new boolean[32];

    static {
        for (Kind kind : new Kind[] {Kind.STRUCT, Kind.UNION, Kind.FUNC}) {
            NAMED[kind.ordinal()] = true;
        }
    }

    /** A type begins with its name, followed by its kind. */
    private static final int TYPE_WORDS = Layout.TYPE_BYTES / Integer.BYTES;

    private static final int INFO = 1;

    private final int[] words;
    private final StringTable strings;
    private final TypeDecoder decoder;

    /** The word at which each type begins. */
    private final int[] starts;

    private final BtfType[] types;
    private final BitSet read = new BitSet();

    /** The types of members without a name whose own members have been followed. */
    private final BitSet entered = new BitSet();

    NamedTypes(Parts parts) throws BtfFormatException {
        ByteBuffer bytes = parts.types();
        // INVARIANT: the types are a multiple of 4 bytes (Parts).
        this.words = new int[bytes.limit() / Integer.BYTES];
        bytes.asIntBuffer().get(words);
        this.strings = parts.strings();
        this.decoder = new TypeDecoder(bytes.duplicate().order(bytes.order()), strings);
        this.starts = starts(words);
        this.types = new BtfType[starts.length];
        Arrays.fill(types, UNREAD);
    }

    private static int[] starts(int[] words) throws BtfFormatException {
        int[] starts = new int[words.length / TYPE_WORDS];
        int count = 0;
        for (int at = 0; at < words.length; count++) {
            require(count < Checks.MAX_TYPE, "btf has more than " + Checks.MAX_TYPE + " types");
            requireOf(words.length - at >= TYPE_WORDS, count + 1, "cut off");
            int info = words[at + INFO];
            Kind kind = Kind.of(info);
            requireOf(kind != Kind.UNKN, count + 1, "its kind is not known");
            starts[count] = at;
            at += TYPE_WORDS + kind.trailing(info) / Integer.BYTES;
            requireOf(at <= words.length, count + 1, "cut off");
        }
        return Arrays.copyOf(starts, count);
    }

    /** Throws with a message that is built only if needed. */
    private static void requireOf(boolean holds, int type, String otherwise) throws BtfFormatException {
        if (!holds) {
            throw new BtfFormatException("btf type " + type + ": " + otherwise);
        }
    }

    Btf read(Set<String> names) throws BtfFormatException {
        Wanted wanted = new Wanted(names);
        try {
            for (int id = 1; id <= starts.length; id++) {
                if (isNamed(starts[id - 1], wanted) && decoded(id) instanceof BtfType.Composite composite) {
                    followMembers(composite);
                }
            }
            return new Btf(Arrays.asList(types));
        } catch (IllegalArgumentException e) {
            // Thrown by the checks of the types or the table, since the decoder passes on values
            // unchecked.
            throw new BtfFormatException("btf: " + e.getMessage());
        }
    }

    private boolean isNamed(int start, Wanted wanted) {
        return NAMED[words[start + INFO] >>> Layout.KIND_SHIFT & 0x1f]
                && wanted.has(strings, Integer.toUnsignedLong(words[start]));
    }

    /** Names to search. A check of their first bytes excludes nearly all others. */
    private static final class Wanted {
        private final boolean[] beginnings = new boolean[1 << 16];
        private final byte[][] names;

        Wanted(Set<String> names) {
            this.names = new byte[names.size()][];
            int count = 0;
            for (String name : names) {
                byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
                this.names[count++] = bytes;
                beginnings[StringTable.beginning(bytes)] = true;
            }
        }

        boolean has(StringTable strings, long offset) {
            if (!beginnings[strings.beginning(offset)]) {
                return false;
            }
            for (byte[] name : names) {
                if (strings.holds(offset, name)) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Reads the types of a struct's fields. Those of a member without a name, such as an anonymous
     * union, are the struct's own.
     */
    private void followMembers(BtfType.Composite composite) throws BtfFormatException {
        for (BtfType.Member member : composite.members()) {
            int type = member.type();
            follow(type);
            if (member.name().isEmpty()
                    && type > 0
                    && type <= types.length
                    && types[type - 1] instanceof BtfType.Composite inner
                    && !entered.get(type)) {
                entered.set(type);
                followMembers(inner);
            }
        }
    }

    /**
     * Reads the types to which a typedef, a qualifier, a tag or an array refers, up to one that was
     * read before.
     */
    private void follow(int first) throws BtfFormatException {
        for (int id = first; id > 0 && id <= types.length && !read.get(id); ) {
            BtfType type = decoded(id);
            if (type instanceof BtfType.Typedef typedef) {
                id = typedef.type();
            } else if (type instanceof BtfType.TypeTag tag) {
                id = tag.type();
            } else if (type instanceof BtfType.Reference reference && reference.ref() != BtfType.Ref.PTR) {
                id = reference.type();
            } else if (type instanceof BtfType.Array array) {
                id = array.element();
            } else {
                return;
            }
        }
    }

    private BtfType decoded(int id) throws BtfFormatException {
        if (!read.get(id)) {
            read.set(id);
            types[id - 1] = decoder.at(starts[id - 1] * Integer.BYTES, id);
        }
        return types[id - 1];
    }
}
