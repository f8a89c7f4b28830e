package org.ringwall.compiler.emit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.compiler.ir.Symbols;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.table.DataTable;

/** The global variables of docs/abi.md section 1: their places, values and types. */
final class Globals {
    private static final String ABI_VERSION = "1";
    private static final int CONTROL_SIZE = 24;

    private final BtfBuilder types;
    private final ByteOrder order;
    private final List<DataVariable> variables = new ArrayList<>();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final Map<String, Place> places = new HashMap<>();
    private final List<DataSection> sections;

    /** Where a variable lies. */
    record Place(String section, int offset) {}

    Globals(Policy policy, String hash, Collection<DataTable> tables, String tool, ByteOrder order, BtfBuilder types) {
        this.types = types;
        this.order = order;
        this.sections = List.of(readOnly(policy, hash, tables, tool), control());
        sections.forEach(section -> section.variables()
                .forEach(variable -> places.put(variable.name(), new Place(section.name(), variable.offset()))));
    }

    List<DataSection> sections() {
        return sections;
    }

    /** The place of the variable that code calls by this name. */
    Place place(String symbol) {
        Place place = places.get(symbol);
        if (place == null) {
            throw new IllegalStateException("code reads `" + symbol + "`, which the object does not hold");
        }
        return place;
    }

    private DataSection readOnly(Policy policy, String hash, Collection<DataTable> tables, String tool) {
        number(Symbols.GENERATION, u32(), 4, 0);
        for (Param param : policy.params()) {
            number(Symbols.param(param.name()), u64(), 8, param.defaultValue());
        }
        string("policy", policy.name());
        string("abi", ABI_VERSION);
        string("source", hash);
        string("tool", tool);
        for (Param param : policy.params()) {
            string("param_" + param.name(), describe(param));
        }
        tables.forEach(this::table);
        return new DataSection(".rodata", true, Bytes.of(content.toByteArray()), variables);
    }

    /** `port 1024..65535 = 3128`. */
    private static String describe(Param param) {
        return param.typeName() + " " + Long.toUnsignedString(param.min()) + ".." + Long.toUnsignedString(param.max())
                + " = " + Long.toUnsignedString(param.defaultValue());
    }

    private DataSection control() {
        BtfType.Member lo = new BtfType.Member("lo", u32(), 0, 0);
        BtfType.Member hi = new BtfType.Member("hi", u32(), 32, 0);
        BtfType.Member mode = new BtfType.Member("mode", u32(), 64, 0);
        BtfType.Member reserved = new BtfType.Member("reserved", u32(), 96, 0);
        BtfType.Member until = new BtfType.Member("monitor_until", u64(), 128, 0);
        int type = types.struct(Symbols.CONTROL, CONTROL_SIZE, List.of(lo, hi, mode, reserved, until));
        DataVariable word = new DataVariable(Symbols.CONTROL, 0, CONTROL_SIZE, type);
        return new DataSection(".data", false, Bytes.zeros(CONTROL_SIZE), List.of(word));
    }

    private int u32() {
        return types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
    }

    private int u64() {
        return types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, 8);
    }

    private void number(String name, int type, int size, long value) {
        while (content.size() % size != 0) {
            content.write(0);
        }
        variables.add(new DataVariable(name, content.size(), size, type));
        ByteBuffer bytes = ByteBuffer.allocate(8).order(order);
        if (size == 8) {
            bytes.putLong(value);
        } else {
            bytes.putInt(Math.toIntExact(value));
        }
        content.write(bytes.array(), 0, size);
    }

    private void table(DataTable table) {
        while (content.size() % table.alignment() != 0) {
            content.write(0);
        }
        byte[] bytes = table.content(order);
        int type = types.array(types.integer("unsigned char", BtfType.Encoding.UNSIGNED, 1), bytes.length);
        variables.add(new DataVariable(table.symbol(), content.size(), bytes.length, type));
        content.write(bytes, 0, bytes.length);
    }

    private void string(String key, String value) {
        byte[] bytes = (value + "\0").getBytes(StandardCharsets.UTF_8);
        int type = types.array(types.integer("char", BtfType.Encoding.SIGNED, 1), bytes.length);
        variables.add(new DataVariable("bpf_metadata_" + key, content.size(), bytes.length, type));
        content.write(bytes, 0, bytes.length);
    }
}
