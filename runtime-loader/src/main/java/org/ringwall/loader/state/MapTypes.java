// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfFormatException;
import org.ringwall.bpf.btf.BtfReader;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.sys.Fd;

/** The types of loaded maps. */
public final class MapTypes {
    private MapTypes() {}

    /**
     * Returns the types with this id; empty if it is 0, as for maps without types, or if they
     * cannot be read.
     */
    public static Btf of(Bpf bpf, int btf) {
        if (btf == 0) {
            return Btf.EMPTY;
        }
        try (Fd open = bpf.openBtf(btf)) {
            return BtfReader.read(bpf.btfBytes(open));
        } catch (BtfFormatException e) {
            return Btf.EMPTY;
        }
    }

    /** Returns the offsets of the u64 members of a struct, by name and in their order. */
    public static Map<String, Integer> numbers(Btf types, int struct) {
        Map<String, Integer> found = new LinkedHashMap<>();
        if (types.contains(struct) && types.type(struct) instanceof BtfType.Composite composite) {
            for (BtfType.Member member : composite.members()) {
                long offset = member.bitOffset() / 8;
                if (types.sizeOf(member.type()).orElse(0L) == Long.BYTES && offset + Long.BYTES <= composite.size()) {
                    found.put(member.name(), (int) offset);
                }
            }
        }
        return found;
    }
}
