// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.testkit.ToolTest;

/** A test of the numbers against the running kernel's BTF. */
@ToolTest("bpftool")
class KernelBtfTest {
    private static KernelTypes kernel = new KernelTypes();

    @BeforeAll
    static void readTheKernelsTypes() throws IOException, InterruptedException {
        kernel = KernelTypes.read();
    }

    @ParameterizedTest
    @EnumSource
    void laysOutEveryFieldAsTheKernelDoes(ContextStruct struct) {
        var members = kernel.members(struct.kernelName());
        assertThat(kernel.size(struct.kernelName())).isEqualTo(struct.size());
        assertThat(struct.fields())
                .isNotEmpty()
                .allSatisfy(field -> assertThat(members.get(field.name()))
                        .as(field.name())
                        .isEqualTo(new KernelTypes.Member(field.offset(), field.bytes())));
    }

    @ParameterizedTest
    @EnumSource
    void findsFieldsOfTheKernelsOwnStructs(PrivateField field) {
        assertThat(kernel.members(field.struct()).get(field.field()))
                .isEqualTo(new KernelTypes.Member(field.offset(), field.bytes()));
    }

    @ParameterizedTest
    @EnumSource
    void listsEveryFieldOfTheKernelsStruct(ContextStruct struct) {
        assertThat(kernel.members(struct.kernelName()).keySet())
                .allSatisfy(name -> assertThat(struct.field(name)).as(name).isPresent());
    }

    @ParameterizedTest
    @EnumSource
    void numbersHooksAsTheKernelDoes(Hook hook) {
        assertThat(kernel.enumerator(hook.attachTypeName())).isEqualTo(hook.attachType());
    }

    @ParameterizedTest
    @EnumSource
    void numbersProgramTypesAsTheKernelDoes(ProgramType type) {
        assertThat(kernel.enumerator(type.kernelName())).isEqualTo(type.number());
    }

    @ParameterizedTest
    @EnumSource
    void numbersHelpersAsTheKernelDoes(Helper helper) {
        assertThat(kernel.enumerator("BPF_FUNC_" + helper.kernelName())).isEqualTo(helper.id());
    }

    @ParameterizedTest
    @EnumSource
    void numbersSocketTypesAsTheKernelDoes(SocketType type) {
        assertThat(kernel.enumerator(type.kernelName())).isEqualTo(type.number());
    }

    /** IPPROTO_ICMPV6 is a macro, which is not in BTF. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ICMPV6")
    void numbersProtocolsAsTheKernelDoes(IpProtocol protocol) {
        assertThat(kernel.enumerator("IPPROTO_" + protocol.name())).isEqualTo(protocol.number());
    }

    @ParameterizedTest
    @EnumSource(SockOpsEvent.class)
    void sockOpsEventsHaveTheKernelsNumbers(SockOpsEvent event) {
        assertThat(kernel.enumerator(event.kernelName())).isEqualTo(event.number());
    }
}
