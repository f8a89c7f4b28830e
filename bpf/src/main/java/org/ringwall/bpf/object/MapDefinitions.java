// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;

/**
 * The definition of a map in BTF as libbpf expects it: a struct whose members are pointers, to an
 * array of N ints for the number N, and to the type for a key or value type (libbpf:
 * parse_btf_map_def).
 */
final class MapDefinitions {
    private static final int POINTER = 8;
    private static final int MAX_MEMBERS = 16;

    /**
     * The value of `pinning` for a map that outlives its programs (libbpf: enum libbpf_pin_type).
     */
    private static final int PIN_BY_NAME = 1;

    private MapDefinitions() {}

    /** Adds the struct that defines this map and returns its id. */
    static int add(BtfBuilder types, MapSpec map) {
        int number = types.integer("int", BtfType.Encoding.SIGNED, 4);
        List<BtfType.Member> members = new ArrayList<>();
        member(members, "type", number(types, number, map.type().number()));
        if (map.keyType().isPresent()) {
            member(members, "key", types.pointer(map.keyType().getAsInt()));
        } else if (map.keySize() != 0) {
            member(members, "key_size", number(types, number, map.keySize()));
        }
        if (map.valueType().isPresent()) {
            member(members, "value", types.pointer(map.valueType().getAsInt()));
        } else if (map.valueSize() != 0 && map.inner().isEmpty()) {
            member(members, "value_size", number(types, number, map.valueSize()));
        }
        if (map.maxEntries() != 0) {
            member(members, "max_entries", number(types, number, map.maxEntries()));
        }
        if (map.flags() != 0) {
            member(members, "map_flags", number(types, number, Integer.toUnsignedLong(map.flags())));
        }
        if (map.pinned()) {
            member(members, "pinning", number(types, number, PIN_BY_NAME));
        }
        long size = (long) members.size() * POINTER;
        if (map.inner().isPresent()) {
            // An array without elements, as the last member: libbpf reads entries after it as
            // initial values.
            int inner = types.pointer(add(types, map.inner().get()));
            member(members, "values", types.array(inner, 0));
        }
        return types.struct("", size, members);
    }

    private static int number(BtfBuilder types, int element, long value) {
        return types.pointer(types.array(element, value));
    }

    private static void member(List<BtfType.Member> members, String name, int type) {
        members.add(new BtfType.Member(name, type, (long) members.size() * POINTER * 8, 0));
    }

    /** Returns the map that the type with this id defines. */
    static MapSpec read(Btf btf, String name, int type) throws ObjectFormatException {
        return new Definition(btf, name).read(type, true);
    }

    /** The members of one definition as they are read. */
    private static final class Definition {
        private final Btf btf;
        private final String name;
        private long type;
        private long keySize;
        private long valueSize;
        private long maxEntries;
        private long flags;
        private OptionalInt keyType = OptionalInt.empty();
        private OptionalInt valueType = OptionalInt.empty();
        private Optional<MapSpec> inner = Optional.empty();
        private boolean pinned;

        Definition(Btf btf, String name) {
            this.btf = btf;
            this.name = name;
        }

        MapSpec read(int id, boolean outermost) throws ObjectFormatException {
            int struct = btf.strip(id);
            if (struct == 0 || !(btf.type(struct) instanceof BtfType.Composite definition)) {
                throw problem("is not defined by a struct");
            }
            // More than there are known members. Bounds the time, since many maps may share one
            // long definition.
            if (definition.members().size() > MAX_MEMBERS) {
                throw problem("has " + definition.members().size() + " members");
            }
            for (BtfType.Member member : definition.members()) {
                read(member, outermost);
            }
            MapType known = MapType.of(type).orElseThrow(() -> problem("has type " + type + ", which is not known"));
            if (known.holdsMaps()) {
                // In the kernel the values of such maps are descriptors and ids.
                valueSize = 4;
                valueType = OptionalInt.empty();
            }
            return new MapSpec(
                    name,
                    known,
                    positive("key_size", keySize),
                    positive("value_size", valueSize),
                    positive("max_entries", maxEntries),
                    (int) flags,
                    keyType,
                    valueType,
                    inner,
                    pinned);
        }

        private void read(BtfType.Member member, boolean outermost) throws ObjectFormatException {
            switch (member.name()) {
                case "type" -> type = number(member);
                case "max_entries" -> maxEntries = number(member);
                case "map_flags" -> flags = number(member);
                case "key_size" -> keySize = agree(keySize, number(member));
                case "value_size" -> valueSize = agree(valueSize, number(member));
                case "key" -> {
                    keyType = OptionalInt.of(target(member));
                    keySize = agree(keySize, size(member));
                }
                case "value" -> {
                    valueType = OptionalInt.of(target(member));
                    valueSize = agree(valueSize, size(member));
                }
                case "values" -> inner = Optional.of(values(member, outermost));
                case "pinning" -> pinned = outermost && pinning(number(member));
                case "numa_node", "map_extra" -> {
                    if (number(member) != 0) {
                        throw problem("has the member `" + member.name() + "`, which is not supported");
                    }
                }
                default -> throw problem("has a member `" + member.name() + "`, which is not known");
            }
        }

        private boolean pinning(long kind) throws ObjectFormatException {
            if (kind > PIN_BY_NAME) {
                throw problem("has `pinning` " + kind + ", which is not known");
            }
            return kind == PIN_BY_NAME;
        }

        private MapSpec values(BtfType.Member member, boolean outermost) throws ObjectFormatException {
            int array = btf.strip(member.type());
            if (!outermost || array == 0 || !(btf.type(array) instanceof BtfType.Array values)) {
                throw problem("holds `values` that are not maps");
            }
            int pointer = btf.strip(values.element());
            if (pointer == 0
                    || !(btf.type(pointer) instanceof BtfType.Reference reference)
                    || reference.ref() != BtfType.Ref.PTR) {
                throw problem("holds `values` that are not maps");
            }
            return new Definition(btf, name + MapSpec.INNER).read(reference.type(), false);
        }

        private int target(BtfType.Member member) throws ObjectFormatException {
            int pointer = btf.strip(member.type());
            if (pointer == 0
                    || !(btf.type(pointer) instanceof BtfType.Reference reference)
                    || reference.ref() != BtfType.Ref.PTR
                    || reference.type() == 0) {
                throw problem("has a member `" + member.name() + "` that is not a pointer to a type");
            }
            return reference.type();
        }

        private long number(BtfType.Member member) throws ObjectFormatException {
            int array = btf.strip(target(member));
            if (array == 0 || !(btf.type(array) instanceof BtfType.Array number)) {
                throw problem("has a member `" + member.name() + "` that is not a number");
            }
            return number.count();
        }

        private long size(BtfType.Member member) throws ObjectFormatException {
            return btf.sizeOf(target(member))
                    .orElseThrow(() -> problem("has a `" + member.name() + "` whose type has no size"));
        }

        private long agree(long before, long now) throws ObjectFormatException {
            if (before != 0 && before != now) {
                throw problem("has sizes " + before + " and " + now + " for one thing");
            }
            return now;
        }

        private int positive(String what, long value) throws ObjectFormatException {
            if (value > Integer.MAX_VALUE) {
                throw problem("has " + what + " " + value);
            }
            return (int) value;
        }

        private ObjectFormatException problem(String what) {
            return new ObjectFormatException("map `" + name + "` " + what);
        }
    }
}
