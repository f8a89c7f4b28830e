// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.object.PolicyObject;

class KernelOffsetsTest {
    private final FakeKernel kernel = new FakeKernel();

    @Test
    void usesTheOffsetOfTheRunningKernel() {
        kernel(field("addr", "len", 4, 24));
        assertThat(resolve("addr", "len", 4)).isEqualTo(added(24));
        assertThat(resolve("addr___ours", "len", 4)).isEqualTo(added(24));
    }

    @Test
    void acceptsAFieldAtOneOffsetInAllStructsOfItsName() {
        BtfBuilder types = field("addr", "len", 4, 24);
        types.struct("addr", 32, List.of(new BtfType.Member("len", 1, 24 * 8, 0)));
        kernel(types);
        assertThat(resolve("addr", "len", 4)).isEqualTo(added(24));
    }

    /** `struct sock_common` has `skc_flags` in a union without a name. */
    @Test
    void findsAFieldInAMemberWithoutAName() {
        BtfBuilder types = new BtfBuilder();
        int u32 = types.integer("u32", BtfType.Encoding.UNSIGNED, 4);
        int inner = types.struct("", 8, List.of(new BtfType.Member("len", u32, 4 * 8, 0)));
        int either = types.add(new BtfType.Composite(
                BtfType.Aggregate.UNION, "", 8, false, List.of(new BtfType.Member("", inner, 0, 0))));
        types.struct(
                "addr",
                64,
                List.of(new BtfType.Member("", either, 16 * 8, 0), new BtfType.Member("named", inner, 0, 0)));
        kernel(types);
        assertThat(resolve("addr", "len", 4)).isEqualTo(added(20));
    }

    @Test
    void refusesMissingFieldsAndStructs() {
        kernel(field("addr", "len", 4, 24));
        refuses("addr", "length", 4, "this kernel has no `addr.length`, and the policy reads it");
        refuses("address", "len", 4, "this kernel has no `address.len`, and the policy reads it");
    }

    @Test
    void refusesAFieldOfAnotherSizeOrKind() {
        kernel(field("addr", "len", 8, 24));
        refuses("addr", "len", 4, "`addr.len` of this kernel is not what the policy was compiled for");
        BtfBuilder pointer = new BtfBuilder();
        int address = pointer.pointer(0);
        pointer.struct("addr", 64, List.of(new BtfType.Member("len", address, 64, 0)));
        kernel(pointer);
        refuses("addr", "len", 8, "`addr.len` of this kernel is not what the policy was compiled for");
    }

    @Test
    void refusesBitFields() {
        BtfBuilder types = new BtfBuilder();
        int u32 = types.integer("u32", BtfType.Encoding.UNSIGNED, 4);
        types.add(new BtfType.Composite(
                BtfType.Aggregate.STRUCT, "addr", 64, true, List.of(new BtfType.Member("len", u32, 64, 9))));
        kernel(types);
        refuses("addr", "len", 4, "`addr.len` of this kernel is not what the policy was compiled for");
    }

    @Test
    void refusesAFieldAtSeveralOffsets() {
        BtfBuilder types = field("addr", "len", 4, 24);
        types.struct("addr", 64, List.of(new BtfType.Member("len", 1, 32 * 8, 0)));
        kernel(types);
        refuses("addr", "len", 4, "this kernel has `addr.len` at several offsets");
    }

    @Test
    void refusesAKernelWithoutReadableTypes() {
        refuses("addr", "len", 4, "this kernel has no type information");
        kernel.types = Optional.of(new byte[] {1, 2, 3});
        refuses("addr", "len", 4, "cannot read the types of this kernel");
    }

    @Test
    void anObjectWithoutSuchFieldsNeedsNoTypes() {
        PolicyObject policy = TestObjects.policy("p", 80);
        KernelOffsets offsets = offsets(policy);
        assertThat(policy.object().programs())
                .allSatisfy(program -> assertThat(offsets.resolve(program)).isEmpty());
    }

    @Test
    void refusalLeavesNothingBehind() {
        Cgroup place = kernel.addCgroup("a");
        kernel(field("addr", "len", 4, 24));
        PolicyObject policy = CoreObjects.denyLength(CoreObjects.struct("addr", "other", 4), 9);
        ApplyRequest request = new ApplyRequest(policy, "main", List.of(place), Map.of(), false);
        assertThatThrownBy(() -> new Applier(kernel, kernel, kernel, () -> SysctlTrial.Outcome.UNKNOWN).apply(request))
                .isInstanceOf(HostException.class);
        assertThat(kernel.openDescriptors()).isZero();
        assertThat(kernel.pins()).isEmpty();
    }

    private KernelOffsets offsets(PolicyObject policy) {
        return new KernelOffsets(
                KernelTypes.of(kernel, policy.object()), policy.object().btf());
    }

    private void kernel(BtfBuilder types) {
        kernel.types = Optional.of(BtfWriter.write(types.build(), ByteOrder.nativeOrder()));
    }

    private static BtfBuilder field(String struct, String name, int size, int offset) {
        BtfBuilder types = new BtfBuilder();
        int integer = types.integer("u" + size * 8, BtfType.Encoding.UNSIGNED, size);
        types.struct(struct, 64, List.of(new BtfType.Member(name, integer, offset * 8L, 0)));
        return types;
    }

    private Map<Integer, Insn> resolve(String struct, String field, int size) {
        PolicyObject policy = CoreObjects.denyLength(CoreObjects.struct(struct, field, size), 9);
        ProgramSpec program = policy.object().programs().get(0);
        return offsets(policy).resolve(program);
    }

    private static Map<Integer, Insn> added(int offset) {
        return Map.of(CoreObjects.OFFSET_SLOT, new Insn.Alu(Insn.AluOp.ADD, Width.DW, Reg.R3, Operand.of(offset)));
    }

    private void refuses(String struct, String field, int size, String why) {
        assertThatThrownBy(() -> resolve(struct, field, size))
                .isInstanceOf(HostException.class)
                .hasMessageContaining(why);
    }
}
