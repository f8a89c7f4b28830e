// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.ringwall.bpf.asm.FieldRef;
import org.ringwall.bpf.asm.KfuncRef;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.kernel.PrivateField;
import org.ringwall.bpf.object.CoreRelocation;
import org.ringwall.bpf.object.KfuncCall;

/**
 * The kernel's own types in an object: the parts of each struct that programs read, and the
 * functions that they call.
 */
final class KernelStructs {
    private static final int POINTER = 8;

    private KernelStructs() {}

    /**
     * Returns the relocation that makes a loader insert the field's offset. Adds the struct to the
     * types if necessary.
     */
    static CoreRelocation relocation(BtfBuilder types, FieldRef ref) {
        int struct = struct(types, ref.field().struct());
        return new CoreRelocation(
                ref.slot(), struct, fields(ref.field().struct()).indexOf(ref.field()));
    }

    private static List<PrivateField> fields(String struct) {
        return Arrays.stream(PrivateField.values())
                .filter(field -> field.struct().equals(struct))
                .sorted(Comparator.comparingInt(PrivateField::offset))
                .toList();
    }

    private static int struct(BtfBuilder types, String name) {
        List<PrivateField> fields = fields(name);
        List<BtfType.Member> members =
                fields.stream().map(field -> member(types, field)).toList();
        PrivateField last = fields.get(fields.size() - 1);
        int end = (last.offset() + last.bytes() + POINTER - 1) / POINTER * POINTER;
        return types.struct(name, end, members);
    }

    /**
     * Declares a function that programs call, with a type that loaders accept as the kernel's
     * (bpf_core_types_are_compat).
     */
    static KfuncCall call(BtfBuilder types, KfuncRef ref) {
        int proto = switch (ref.function()) {
            case CAST_TO_KERN_CTX ->
                types.add(new BtfType.FuncProto(types.pointer(0), List.of(new BtfType.Param("obj", types.pointer(0)))));
            case SOCK_ADDR_SET_SUN_PATH -> {
                int context = types.pointer(struct(types, "bpf_sock_addr_kern"));
                int bytes = types.pointer(types.constant(types.integer("unsigned char", BtfType.Encoding.UNSIGNED, 1)));
                int size = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
                yield types.add(new BtfType.FuncProto(
                        types.integer("int", BtfType.Encoding.SIGNED, 4),
                        List.of(
                                new BtfType.Param("sa_kern", context),
                                new BtfType.Param("sun_path", bytes),
                                new BtfType.Param("sun_path__sz", size))));
            }
        };
        String name = ref.function().kernelName();
        types.add(new BtfType.Func(name, proto, BtfType.Linkage.EXTERN));
        return new KfuncCall(ref.slot(), name);
    }

    private static BtfType.Member member(BtfBuilder types, PrivateField field) {
        int type = field.isPointer()
                ? types.pointer(0)
                : switch (field.bytes()) {
                    case 1 -> types.integer("unsigned char", BtfType.Encoding.UNSIGNED, 1);
                    case POINTER -> types.integer("long unsigned int", BtfType.Encoding.UNSIGNED, POINTER);
                    default -> types.integer("unsigned int", BtfType.Encoding.UNSIGNED, field.bytes());
                };
        return new BtfType.Member(field.field(), type, field.offset() * 8L, 0);
    }
}
