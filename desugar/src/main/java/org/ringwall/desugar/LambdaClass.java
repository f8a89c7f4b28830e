// SPDX-License-Identifier: Apache-2.0
package org.ringwall.desugar;

import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The class of one lambda or method reference, equivalent to what
 * {@code java.lang.invoke.LambdaMetafactory} generates at run time.
 *
 * @param name the internal name of the class, such as {@code a/b/Host$$Lambda3}
 * @param nest the host of its nest, whose members' private methods it may call
 * @param method the name of the interface's method
 * @param site the captured values and the interface, such as
 * {@code (II)Ljava/util/function/IntPredicate;}
 * @param erased the erased type of the interface's method
 * @param body the method that it calls
 * @param type the type of the interface's method at the call site
 */
record LambdaClass(String name, String nest, String method, Type site, Type erased, Handle body, Type type) {
    /** The static method that creates an instance. Its type is {@code site}. */
    static final String FACTORY = "of";

    private static final String ONLY = "ONLY";

    /** Returns the bytes of the class file. */
    byte[] bytes() {
        ClassWriter out = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        String[] interfaces = {site.getReturnType().getInternalName()};
        int access = Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC;
        out.visit(Opcodes.V17, access, name, null, "java/lang/Object", interfaces);
        out.visitNestHost(nest);
        Type[] captured = site.getArgumentTypes();
        for (int i = 0; i < captured.length; i++) {
            out.visitField(Opcodes.ACC_PRIVATE | Opcodes.ACC_FINAL, field(i), captured[i].getDescriptor(), null, null)
                    .visitEnd();
        }
        constructor(out, captured);
        factory(out, captured);
        function(out, captured);
        out.visitEnd();
        return out.toByteArray();
    }

    private static String field(int i) {
        return "captured" + i;
    }

    private void constructor(ClassWriter out, Type[] captured) {
        MethodVisitor code =
                out.visitMethod(Opcodes.ACC_PRIVATE, "<init>", constructorType().getDescriptor(), null, null);
        code.visitCode();
        code.visitVarInsn(Opcodes.ALOAD, 0);
        code.visitMethodInsn(Opcodes.INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
        int local = 1;
        for (int i = 0; i < captured.length; i++) {
            code.visitVarInsn(Opcodes.ALOAD, 0);
            code.visitVarInsn(captured[i].getOpcode(Opcodes.ILOAD), local);
            code.visitFieldInsn(Opcodes.PUTFIELD, name, field(i), captured[i].getDescriptor());
            local += captured[i].getSize();
        }
        end(code, Type.VOID_TYPE);
    }

    /** Writes the factory. If nothing is captured, it returns one shared instance. */
    private void factory(ClassWriter out, Type[] captured) {
        MethodVisitor code = out.visitMethod(Opcodes.ACC_STATIC, FACTORY, site.getDescriptor(), null, null);
        code.visitCode();
        if (captured.length == 0) {
            String type = "L" + name + ";";
            out.visitField(Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_FINAL, ONLY, type, null, null)
                    .visitEnd();
            MethodVisitor first = out.visitMethod(Opcodes.ACC_STATIC, "<clinit>", "()V", null, null);
            first.visitCode();
            make(first, captured);
            first.visitFieldInsn(Opcodes.PUTSTATIC, name, ONLY, type);
            end(first, Type.VOID_TYPE);
            code.visitFieldInsn(Opcodes.GETSTATIC, name, ONLY, type);
        } else {
            make(code, captured);
        }
        end(code, site.getReturnType());
    }

    private void make(MethodVisitor code, Type[] captured) {
        code.visitTypeInsn(Opcodes.NEW, name);
        code.visitInsn(Opcodes.DUP);
        int local = 0;
        for (Type argument : captured) {
            code.visitVarInsn(argument.getOpcode(Opcodes.ILOAD), local);
            local += argument.getSize();
        }
        code.visitMethodInsn(
                Opcodes.INVOKESPECIAL, name, "<init>", constructorType().getDescriptor(), false);
    }

    private Type constructorType() {
        return Type.getMethodType(Type.VOID_TYPE, site.getArgumentTypes());
    }

    private void function(ClassWriter out, Type[] captured) {
        MethodVisitor code = out.visitMethod(Opcodes.ACC_PUBLIC, method, erased.getDescriptor(), null, null);
        code.visitCode();
        boolean makes = body.getTag() == Opcodes.H_NEWINVOKESPECIAL;
        if (makes) {
            code.visitTypeInsn(Opcodes.NEW, body.getOwner());
            code.visitInsn(Opcodes.DUP);
        }
        Type[] wanted = bodyArguments();
        for (int i = 0; i < captured.length; i++) {
            code.visitVarInsn(Opcodes.ALOAD, 0);
            code.visitFieldInsn(Opcodes.GETFIELD, name, field(i), captured[i].getDescriptor());
            Conversion.write(code, captured[i], wanted[i]);
        }
        Type[] given = erased.getArgumentTypes();
        Type[] here = type.getArgumentTypes();
        int local = 1;
        for (int i = 0; i < given.length; i++) {
            code.visitVarInsn(given[i].getOpcode(Opcodes.ILOAD), local);
            Conversion.write(code, given[i], here[i]);
            Conversion.write(code, here[i], wanted[captured.length + i]);
            local += given[i].getSize();
        }
        code.visitMethodInsn(opcode(), body.getOwner(), body.getName(), body.getDesc(), body.isInterface());
        Type result = makes ? Type.getObjectType(body.getOwner()) : Type.getReturnType(body.getDesc());
        answer(code, result, erased.getReturnType());
        end(code, erased.getReturnType());
    }

    private static void answer(MethodVisitor code, Type result, Type wanted) {
        if (wanted.equals(Type.VOID_TYPE)) {
            if (result.getSize() > 0) {
                code.visitInsn(result.getSize() == 2 ? Opcodes.POP2 : Opcodes.POP);
            }
            return;
        }
        Conversion.write(code, result, wanted);
    }

    /** Returns the arguments of the body, including its receiver. */
    private Type[] bodyArguments() {
        Type[] arguments = Type.getArgumentTypes(body.getDesc());
        if (body.getTag() == Opcodes.H_INVOKESTATIC || body.getTag() == Opcodes.H_NEWINVOKESPECIAL) {
            return arguments;
        }
        Type[] all = new Type[arguments.length + 1];
        all[0] = Type.getObjectType(body.getOwner());
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return all;
    }

    private int opcode() {
        return switch (body.getTag()) {
            case Opcodes.H_INVOKESTATIC -> Opcodes.INVOKESTATIC;
            case Opcodes.H_NEWINVOKESPECIAL -> Opcodes.INVOKESPECIAL;
            case Opcodes.H_INVOKEINTERFACE -> Opcodes.INVOKEINTERFACE;
            // A private method of a class in the same nest is invoked like any other (JEP 181).
            case Opcodes.H_INVOKEVIRTUAL, Opcodes.H_INVOKESPECIAL ->
                body.isInterface() ? Opcodes.INVOKEINTERFACE : Opcodes.INVOKEVIRTUAL;
            default -> throw new IllegalStateException("no call: " + body);
        };
    }

    private static void end(MethodVisitor code, Type result) {
        code.visitInsn(result.getOpcode(Opcodes.IRETURN));
        code.visitMaxs(0, 0);
        code.visitEnd();
    }
}
