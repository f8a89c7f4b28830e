// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.InputException;

class PolicyObjectTest {
    private static final ProgramSpec CONNECT4 = TestObjects.denyPort("connect4_0123", "cgroup/connect4");

    @Test
    void valuesOfParametersAreAsciiNumbers() {
        PolicyObject policy = TestObjects.policy("p", 9);
        assertThat(policy.params().get(0).value("0x50")).isEqualTo(80);
        for (String text : List.of("", "+5", "-5", " 5", "\u0663", "0x", "0x+5", "5\n")) {
            assertThatThrownBy(() -> policy.values(Map.of("port", text)))
                    .isInstanceOf(InputException.class)
                    .hasMessageEndingWith("is not a number");
        }
        assertThatThrownBy(() -> policy.values(Map.of("port", "99999999999999999999")))
                .hasMessageContaining("is outside the range of param `port`");
    }

    @Test
    void readsPolicyProgramsAndParameters() throws ObjectFormatException {
        PolicyObject policy = PolicyObject.of(ObjectReader.read(ObjectWriter.write(TestObjects.denyPort("web", 80))));
        assertThat(policy.policy()).isEqualTo("web");
        assertThat(policy.programs()).containsOnlyKeys(Hook.CONNECT4, Hook.CONNECT6);
        assertThat(policy.params()).containsExactly(new Param("port", "port", 1, 65535, 80, 8));
    }

    @Test
    void writesGenerationAndParametersAndNothingElse() {
        PolicyObject policy = TestObjects.policy("web", 80);
        byte[] before = policy.section(".rodata").content().toArray();
        byte[] after = policy.rodata(7, policy.values(Map.of("port", "0x1bb")));
        ByteBuffer view = ByteBuffer.wrap(after).order(ByteOrder.nativeOrder());
        assertThat(view.getInt(0)).isEqualTo(7);
        assertThat(view.getLong(8)).isEqualTo(443);
        view.putInt(0, 0).putLong(8, 80);
        assertThat(after).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65536", "-1", "", "80x", "18446744073709551616", "0x", "1e3", " 80"})
    void refusesParametersOutsideTheirRange(String text) {
        assertThatThrownBy(() -> TestObjects.policy("web", 80).values(Map.of("port", text)))
                .isInstanceOf(InputException.class)
                .extracting(e -> ((InputException) e).help())
                .isEqualTo("--param port=N, with N in 1..65535");
    }

    @Test
    void refusesParametersThatThePolicyDoesNotHave() {
        assertThatThrownBy(() -> TestObjects.policy("web", 80).values(Map.of("prot", "80")))
                .isInstanceOf(InputException.class)
                .hasMessage("policy `web` has no param `prot`");
    }

    @Test
    void rangesAreUnsigned() {
        Param param = Param.parse("n", "int 0..18446744073709551615 = 9223372036854775808", 8)
                .orElseThrow();
        assertThat(param.value("18446744073709551615")).isEqualTo(-1);
        assertThat(Param.parse("n", "int 5..4 = 5", 8)).isEmpty();
        assertThat(Param.parse("n", "int 0..4 = 5", 8)).isEmpty();
        assertThat(Param.parse("n", "int 0..4", 8)).isEmpty();
        assertThat(Param.parse("n", "0..4 = 5" + " ".repeat(1 << 16), 8)).isEmpty();
    }

    @Test
    void refusesAVersionThatItDoesNotKnow() {
        DataSection rodata = new TestObjects.Rodata()
                .u32("ringwall_generation", 0)
                .text("bpf_metadata_policy", "web")
                .text("bpf_metadata_abi", "3")
                .section();
        refused(TestObjects.object(rodata, List.of()), "uses version `3`");
        DataSection anotherForm =
                new TestObjects.Rodata().text("bpf_metadata_abi", "3").section();
        refused(
                new BpfObject(ByteOrder.nativeOrder(), "GPL", List.of(), List.of(), List.of(anotherForm), Btf.EMPTY),
                "uses version `3`");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "../../etc", "a.b", "a@b", "a b", "a\u0000b", "é"})
    void refusesPolicyNamesThatAreNotPinNames(String name) {
        DataSection rodata = TestObjects.rodata(name.isEmpty() ? "\u0000" : name.replace('\u0000', '/'), 80)
                .section();
        refused(TestObjects.object(rodata, List.of(CONNECT4)), "is not a valid name of a policy");
    }

    @Test
    void refusesIncompleteObjects() {
        DataSection rodata = TestObjects.rodata("web", 80).section();
        refused(TestObjects.object(rodata, List.of()), "it has no program");
        refused(
                TestObjects.object(rodata, List.of(CONNECT4, TestObjects.denyPort("connect4_b", "cgroup/connect4"))),
                "two programs for `connect4`");
        refused(
                TestObjects.object(rodata, List.of(TestObjects.refused("x", "kprobe/do_exit"))),
                "there is no hook for its section `kprobe/do_exit`");
        refused(
                new BpfObject(ByteOrder.nativeOrder(), "GPL", List.of(), List.of(), List.of(rodata), Btf.EMPTY),
                "no `.data` with a control word");
        refused(
                new BpfObject(
                        ByteOrder.nativeOrder(),
                        "GPL",
                        List.of(),
                        List.of(),
                        List.of(TestObjects.control()),
                        Btf.EMPTY),
                "no `.rodata`");
    }

    @Test
    void refusesAControlWordThatIsNotAloneOrNotZero() {
        DataSection rodata = TestObjects.rodata("web", 80).section();
        byte[] content = new byte[24];
        content[0] = 1;
        DataVariable word = new DataVariable("ringwall_control", 0, 24, 0);
        DataSection set = new DataSection(".data", false, Bytes.of(content), List.of(word));
        DataSection longer = new DataSection(".data", false, Bytes.zeros(32), List.of(word));
        refused(with(rodata, set), "is not initially zero");
        refused(with(rodata, longer), "contains more than the control word");
    }

    @Test
    void refusesTheOtherByteOrder() {
        BpfObject object = TestObjects.denyPort("web", 80);
        ByteOrder other =
                ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        refused(
                new BpfObject(other, "GPL", object.programs(), List.of(), object.data(), Btf.EMPTY),
                "the other byte order");
    }

    @Test
    void refusesParametersWithoutARange() {
        DataSection rodata = new TestObjects.Rodata()
                .u32("ringwall_generation", 0)
                .u64("param_port", 80)
                .text("bpf_metadata_policy", "web")
                .text("bpf_metadata_abi", "1")
                .section();
        refused(TestObjects.object(rodata, List.of(CONNECT4)), "its param `port` has no range");
    }

    @Test
    void damagedObjectsAreRefusedWithAMessageOrRead() {
        byte[] good = ObjectWriter.write(TestObjects.denyPort("web", 80));
        Random random = new Random(20_261_124);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = good.clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                PolicyObject.of(ObjectReader.read(bad));
            } catch (ObjectFormatException | InputException e) {
                assertThat(e.getMessage()).isNotBlank();
                refused++;
            }
        }
        assertThat(refused).isBetween(1000, 19_999);
    }

    private static BpfObject with(DataSection rodata, DataSection data) {
        return new BpfObject(
                ByteOrder.nativeOrder(), "GPL", List.of(CONNECT4), List.of(), List.of(rodata, data), Btf.EMPTY);
    }

    private static void refused(BpfObject object, String why) {
        assertThatThrownBy(() -> PolicyObject.of(object))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(why);
    }
}
