// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The smallest relocatable ELF object that other tools accept: one code section, one function, and
 * a license.
 */
public final class TinyObject {
    private static final int HEADER = 64;
    private static final int SECTION = 64;
    private static final int SYMBOL = 24;
    private static final int EM_BPF = 247;

    private TinyObject() {}

    private record Section(String name, int type, int flags, int link, int info, int entry, byte[] data) {}

    /** Returns the bytes of the file; the license is GPL. */
    public static byte[] of(String section, List<Insn> insns, ByteOrder order) {
        byte[] code = InsnCodec.encode(insns, order);
        byte[] strings = ascii("\0main\0");
        ByteBuffer symbols = ByteBuffer.allocate(2 * SYMBOL).order(order);
        symbols.position(SYMBOL);
        // Name at 1, STB_GLOBAL and STT_FUNC, section 1, offset 0, the whole section.
        symbols.putInt(1)
                .put((byte) 0x12)
                .put((byte) 0)
                .putShort((short) 1)
                .putLong(0)
                .putLong(code.length);
        String[] names = {"", section, "license", ".symtab", ".strtab", ".shstrtab"};
        byte[] nameBytes = ascii(String.join("\0", names) + "\0");
        return write(
                order,
                nameBytes,
                List.of(
                        new Section("", 0, 0, 0, 0, 0, new byte[0]),
                        new Section(section, 1, 6, 0, 0, 0, code),
                        new Section("license", 1, 3, 0, 0, 0, ascii("GPL\0")),
                        new Section(".symtab", 2, 0, 4, 1, SYMBOL, symbols.array()),
                        new Section(".strtab", 3, 0, 0, 0, 0, strings),
                        new Section(".shstrtab", 3, 0, 0, 0, 0, nameBytes)));
    }

    private static byte[] write(ByteOrder order, byte[] names, List<Section> sections) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        ByteBuffer table = ByteBuffer.allocate(sections.size() * SECTION).order(order);
        String nameText = new String(names, StandardCharsets.US_ASCII);
        for (Section section : sections) {
            table.putInt(section.name().isEmpty() ? 0 : nameText.indexOf("\0" + section.name() + "\0") + 1)
                    .putInt(section.type())
                    .putLong(section.flags())
                    .putLong(0)
                    .putLong(section.type() == 0 ? 0 : HEADER + body.size())
                    .putLong(section.data().length)
                    .putInt(section.link())
                    .putInt(section.info())
                    .putLong(section.type() == 0 ? 0 : 8)
                    .putLong(section.entry());
            body.writeBytes(section.data());
            body.writeBytes(new byte[-body.size() & 7]);
        }
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(order);
        header.put(new byte[] {0x7f, 'E', 'L', 'F', 2, (byte) (order == ByteOrder.LITTLE_ENDIAN ? 1 : 2), 1});
        header.position(16);
        header.putShort((short) 1).putShort((short) EM_BPF).putInt(1).putLong(0).putLong(0);
        header.putLong(HEADER + body.size()).putInt(0).putShort((short) HEADER);
        header.putShort((short) 0).putShort((short) 0).putShort((short) SECTION);
        header.putShort((short) sections.size()).putShort((short) (sections.size() - 1));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(header.array());
        file.writeBytes(body.toByteArray());
        file.writeBytes(table.array());
        return file.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
