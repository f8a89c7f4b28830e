// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.LineInfo;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.policy.Policy;

class ObjectEmitterTest {
    private static BpfObject everyHook() {
        return Compiled.object("policies/every_hook.wall", Texts.EVERY_HOOK, Texts.NEW);
    }

    @Test
    void rodataHasTheVariablesOfTheAbi() {
        DataSection rodata = everyHook().section(".rodata").orElseThrow();

        assertThat(rodata.variables())
                .extracting(DataVariable::name)
                .filteredOn(name -> !name.startsWith("slots_"))
                .containsExactly(
                        "ringwall_generation",
                        "param_proxy_port",
                        "bpf_metadata_policy",
                        "bpf_metadata_abi",
                        "bpf_metadata_source",
                        "bpf_metadata_tool",
                        "bpf_metadata_writes",
                        "bpf_metadata_param_proxy_port");
        ByteBuffer content = rodata.content().buffer(ByteOrder.LITTLE_ENDIAN);
        assertThat(rodata.variables().get(0).offset()).isZero();
        assertThat(content.getInt(0)).isZero();
        assertThat(rodata.variables().get(1).size()).isEqualTo(8);
        assertThat(content.getLong(rodata.variables().get(1).offset())).isEqualTo(3128);
        assertThat(string(rodata, "bpf_metadata_policy")).isEqualTo("every_hook\0");
        assertThat(string(rodata, "bpf_metadata_source")).hasSize(65).matches("[0-9a-f]{64}\0");
        assertThat(string(rodata, "bpf_metadata_param_proxy_port")).isEqualTo("port 1024..65535 = 3128\0");
    }

    private static String string(DataSection section, String name) {
        DataVariable variable = section.variable(name).orElseThrow();
        byte[] bytes =
                section.content().slice(variable.offset(), variable.size()).toArray();
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void dataContainsOnlyTheControlWord() {
        DataSection data = everyHook().section(".data").orElseThrow();

        assertThat(data.content().size()).isEqualTo(24);
        assertThat(data.content().isZero()).isTrue();
        BtfType.Composite word = (BtfType.Composite)
                everyHook().btf().type(data.variables().get(0).btfTypeId());
        assertThat(data.variables()).extracting(DataVariable::name).containsExactly("ringwall_control");
        assertThat(word.name()).isEmpty();
        assertThat(word.members())
                .extracting(member -> member.name() + " " + member.bitOffset() / 8)
                .containsExactly("lo 0", "hi 4", "mode 8", "reserved 12", "monitor_until 16");
    }

    @Test
    void functionsAreCalledHookAndHashWithinFifteenCharacters() {
        String hash = string(everyHook().section(".rodata").orElseThrow(), "bpf_metadata_source");

        assertThat(everyHook().programs()).hasSize(9).allSatisfy(program -> {
            assertThat(program.name()).hasSize(15);
            int line = program.name().lastIndexOf('_');
            Hook hook = Hook.ofWord(program.name().substring(0, line)).orElseThrow();
            assertThat(program.section()).isEqualTo(hook.section());
            assertThat(hash).startsWith(program.name().substring(line + 1));
        });
    }

    @Test
    void linesNameTheFileWithoutItsFolder() {
        ProgramSpec program = everyHook().programs().get(0);

        assertThat(program.lines()).isNotEmpty();
        assertThat(program.lines()).extracting(LineInfo::file).containsOnly("every_hook.wall");
        assertThat(program.lines()).extracting(LineInfo::text).contains("egress {");
    }

    @Test
    void omitsAColumnThatDoesNotFitInBtf() {
        String text = "policy wide\non connect4 {" + " ".repeat(1200) + "deny if remote.port == 25; default allow }\n";
        BpfObject object = Compiled.object("wide.wall", text, Target.DEFAULT);

        assertThat(object.programs().get(0).lines()).anySatisfy(line -> {
            assertThat(line.line()).isEqualTo(2);
            assertThat(line.column()).isZero();
        });
    }

    @Test
    void equalInputMakesEqualBytesInEveryLocaleAndFolder() {
        Locale before = Locale.getDefault();
        byte[] first = ObjectWriter.write(everyHook());
        try {
            for (String tag : List.of("tr-TR", "ar-EG-u-nu-arab", "th-TH-u-ca-buddhist")) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                byte[] again = ObjectWriter.write(
                        Compiled.object("/other/place/every_hook.wall", Texts.EVERY_HOOK, Texts.NEW));
                assertThat(again).as(tag).isEqualTo(first);
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void bigEndianObjectsStoreNumbersInTheirByteOrder() {
        Target big = new Target(KernelVersion.V6_1, ByteOrder.BIG_ENDIAN);
        DataSection rodata = Compiled.object("every_hook.wall", Texts.EVERY_HOOK, big)
                .section(".rodata")
                .orElseThrow();

        int at = rodata.variable("param_proxy_port").orElseThrow().offset();
        assertThat(rodata.content().buffer(ByteOrder.BIG_ENDIAN).getLong(at)).isEqualTo(3128);
    }

    @Test
    void writtenObjectRoundTrips() throws Exception {
        BpfObject object = everyHook();

        assertThat(ObjectReader.read(ObjectWriter.write(object))).isEqualTo(ObjectWriter.complete(object));
    }

    @Test
    void refusesCodeThatReadsAnUnknownGlobal() throws CodeTooLargeException {
        Policy policy = Compiled.policy("p.wall", Texts.TWO_PORTS, Target.DEFAULT);
        Assembly assembly = new Assembler(Cpu.V3)
                .loadSymbol(Reg.R1, "elsewhere", 0)
                .mov(Reg.R0, 1)
                .exit()
                .layout();

        List<HookCode> code = List.of(new HookCode(Hook.CONNECT4, assembly, List.of()));
        assertThatThrownBy(() -> ObjectEmitter.emit(
                        policy,
                        List.of(),
                        code,
                        MapIndexes.NONE,
                        "ringwallc test",
                        ByteOrder.LITTLE_ENDIAN,
                        KernelVersion.V5_10))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("elsewhere");
    }
}
