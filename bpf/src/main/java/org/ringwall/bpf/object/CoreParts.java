// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.ringwall.bpf.btf.BtfFormatException;
import org.ringwall.bpf.btf.BtfReader;
import org.ringwall.bpf.elf.ElfFile;
import org.ringwall.bpf.elf.ElfSection;

/**
 * A search for CO-RE relocations that are not of a field of a context, which {@link CoreRelocation}
 * describes. Malformed ones are left to {@link ExtInfoReader}.
 */
final class CoreParts {
    /** The offset of the CO-RE part in the header of `.BTF.ext`; its length follows. */
    private static final int CORE_OFFSET = 24;

    /** The first kind that does not concern a field (libbpf: enum bpf_core_relo_kind). */
    private static final int TYPE_ID_LOCAL = 6;

    private static final int ENUM_VALUE = 10;

    /** The access to a direct member of a struct. */
    private static final Pattern MEMBER = Pattern.compile("0:[0-9]{1,5}");

    private final ElfFile elf;
    private final ElfIndex index;
    private final BtfReader btf;
    private final Predicate<String> contexts;

    CoreParts(ElfFile elf, ElfIndex index, BtfReader btf, Predicate<String> contexts) {
        this.contexts = contexts;
        this.elf = elf;
        this.index = index;
        this.btf = btf;
    }

    /** Returns the first relocation. */
    Optional<Unsupported> first() {
        Optional<ElfSection> section = elf.section(".BTF.ext");
        if (section.isEmpty()) {
            return Optional.empty();
        }
        try {
            return first(section.get().content(elf.order()));
        } catch (IndexOutOfBoundsException | IllegalArgumentException | BtfFormatException e) {
            return Optional.empty();
        }
    }

    private Optional<Unsupported> first(ByteBuffer bytes) throws BtfFormatException {
        int header = bytes.getInt(4);
        int length = header < ExtInfo.HEADER_BYTES ? 0 : bytes.getInt(CORE_OFFSET + 4);
        if (length <= 4) {
            return Optional.empty();
        }
        int at = Math.addExact(header, bytes.getInt(CORE_OFFSET));
        int end = Math.addExact(at, length);
        int record = bytes.getInt(at);
        if (record < ExtInfo.CORE_BYTES) {
            return Optional.empty();
        }
        at += 4;
        while (at < end) {
            // A section's name, the number of its records, the records.
            String section = string(bytes, at);
            int left = bytes.getInt(at + 4);
            at += 8;
            for (; left > 0; left--, at = Math.addExact(at, record)) {
                Optional<Unsupported> found = record(bytes, at, section);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Unsupported> record(ByteBuffer bytes, int at, String name) throws BtfFormatException {
        long offset = Integer.toUnsignedLong(bytes.getInt(at));
        int type = bytes.getInt(at + 4);
        String access = string(bytes, at + 8);
        int kind = bytes.getInt(at + 12);
        boolean context = kind == CoreRelocation.FIELD_BYTE_OFFSET
                && MEMBER.matcher(access).matches()
                && contexts.test(nameOf(type));
        if (context) {
            return Optional.empty();
        }
        String where = elf.section(name)
                .map(section -> Where.of(index, section, offset))
                .orElse("byte " + offset + " of section `" + name + "`");
        return Optional.of(new Unsupported(
                "it has a CO-RE relocation of " + part(type, access, kind) + " at " + where,
                "read the context and packets by the structs of <linux/bpf.h>: vmlinux.h marks all its structs for"
                        + " CO-RE"));
    }

    private String nameOf(int type) {
        return btf.btf().contains(type) ? btf.btf().type(type).name() : "";
    }

    private String part(int type, String access, int kind) {
        String name = nameOf(type);
        String shown = name.isEmpty() ? "type " + type : "`" + name + "`";
        if (kind < TYPE_ID_LOCAL) {
            return "field " + access + " of " + shown;
        }
        return (kind < ENUM_VALUE ? "the type " : "a value of ") + shown;
    }

    private String string(ByteBuffer bytes, int at) throws BtfFormatException {
        return btf.string(Integer.toUnsignedLong(bytes.getInt(at)));
    }
}
