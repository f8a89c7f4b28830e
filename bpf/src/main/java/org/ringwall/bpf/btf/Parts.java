// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import static org.ringwall.bpf.btf.BtfReader.require;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ringwall.bpf.elf.StringTable;

/**
 * The parts of a `.BTF` section by its header: the types, in the section's byte order, and the
 * strings.
 */
record Parts(ByteBuffer types, StringTable strings) {
    static Parts of(ByteBuffer section) throws BtfFormatException {
        ByteBuffer bytes = section.slice();
        require(bytes.limit() >= Layout.HEADER_BYTES, "btf of %d bytes has no header", bytes.limit());
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        if (Short.toUnsignedInt(bytes.getShort(0)) != Layout.MAGIC) {
            bytes.order(ByteOrder.BIG_ENDIAN);
        }
        require(Short.toUnsignedInt(bytes.getShort(0)) == Layout.MAGIC, "btf does not begin with its magic number");
        require(bytes.get(2) == Layout.VERSION, "btf has version %d", bytes.get(2));
        require(bytes.get(3) == 0, "btf has unknown flags");
        long header = Integer.toUnsignedLong(bytes.getInt(4));
        require(header >= Layout.HEADER_BYTES && header <= bytes.limit(), "btf header is %d bytes", header);
        ByteBuffer body =
                bytes.slice((int) header, bytes.limit() - (int) header).order(bytes.order());
        ByteBuffer types = part(body, bytes.getInt(8), bytes.getInt(12), "types");
        StringTable strings = new StringTable(part(body, bytes.getInt(16), bytes.getInt(20), "strings"));
        require(types.limit() % 4 == 0, "btf types are not a multiple of 4 bytes");
        return new Parts(types, strings);
    }

    private static ByteBuffer part(ByteBuffer body, int offset, int size, String what) throws BtfFormatException {
        boolean inside = offset >= 0 && size >= 0 && offset <= body.limit() && size <= body.limit() - offset;
        require(inside, "btf %s lie outside the section", what);
        return body.slice(offset, size).order(body.order());
    }
}
