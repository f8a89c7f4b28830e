// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.bpf.state.KeyLayout;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.model.EntryException;
import org.ringwall.sys.Fd;

/** The fields of the key of a table, a counter or a rate, from the types of the map. */
public final class KeyFields {
    /** Fields for whose values policies have words; all others are numbers. */
    private enum Words {
        PROTOCOL,
        FAMILY,
        TYPE,
        DEVICE,
        NONE
    }

    /** Bytes of an address in a key of IPv4 addresses only. */
    private static final int V4 = 4;

    /** The two bytes before the address in an IPv4-mapped address. */
    private static final int MAPPED = 0xffff;

    private record Field(String name, KeyLayout.Kind kind, int offset, Words words) {}

    private final List<Field> fields;
    private final int size;

    private KeyFields(List<Field> fields, int size) {
        this.fields = List.copyOf(fields);
        this.size = size;
    }

    /**
     * Returns the fields of a map's key.
     *
     * @param names the fields as policies write them, in their order; empty without a key
     */
    public static KeyFields of(Bpf bpf, Fd map, List<String> names) {
        MapInfo info = bpf.mapInfo(map);
        return names.isEmpty()
                ? new KeyFields(List.of(), info.keySize())
                : of(MapTypes.of(bpf, info.btf()), info.keyType(), info.keySize(), names);
    }

