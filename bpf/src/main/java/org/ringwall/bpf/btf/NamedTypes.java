package org.ringwall.bpf.btf;

import static org.ringwall.bpf.btf.BtfReader.require;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.Set;
import org.ringwall.bpf.elf.StringTable;

/**
 * Reads a few types of a large table. A kernel's has some 150,000; where each lies is found by their three words alone, and
 * only what is asked for is decoded.
 */
final class NamedTypes {
    private static final BtfType UNREAD = new BtfType.Forward(BtfType.Aggregate.STRUCT, "");
    private static final Set<Kind> NAMED = EnumSet.of(Kind.STRUCT, Kind.UNION, Kind.FUNC);

    private final ByteBuffer bytes;
    private final StringTable strings;
    private final TypeDecoder decoder;
    private final int[] offsets;
    private final BtfType[] types;
    private final BitSet read = new BitSet();

    NamedTypes(Parts parts) throws BtfFormatException {
        this.bytes = parts.types();
        this.strings = parts.strings();
        this.decoder = new TypeDecoder(bytes.duplicate().order(bytes.order()), strings);
        this.offsets = offsets(bytes);
        this.types = new BtfType[offsets.length];
        Arrays.fill(types, UNREAD);
    }

    private static int[] offsets(ByteBuffer bytes) throws BtfFormatException {
        int[] offsets = new int[bytes.limit() / Layout.TYPE_BYTES];
        int count = 0;
        for (int at = 0; at < bytes.limit(); count++) {
            require(count < Checks.MAX_TYPE, "btf has more than " + Checks.MAX_TYPE + " types");
            requireOf(bytes.limit() - at >= Layout.TYPE_BYTES, count + 1, "cut off");
            int info = bytes.getInt(at + 4);
            Kind kind = Kind.of(info);
            requireOf(kind != Kind.UNKN, count + 1, "its kind is not known");
            offsets[count] = at;
            at += Layout.TYPE_BYTES + kind.trailing(info);
            requireOf(at <= bytes.limit(), count + 1, "cut off");
        }
        return Arrays.copyOf(offsets, count);
    }

    /** Of a hundred thousand types that are as they should be, no message is put together. */
    private static void requireOf(boolean holds, int type, String otherwise) throws BtfFormatException {
        if (!holds) {
            throw new BtfFormatException("btf type " + type + ": " + otherwise);
        }
    }

    Btf read(Set<String> names) throws BtfFormatException {
        byte[][] wanted = names.stream()
                .map(name -> name.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        try {
            for (int id = 1; id <= offsets.length; id++) {
                if (isNamed(offsets[id - 1], wanted) && decoded(id) instanceof BtfType.Composite composite) {
                    for (BtfType.Member member : composite.members()) {
                        follow(member.type());
                    }
                }
            }
            return new Btf(Arrays.asList(types));
        } catch (IllegalArgumentException e) {
            // A type's own check of its fields, or the table's: the decoder hands over what the bytes say.
            throw new BtfFormatException("btf: " + e.getMessage());
        }
    }

    private boolean isNamed(int offset, byte[][] names) {
        if (!NAMED.contains(Kind.of(bytes.getInt(offset + 4)))) {
            return false;
        }
        long name = Integer.toUnsignedLong(bytes.getInt(offset));
        for (byte[] wanted : names) {
            if (strings.holds(name, wanted)) {
                return true;
            }
        }
        return false;
    }

    /** To what a typedef, a qualifier, a tag or an array is of: it ends where it comes to what was read before. */
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
            types[id - 1] = decoder.at(offsets[id - 1], id);
        }
        return types[id - 1];
    }
}
