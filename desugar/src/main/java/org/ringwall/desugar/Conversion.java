// SPDX-License-Identifier: Apache-2.0
package org.ringwall.desugar;

import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The conversions of arguments and results of lambdas: from the type of the value on the stack to
 * another (JLS 5.3).
 */
final class Conversion {
    private static final Type OBJECT = Type.getObjectType("java/lang/Object");

    private Conversion() {}

    /** Writes the casts, boxing, unboxing and widening that the conversion needs. */
    static void write(MethodVisitor code, Type from, Type to) {
        if (from.equals(to)) {
            return;
        }
        if (isPrimitive(from) && isPrimitive(to)) {
            widen(code, from, to);
        } else if (isPrimitive(from)) {
            Type box = box(from);
            code.visitMethodInsn(
                    Opcodes.INVOKESTATIC, box.getInternalName(), "valueOf", Type.getMethodDescriptor(box, from), false);
        } else if (isPrimitive(to)) {
            Type primitive = unboxed(from, to);
            Type box = box(primitive);
            cast(code, from, box);
            code.visitMethodInsn(
                    Opcodes.INVOKEVIRTUAL,
                    box.getInternalName(),
                    primitive.getClassName() + "Value",
                    Type.getMethodDescriptor(primitive),
                    false);
            widen(code, primitive, to);
        } else {
            cast(code, from, to);
        }
    }

    /** Returns the primitive type that `from` boxes, or `to` if `from` is not a box. */
    private static Type unboxed(Type from, Type to) {
        for (Type primitive : new Type[] {
            Type.INT_TYPE,
            Type.LONG_TYPE,
            Type.BOOLEAN_TYPE,
            Type.BYTE_TYPE,
            Type.CHAR_TYPE,
            Type.SHORT_TYPE,
            Type.FLOAT_TYPE,
            Type.DOUBLE_TYPE
        }) {
            if (box(primitive).equals(from)) {
                return primitive;
            }
        }
        return to;
    }

    private static void cast(MethodVisitor code, Type from, Type to) {
        if (!from.equals(to) && !to.equals(OBJECT)) {
            code.visitTypeInsn(Opcodes.CHECKCAST, to.getInternalName());
        }
    }

    private static void widen(MethodVisitor code, Type from, Type to) {
        boolean small = from.getSort() <= Type.INT;
        int opcode = switch (to.getSort()) {
            case Type.LONG -> small ? Opcodes.I2L : Opcodes.NOP;
            case Type.FLOAT -> small ? Opcodes.I2F : from.getSort() == Type.LONG ? Opcodes.L2F : Opcodes.NOP;
            case Type.DOUBLE ->
                small
                        ? Opcodes.I2D
                        : from.getSort() == Type.LONG
                                ? Opcodes.L2D
                                : from.getSort() == Type.FLOAT ? Opcodes.F2D : Opcodes.NOP;
            default -> Opcodes.NOP;
        };
        if (opcode != Opcodes.NOP) {
            code.visitInsn(opcode);
        }
    }

    static boolean isPrimitive(Type type) {
        return type.getSort() < Type.ARRAY;
    }

    /** Returns the box of a primitive type: {@code java.lang.Integer} for {@code int}. */
    static Type box(Type primitive) {
        return Type.getObjectType(
                switch (primitive.getSort()) {
                    case Type.BOOLEAN -> "java/lang/Boolean";
                    case Type.CHAR -> "java/lang/Character";
                    case Type.BYTE -> "java/lang/Byte";
                    case Type.SHORT -> "java/lang/Short";
                    case Type.INT -> "java/lang/Integer";
                    case Type.LONG -> "java/lang/Long";
                    case Type.FLOAT -> "java/lang/Float";
                    case Type.DOUBLE -> "java/lang/Double";
                    default -> throw new IllegalStateException("no box for " + primitive);
                });
    }
}
