// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.sys.Fd;

/** The variables of a `.rodata` section, in an object or loaded. */
public final class Variables {
    private static final int FIRST_KEY = Integer.BYTES;

    private Variables() {}

    /** Returns the strings of an object's section, by variable. */
    public static Map<String, String> of(DataSection rodata) {
        Map<String, String> found = new TreeMap<>();
        for (DataVariable variable : rodata.variables()) {
            if (isText(variable.name())) {
                Bytes bytes = rodata.content().slice(variable.offset(), variable.size());
                found.put(variable.name(), text(bytes.toArray()));
            }
        }
        return found;
    }

    /**
     * Returns the strings of a loaded `.rodata`, by variable, at the offsets in the map's types;
     * empty if it has none.
     */
    public static Map<String, String> of(Bpf bpf, Fd rodata) {
        Map<String, String> found = new TreeMap<>();
        bytes(bpf, rodata, Variables::isText).orElse(Map.of()).forEach((name, bytes) -> found.put(name, text(bytes)));
        return found;
    }

    /**
     * Returns the bytes of the selected variables of a loaded `.rodata`, by name; empty if the map
     * has no types of variables.
     */
    public static Optional<Map<String, byte[]>> bytes(Bpf bpf, Fd rodata, Predicate<String> wanted) {
        MapInfo info = bpf.mapInfo(rodata);
        Btf types = MapTypes.of(bpf, info.btf());
        if (!types.contains(info.valueType()) || !(types.type(info.valueType()) instanceof BtfType.DataSec section)) {
            return Optional.empty();
        }
        Map<String, byte[]> found = new TreeMap<>();
        byte[] content =
                bpf.mapLookup(rodata, new byte[FIRST_KEY], info.valueSize()).orElse(new byte[0]);
        for (BtfType.SecVar place : section.variables()) {
            String name =
                    types.contains(place.type()) ? types.type(place.type()).name() : "";
            if (wanted.test(name) && place.offset() + place.size() <= content.length) {
                int from = (int) place.offset();
                found.put(name, Arrays.copyOfRange(content, from, from + (int) place.size()));
            }
        }
        return Optional.of(found);
    }

    private static boolean isText(String name) {
        return name.startsWith(StateNames.metadata(""))
                || name.startsWith("ringwall_log_")
                || StateNames.indexOf(name).isPresent();
    }

    /** Returns the text up to the first NUL, decoded as UTF-8. */
    public static String text(byte[] bytes) {
        return Bytes.of(bytes).text();
    }
}
