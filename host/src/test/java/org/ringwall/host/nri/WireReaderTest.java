// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.nri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ProtocolException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.host.protobuf.WireReader;
import org.ringwall.host.protobuf.WireWriter;

final class WireReaderTest {
    private static WireReader hex(String bytes) {
        return new WireReader(HexFormat.of().parseHex(bytes.replace(" ", "")));
    }

    @Test
    void readsFieldsAndSkipsThoseWithoutAReader() throws ProtocolException {
        // The encodings of protobuf.dev's page "Encoding": 150 is 96 01, "testing" is 7 bytes.
        WireReader message = hex("08 96 01  12 07 74 65 73 74 69 6e 67  1d 01 02 03 04  21 01 02 03 04 05 06 07 08"
                + " 28 ff ff ff ff ff ff ff ff ff 01");
        assertThat(message.next()).isTrue();
        assertThat(message.number()).isEqualTo(150);
        assertThat(message.next()).isTrue();
        assertThat(message.field()).isEqualTo(2);
        assertThat(message.text()).isEqualTo("testing");
        assertThat(message.next()).isTrue();
        assertThat(message.next()).isTrue();
        assertThat(message.next()).isTrue();
        assertThat(message.field()).isEqualTo(5);
        assertThat(message.number()).isEqualTo(-1);
        assertThat(message.next()).isFalse();
    }

    @Test
    void readsWhatTheWriterWrites() throws ProtocolException {
        byte[] entry = new WireWriter().text(1, "k").text(2, "v\u00e4").message();
        byte[] written = new WireWriter()
                .number(1, 1L << 62)
                .number(4096, -7)
                .bytes(6, entry)
                .message();
        WireReader message = new WireReader(written);
        message.next();
        assertThat(message.number()).isEqualTo(1L << 62);
        message.next();
        assertThat(message.field()).isEqualTo(4096);
        assertThat(message.number()).isEqualTo(-7);
        message.next();
        Map<String, String> map = WireReader.newMap();
        message.readMapEntry(map);
        assertThat(map).isEqualTo(Map.of("k", "v\u00e4"));
        assertThat(message.next()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "08, ends within a number",
        "08 ff ff ff ff ff ff ff ff ff ff 01, more than 10 bytes",
        "12 05 61, longer than its message",
        "12 ff ff ff ff 07 61, longer than its message",
        "12 ff ff ff ff ff ff ff ff ff 01 61, longer than its message",
        "1d 01 02 03, longer than its message",
        "21 01, longer than its message",
        "0b, the unknown type 3",
        "0f, the unknown type 7",
        "00 01, no valid number",
        "ff ff ff ff ff ff ff ff ff 01, no valid number"
    })
    void refusesMalformedMessages(String bytes, String message) {
        WireReader reader = hex(bytes);
        assertThatThrownBy(() -> {
                    while (reader.next()) {
                        reader.skip();
                    }
                })
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesValuesOfAnotherTypeAndTextThatIsNotUtf8() throws ProtocolException {
        WireReader number = hex("08 01");
        number.next();
        assertThatThrownBy(number::text).hasMessage("field 1 has type 0 instead of 2");
        WireReader text = hex("0a 02 c3 28");
        text.next();
        assertThatThrownBy(text::text).hasMessage("field 1 is not UTF-8");
    }

    @Test
    void everyMutationIsReadOrRefused() {
        byte[] container = new WireWriter()
                .text(1, "c1")
                .text(2, "p1")
                .number(4, 3)
                .bytes(6, new WireWriter().text(1, "k").text(2, "v").message())
                .bytes(11, new WireWriter().text(5, "/a/b").message())
                .number(12, 7)
                .message();
        byte[] event = new WireWriter().number(1, 6).bytes(3, container).message();
        byte[] list = new WireWriter().bytes(2, container).bytes(2, container).message();
        Random random = new Random(20261130);
        int refused = 0;
        for (int i = 0; i < 20000; i++) {
            byte[] valid = i % 2 == 0 ? event : list;
            byte[] mutated = Arrays.copyOf(valid, i % 5 == 0 ? random.nextInt(valid.length) : valid.length);
            for (int k = 0; mutated.length > 0 && k < 1 + i % 3; k++) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            try {
                if (i % 2 == 0) {
                    Messages.Change.ofStateChange(mutated);
                } else {
                    Messages.Inventory.read(mutated);
                }
            } catch (ProtocolException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(2000, 19000);
    }

    @Test
    void containersHaveTheAnnotationsOfTheirPodAndTheirOwn() throws ProtocolException {
        byte[] own = new WireWriter().text(1, "a").text(2, "own").message();
        byte[] pods = new WireWriter()
                .text(1, "p1")
                .bytes(6, new WireWriter().text(1, "a").text(2, "pod").message())
                .bytes(6, new WireWriter().text(1, "b").text(2, "pod").message())
                .message();
        byte[] one = new WireWriter()
                .text(1, "c1")
                .text(2, "p1")
                .bytes(6, own)
                .number(4, 99)
                .message();
        byte[] two = new WireWriter().text(1, "c2").text(2, "p2").number(4, 3).message();
        byte[] first = new WireWriter().bytes(2, one).number(3, 1).message();
        byte[] second = new WireWriter().bytes(1, pods).bytes(2, two).message();
        Messages.Inventory half = Messages.Inventory.read(first);
        assertThat(half.more()).isTrue();
        List<PodContainer> all = half.plus(Messages.Inventory.read(second)).withPodAnnotations();
        assertThat(all.get(0).annotations()).isEqualTo(Map.of("a", List.of("pod", "own"), "b", List.of("pod")));
        assertThat(all.get(0).state()).isEqualTo(PodContainer.State.OTHER);
        assertThat(all.get(1).annotations()).isEmpty();
        assertThat(all.get(1).state()).isEqualTo(PodContainer.State.RUNNING);
    }
}
