package org.ringwall.loader.state;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.sys.Fd;

/** The strings of a `.rodata`, in an object or in force. */
public final class Variables {
    private static final int FIRST_KEY = Integer.BYTES;

    private Variables() {}

    /** The strings of an object, by their variables. */
    public static Map<String, String> of(DataSection rodata) {
        Map<String, String> found = new TreeMap<>();
        for (DataVariable variable : rodata.variables()) {
            if (isText(variable.name())) {
                Bytes bytes = rodata.content().slice(variable.offset(), variable.size());
                found.put(variable.name(), text(bytes.toArray(), 0, variable.size()));
            }
        }
        return found;
    }

    /** The strings of a loaded `.rodata`, as the map's types place them; none where it has no types. */
    public static Map<String, String> of(Bpf bpf, Fd rodata) {
        MapInfo info = bpf.mapInfo(rodata);
        Map<String, String> found = new TreeMap<>();
        if (info.btf() == 0) {
            return found;
        }
        byte[] content =
                bpf.mapLookup(rodata, new byte[FIRST_KEY], info.valueSize()).orElse(new byte[0]);
        Btf types = MapTypes.of(bpf, info.btf());
        if (types.contains(info.valueType()) && types.type(info.valueType()) instanceof BtfType.DataSec section) {
            for (BtfType.SecVar place : section.variables()) {
                String name =
                        types.contains(place.type()) ? types.type(place.type()).name() : "";
                if (isText(name) && place.offset() + place.size() <= content.length) {
                    found.put(name, text(content, (int) place.offset(), (int) place.size()));
                }
            }
        }
        return found;
    }

    private static boolean isText(String name) {
        return name.startsWith(StateNames.metadata("")) || name.startsWith("ringwall_log_");
    }

    private static String text(byte[] content, int offset, int size) {
        byte[] bytes = Arrays.copyOfRange(content, offset, offset + size);
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }
}
