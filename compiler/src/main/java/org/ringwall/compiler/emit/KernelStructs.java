package org.ringwall.compiler.emit;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.ringwall.bpf.asm.FieldRef;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.kernel.PrivateField;
import org.ringwall.bpf.object.CoreRelocation;

/** The kernel's own structs in an object's types: as much of each as programs read. */
final class KernelStructs {
    private static final int POINTER = 8;

    private KernelStructs() {}

    /** What tells a loader to put the field's offset there; the struct is added if it is not among the types yet. */
    static CoreRelocation relocation(BtfBuilder types, FieldRef ref) {
        List<PrivateField> fields = Arrays.stream(PrivateField.values())
                .filter(field -> field.struct().equals(ref.field().struct()))
                .sorted(Comparator.comparingInt(PrivateField::offset))
                .toList();
        List<BtfType.Member> members =
                fields.stream().map(field -> member(types, field)).toList();
        PrivateField last = fields.get(fields.size() - 1);
        int end = (last.offset() + last.bytes() + POINTER - 1) / POINTER * POINTER;
        int struct = types.struct(ref.field().struct(), end, members);
        return new CoreRelocation(ref.slot(), struct, fields.indexOf(ref.field()));
    }

    private static BtfType.Member member(BtfBuilder types, PrivateField field) {
        int type = field.bytes() == POINTER
                ? types.pointer(0)
                : types.integer("unsigned int", BtfType.Encoding.UNSIGNED, field.bytes());
        return new BtfType.Member(field.field(), type, field.offset() * 8L, 0);
    }
}