    /**
     * Returns the fields of a struct of these types.
     *
     * @param size of a key in bytes
     * @param names the fields as policies write them, in their order
     */
    static KeyFields of(Btf types, int key, int size, List<String> names) {
        List<BtfType.Member> members = new ArrayList<>();
        if (types.contains(key) && types.type(key) instanceof BtfType.Composite struct) {
            struct.members().stream()
                    .filter(member -> !member.name().startsWith("pad"))
                    .forEach(members::add);
        }
        if (members.size() != names.size()) {
            throw unknown();
        }
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            BtfType.Member member = members.get(i);
            KeyLayout.Kind kind = kind(types, member.type());
            int offset = (int) (member.bitOffset() / 8);
            if (offset + bytes(kind) > size) {
                throw unknown();
            }
            fields.add(new Field(names.get(i), kind, offset, words(names.get(i))));
        }
        return new KeyFields(fields, size);
    }

    private static EntryException unknown() {
        return new EntryException(
                "the types of the map do not describe its keys",
                "compile the policy with this ringwallc, then apply it again");
    }

    private static KeyLayout.Kind kind(Btf types, int id) {
        long bytes = types.sizeOf(id).orElse(0L);
        boolean array = types.strip(id) != 0 && types.type(types.strip(id)) instanceof BtfType.Array;
        if (!array && bytes == Integer.BYTES) {
            return KeyLayout.Kind.NUMBER;
        }
        if (!array && bytes == Long.BYTES) {
            return KeyLayout.Kind.WIDE;
        }
        if (array && bytes == V4) {
            return KeyLayout.Kind.ADDRESS4;
        }
        if (array && bytes == Net.BYTES) {
            BtfType.Array elements = (BtfType.Array) types.type(types.strip(id));
            boolean characters = types.strip(elements.element()) != 0
                    && types.type(types.strip(elements.element())).name().equals("char");
            return characters ? KeyLayout.Kind.COMM : KeyLayout.Kind.ADDRESS;
        }
        throw unknown();
    }

    private static int bytes(KeyLayout.Kind kind) {
        return switch (kind) {
            case ADDRESS, COMM -> Net.BYTES;
            case ADDRESS4 -> V4;
            case NUMBER -> Integer.BYTES;
            case WIDE -> Long.BYTES;
        };
    }

    private static Words words(String field) {
        return switch (field) {
            case "proto" -> Words.PROTOCOL;
            case "family" -> Words.FAMILY;
            case "type" -> Words.TYPE;
            case "dev.type" -> Words.DEVICE;
            default -> Words.NONE;
        };
    }

    /** Returns whether there is no key, and thus one value for all requests. */
    public boolean isEmpty() {
        return fields.isEmpty();
    }

    /** Returns the fields as policies write them. */
    public List<String> names() {
        return fields.stream().map(Field::name).toList();
    }

    /**
     * Returns the values of a key by field: numbers, or text where policies have words for them.
     */
    Map<String, Object> read(byte[] key) {
        ByteBuffer bytes = ByteBuffer.wrap(key).order(ByteOrder.nativeOrder());
        Map<String, Object> values = new LinkedHashMap<>();
        for (Field field : fields) {
            values.put(
                    field.name(),
                    switch (field.kind()) {
                        case ADDRESS -> Net.print(slice(key, field.offset()));
                        case ADDRESS4 -> Net.print(mapped(key, field.offset()));
                        case COMM -> Printable.of(slice(key, field.offset()));
                        case WIDE -> Span.unsigned(bytes.getLong(field.offset()));
                        case NUMBER -> word(field.words(), bytes.getInt(field.offset()));
                    });
        }
        return values;
    }

    private static byte[] slice(byte[] key, int offset) {
        return java.util.Arrays.copyOfRange(key, offset, offset + Net.BYTES);
    }

    /** Returns an IPv4 address in its mapped form. */
    private static byte[] mapped(byte[] key, int offset) {
        return ByteBuffer.allocate(Net.BYTES)
                .putInt(Net.BYTES - V4 - Integer.BYTES, MAPPED)
                .put(Net.BYTES - V4, key, offset, V4)
                .array();
    }

    private static Object word(Words words, int number) {
        Optional<String> word = switch (words) {
            case PROTOCOL -> IpProtocol.of(number).map(IpProtocol::word);
            case FAMILY -> AddressFamily.of(number).map(KeyFields::family);
            case TYPE -> SocketType.of(number).map(SocketType::word);
            case DEVICE -> DeviceKind.of(number).map(DeviceKind::word);
            case NONE -> Optional.empty();
        };
        return word.isPresent() ? word.get() : Integer.toUnsignedLong(number);
    }

    private static String family(AddressFamily family) {
        return family.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Returns the key with these values, one word for each field. */
    byte[] key(List<String> words) {
        if (words.size() != fields.size()) {
            throw new EntryException(
                    "the key has " + fields.size() + " field" + (fields.size() == 1 ? "" : "s") + ", but `"
                            + Net.shown(String.join(" ", words)) + "` has " + words.size(),
                    "write " + String.join(" ", names()));
        }
        ByteBuffer key = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
        for (int i = 0; i < fields.size(); i++) {
            put(key, fields.get(i), words.get(i));
        }
        return key.array();
    }

    private static void put(ByteBuffer key, Field field, String word) {
        switch (field.kind()) {
            case ADDRESS -> key.put(field.offset(), address(field, word));
            case ADDRESS4 -> throw new IllegalStateException("no command writes keys of IPv4 alone");
            case COMM -> {
                byte[] name = word.getBytes(StandardCharsets.UTF_8);
                if (name.length >= Net.BYTES) {
                    throw new EntryException(
                            "`" + Net.shown(word) + "` is too long for the name of a thread", "write at most 15 bytes");
                }
                key.put(field.offset(), name);
            }
            case WIDE -> key.putLong(field.offset(), Entries.value(word, -1L, "a number"));
            case NUMBER -> key.putInt(field.offset(), number(field.words(), word));
        }
    }

    private static byte[] address(Field field, String word) {
        Net net = Net.parse(word);
        if (net.length() != Net.ALL) {
            throw new EntryException(
                    "`" + word + "` is not a single address", "write one address for `" + field.name() + "`");
        }
        return net.address();
    }

    private static int number(Words words, String word) {
        Optional<Integer> known = switch (words) {
            case PROTOCOL -> IpProtocol.ofWord(word).map(IpProtocol::number);
            case FAMILY ->
                java.util.Arrays.stream(AddressFamily.values())
                        .filter(family -> family(family).equals(word))
                        .map(AddressFamily::number)
                        .findFirst();
            case TYPE -> SocketType.ofWord(word).map(SocketType::number);
            case DEVICE -> DeviceKind.ofWord(word).map(DeviceKind::number);
            case NONE -> Optional.empty();
        };
        return known.orElseGet(() -> (int) Entries.value(word, 0xffff_ffffL, "a number"));
    }
}
