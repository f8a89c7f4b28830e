// SPDX-License-Identifier: Apache-2.0
package org.ringwall.desugar;

import java.util.List;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * A method of a record, equivalent to what {@code java.lang.runtime.ObjectMethods} generates at run
 * time. Hash codes are the same, so that iteration orders that depend on them do not change.
 *
 * @param record the record's internal name
 * @param components the getters of its fields, in order
 */
record RecordMethod(String record, List<Handle> components) {
    /**
     * The prefix of the generated method's name, before the name of the method that it implements.
     */
    static final String PREFIX = "record$";

    /** Writes the static method {@code record$equals}, which takes the record and an object. */
    void writeEquals(ClassVisitor out, String type) {
        MethodVisitor code = method(out, "equals", type);
        Label same = new Label();
        Label different = new Label();
        code.visitVarInsn(Opcodes.ALOAD, 0);
        code.visitVarInsn(Opcodes.ALOAD, 1);
        code.visitJumpInsn(Opcodes.IF_ACMPEQ, same);
        code.visitVarInsn(Opcodes.ALOAD, 1);
        code.visitTypeInsn(Opcodes.INSTANCEOF, record);
        code.visitJumpInsn(Opcodes.IFEQ, different);
        for (Handle component : components) {
            code.visitVarInsn(Opcodes.ALOAD, 0);
            get(code, component);
            code.visitVarInsn(Opcodes.ALOAD, 1);
            code.visitTypeInsn(Opcodes.CHECKCAST, record);
            get(code, component);
            compare(code, Type.getType(component.getDesc()), different);
        }
        code.visitLabel(same);
        code.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
        code.visitInsn(Opcodes.ICONST_1);
        code.visitInsn(Opcodes.IRETURN);
        code.visitLabel(different);
        code.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
        code.visitInsn(Opcodes.ICONST_0);
        end(code);
    }

    private static void compare(MethodVisitor code, Type type, Label different) {
        switch (type.getSort()) {
            case Type.BOOLEAN, Type.BYTE, Type.SHORT, Type.CHAR, Type.INT ->
                code.visitJumpInsn(Opcodes.IF_ICMPNE, different);
            case Type.LONG -> {
                code.visitInsn(Opcodes.LCMP);
                code.visitJumpInsn(Opcodes.IFNE, different);
            }
            case Type.FLOAT, Type.DOUBLE -> {
                String compared = Type.getMethodDescriptor(Type.INT_TYPE, type, type);
                String box = Conversion.box(type).getInternalName();
                code.visitMethodInsn(Opcodes.INVOKESTATIC, box, "compare", compared, false);
                code.visitJumpInsn(Opcodes.IFNE, different);
            }
            default -> {
                String compared = "(Ljava/lang/Object;Ljava/lang/Object;)Z";
                code.visitMethodInsn(Opcodes.INVOKESTATIC, "java/util/Objects", "equals", compared, false);
                code.visitJumpInsn(Opcodes.IFEQ, different);
            }
        }
    }

    /** Writes the static method {@code record$hashCode}, which takes the record. */
    void writeHashCode(ClassVisitor out, String type) {
        MethodVisitor code = method(out, "hashCode", type);
        code.visitInsn(Opcodes.ICONST_0);
        for (Handle component : components) {
            code.visitIntInsn(Opcodes.BIPUSH, 31);
            code.visitInsn(Opcodes.IMUL);
            code.visitVarInsn(Opcodes.ALOAD, 0);
            get(code, component);
            Type field = Type.getType(component.getDesc());
            if (Conversion.isPrimitive(field)) {
                String hashed = Type.getMethodDescriptor(Type.INT_TYPE, field);
                String box = Conversion.box(field).getInternalName();
                code.visitMethodInsn(Opcodes.INVOKESTATIC, box, "hashCode", hashed, false);
            } else {
                String hashed = "(Ljava/lang/Object;)I";
                code.visitMethodInsn(Opcodes.INVOKESTATIC, "java/util/Objects", "hashCode", hashed, false);
            }
            code.visitInsn(Opcodes.IADD);
        }
        end(code);
    }

    private static MethodVisitor method(ClassVisitor out, String name, String type) {
        int access = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC;
        MethodVisitor code = out.visitMethod(access, PREFIX + name, type, null, null);
        code.visitCode();
        return code;
    }

    private void get(MethodVisitor code, Handle component) {
        code.visitFieldInsn(Opcodes.GETFIELD, record, component.getName(), component.getDesc());
    }

    private static void end(MethodVisitor code) {
        code.visitInsn(Opcodes.IRETURN);
        // The deepest stack is a comparison of two longs.
        code.visitMaxs(4, 2);
        code.visitEnd();
    }
}
