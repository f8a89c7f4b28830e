// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.ringwall.bpf.btf.BtfFormatException;
import org.ringwall.bpf.btf.BtfReader;
import org.ringwall.bpf.insn.InsnCodec;

/** A reader of `.BTF.ext`, by section name and slot. */
final class ExtInfoReader {
    private static final String NAME = "`.BTF.ext`";

    private static final Pattern MEMBER = Pattern.compile("0:[0-9]{1,5}");

    private final BtfReader btf;
    private final Map<String, TreeMap<Integer, Integer>> functions = new HashMap<>();
    private final Map<String, TreeMap<Integer, LineInfo>> lines = new HashMap<>();
    private final Map<String, TreeMap<Integer, CoreRelocation>> core = new HashMap<>();

    /** Creates a reader of an object without this section. */
    ExtInfoReader(BtfReader btf) {
        this.btf = btf;
    }

    /** Reads the section's content. */
    void read(ByteBuffer section) throws ObjectFormatException, BtfFormatException {
        ByteOrder order = section.order();
        require(section.remaining() >= ExtInfo.SHORT_HEADER_BYTES, "is cut off");
        require(Short.toUnsignedInt(section.getShort(0)) == ExtInfo.MAGIC, "does not begin with its magic number");
        require(section.get(2) == 1, "has version " + section.get(2));
        long header = Integer.toUnsignedLong(section.getInt(4));
        require(
                header >= ExtInfo.SHORT_HEADER_BYTES && header <= section.limit(),
                "has a header of " + header + " bytes");
        ByteBuffer body =
                section.slice((int) header, section.limit() - (int) header).order(order);
        functions(part(body, section.getInt(8), section.getInt(12)));
        lines(part(body, section.getInt(16), section.getInt(20)));
        if (header >= ExtInfo.HEADER_BYTES) {
            coreRelocations(part(body, section.getInt(24), section.getInt(28)));
        }
    }

    private static ByteBuffer part(ByteBuffer body, int offset, int size) throws ObjectFormatException {
        boolean inside = offset >= 0 && size >= 0 && offset <= body.limit() && size <= body.limit() - offset;
        require(inside, "has a part outside of it");
        return body.slice(offset, size).order(body.order());
    }

    private void functions(ByteBuffer part) throws ObjectFormatException, BtfFormatException {
        int record = recordBytes(part, ExtInfo.FUNC_BYTES);
        while (part.hasRemaining()) {
            String name = sectionName(part);
            TreeMap<Integer, Integer> section = functions.computeIfAbsent(name, any -> new TreeMap<>());
            for (int left = count(part, record); left > 0; left--) {
                ByteBuffer entry = next(part, record);
                int slot = slot(entry.getInt());
                require(section.put(slot, entry.getInt()) == null, "has two functions at slot " + slot);
            }
        }
    }

    private void lines(ByteBuffer part) throws ObjectFormatException, BtfFormatException {
        int record = recordBytes(part, ExtInfo.LINE_BYTES);
        while (part.hasRemaining()) {
            String name = sectionName(part);
            TreeMap<Integer, LineInfo> section = lines.computeIfAbsent(name, any -> new TreeMap<>());
            for (int left = count(part, record); left > 0; left--) {
                ByteBuffer entry = next(part, record);
                int slot = slot(entry.getInt());
                String file = btf.string(Integer.toUnsignedLong(entry.getInt()));
                String text = btf.string(Integer.toUnsignedLong(entry.getInt()));
                int place = entry.getInt();
                int line = place >>> ExtInfo.COLUMN_BITS;
                LineInfo info = new LineInfo(slot, file, line, place & LineInfo.MAX_COLUMN, text);
                require(section.put(slot, info) == null, "has two lines at slot " + slot);
            }
        }
    }

    private void coreRelocations(ByteBuffer part) throws ObjectFormatException, BtfFormatException {
        int record = recordBytes(part, ExtInfo.CORE_BYTES);
        while (part.hasRemaining()) {
            String name = sectionName(part);
            TreeMap<Integer, CoreRelocation> section = core.computeIfAbsent(name, any -> new TreeMap<>());
            for (int left = count(part, record); left > 0; left--) {
                ByteBuffer entry = next(part, record);
                int slot = slot(entry.getInt());
                int type = entry.getInt();
                int member = member(btf.string(Integer.toUnsignedLong(entry.getInt())));
                int kind = entry.getInt();
                require(
                        kind == CoreRelocation.FIELD_BYTE_OFFSET,
                        "has a CO-RE relocation of kind " + Integer.toUnsignedString(kind)
                                + ", and only offsets of fields are supported");
                CoreRelocation relocation = new CoreRelocation(slot, type, member);
                require(section.put(slot, relocation) == null, "has two co-re relocations at slot " + slot);
            }
        }
    }

    /**
     * Returns the member of an access string: `0:3` is member 3 of the struct behind a pointer.
     * Longer strings, for arrays and nested structs, are rejected.
     */
    private static int member(String access) throws ObjectFormatException {
        require(
                MEMBER.matcher(access).matches(),
                "has the CO-RE relocation `" + access + "`, and only direct members of a struct are supported");
        return Integer.parseInt(access.substring(2));
    }

    /** Reads the size of the following records; fields after the known ones are skipped. */
    private static int recordBytes(ByteBuffer part, int least) throws ObjectFormatException {
        if (!part.hasRemaining()) {
            return least;
        }
        require(part.remaining() >= 4, "is cut off");
        int bytes = part.getInt();
        require(bytes >= least && bytes % 4 == 0 && bytes <= 1 << 16, "has records of " + bytes + " bytes");
        return bytes;
    }

    private String sectionName(ByteBuffer part) throws ObjectFormatException, BtfFormatException {
        require(part.remaining() >= 8, "is cut off");
        return btf.string(Integer.toUnsignedLong(part.getInt()));
    }

    private static int count(ByteBuffer part, int record) throws ObjectFormatException {
        long count = Integer.toUnsignedLong(part.getInt());
        require(count * record <= part.remaining(), "has more records than bytes");
        return (int) count;
    }

    private static ByteBuffer next(ByteBuffer part, int record) {
        ByteBuffer entry = part.slice(part.position(), record).order(part.order());
        part.position(part.position() + record);
        return entry;
    }

    private static int slot(int bytes) throws ObjectFormatException {
        require(bytes >= 0 && bytes % InsnCodec.SLOT_BYTES == 0, "names byte " + bytes + ", where no slot is");
        return bytes / InsnCodec.SLOT_BYTES;
    }

    /** Returns the BTF type of the function that starts there, 0 if unknown. */
    int functionType(String section, int slot) {
        return functions.getOrDefault(section, new TreeMap<>()).getOrDefault(slot, 0);
    }

    /** Returns the lines of the slots from {@code start} up to {@code end}. */
    SortedMap<Integer, LineInfo> lines(String section, int start, int end) {
        return lines.getOrDefault(section, new TreeMap<>()).subMap(start, end);
    }

    /** Returns the CO-RE relocations of the slots from {@code start} up to {@code end}. */
    SortedMap<Integer, CoreRelocation> coreRelocations(String section, int start, int end) {
        return core.getOrDefault(section, new TreeMap<>()).subMap(start, end);
    }

    private static void require(boolean holds, String message) throws ObjectFormatException {
        if (!holds) {
            throw new ObjectFormatException(NAME + " " + message);
        }
    }
}
