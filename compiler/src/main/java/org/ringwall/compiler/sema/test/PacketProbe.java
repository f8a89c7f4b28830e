// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.test;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.PacketBuilder;
import org.ringwall.compiler.model.request.PacketMeta;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.sema.text.AddressSpan;
import org.ringwall.compiler.sema.text.AddressText;
import org.ringwall.compiler.sema.text.Constants;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.NumberText;
import org.ringwall.compiler.sema.text.Reading;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.U128;

/**
 * A reader of `packet` lines. It builds the packet byte by byte; properties that the line does not
 * give are those of a plain packet.
 */
final class PacketProbe {
    private static final List<String> FLAGS = List.of("fin", "syn", "rst", "psh", "ack");
    private static final Set<Integer> EXTENSIONS = Set.of(0, 43, 51, 60);
    private static final long MOST_BYTES = 9000;
    private static final int MOST_OPTION_BYTES = 40;
    private static final long LAST_OFFSET = 65528;
    private static final long LOCAL_PORT = 49152;
    private static final RawAddress LOCAL4 = new RawAddress(true, U128.of(0xc000_0201L));
    private static final RawAddress LOCAL6 = new RawAddress(false, new U128(0x2001_0db8_0000_0000L, 1));
    private static final List<String> OF_PACKET = List.of(
            "type", "code", "syn", "ack", "fin", "rst", "psh", "fragment", "extension", "option", "length", "cut");

    /** The numbers of `__sk_buff` that a line can give. The packet itself determines its length. */
    private static final List<Field> NUMBERS = HookFields.numbers(Hook.SKB_INGRESS).stream()
            .filter(field -> field != Field.LEN)
            .toList();

    private static final List<String> WORDS = words();
    private static final Set<String> BARE = Set.of("fin", "syn", "rst", "psh", "ack", OwnerReader.UNSTAMPED);

    private final Probe.Packet probe;
    private final Actor maker;
    private final Findings findings;
    private final Map<String, Long> said = new HashMap<>();
    private final List<Integer> extensions = new ArrayList<>();
    private final List<Integer> options = new ArrayList<>();
    private boolean whole = true;

    PacketProbe(Probe.Packet probe, Actor maker, Findings findings) {
        this.probe = probe;
        this.maker = maker;
        this.findings = findings;
    }

    private static List<String> words() {
        List<String> words = new ArrayList<>(OF_PACKET);
        NUMBERS.forEach(field -> words.add(field.text()));
        words.add(OwnerReader.UNSTAMPED);
        return List.copyOf(words);
    }

    /** Reads the packet; empty after a report. */
    Optional<List<Request>> read() {
        Optional<Long> protocol = protocol(probe.protocol());
        Optional<RawAddress> remote = address(probe.remote());
        Optional<RawAddress> local = probe.local().isPresent()
                ? address(probe.local().get())
                : remote.map(address -> address.isV4() ? LOCAL4 : LOCAL6);
        if (protocol.isEmpty() || remote.isEmpty() || local.isEmpty()) {
            return Optional.empty();
        }
        if (remote.get().isV4() != local.get().isV4()) {
            Span at = probe.local().orElseThrow().span();
            return wrong(at, "both addresses of a packet have the same family", "write both as v4 or both as v6");
        }
        boolean hasPorts = IpProtocol.of(protocol.get().intValue())
                .filter(IpProtocol::hasPorts)
                .isPresent();
        long remotePort = port(probe.remote(), hasPorts);
        long localPort = probe.local().map(end -> port(end, hasPorts)).orElse(LOCAL_PORT);
        probe.details()
                .forEach(detail -> detail(detail, protocol.get(), remote.get().isV4()));
        if (!whole) {
            return Optional.empty();
        }
        Hook hook = switch (probe.direction()) {
            case INGRESS -> Hook.SKB_INGRESS;
            case EGRESS -> Hook.SKB_EGRESS;
        };
        PacketBuilder builder = PacketBuilder.at(hook, remote.get(), local.get());
        extensions.forEach(number -> builder.extension(number, new byte[0]));
        builder.options(optionBytes());
        if (said.containsKey("fragment")) {
            builder.fragment((int) (number("fragment") / 8), true);
        }
        boolean in = hook == Hook.SKB_INGRESS;
        payload(builder, protocol.get().intValue(), in ? remotePort : localPort, in ? localPort : remotePort);
        builder.length((int) number("length"));
        Request.Packet packet = cut(builder.request(hook, meta(PacketMeta.plain(hook))));
        return Optional.of(List.of(packet.of(OwnerReader.owner(maker, probe.details()))));
    }

    private void payload(PacketBuilder builder, int protocol, long source, long destination) {
        if (protocol == IpProtocol.TCP.number()) {
            int flags = 0;
            for (String flag : FLAGS) {
                flags |= said.containsKey(flag) ? 1 << FLAGS.indexOf(flag) : 0;
            }
            builder.tcp((int) source, (int) destination, flags);
        } else if (protocol == IpProtocol.UDP.number()) {
            builder.udp((int) source, (int) destination, 0);
        } else if (isIcmp(protocol)) {
            builder.carrying(protocol, new byte[] {(byte) number("type"), (byte) number("code"), 0, 0, 0, 0, 0, 0});
        } else if (IpProtocol.of(protocol).filter(IpProtocol::hasPorts).isPresent()) {
            builder.withPorts(protocol, (int) source, (int) destination);
        } else {
            builder.carrying(protocol, new byte[0]);
        }
    }

    private Request.Packet cut(Request.Packet packet) {
        return packet.cut((int) Math.min(packet.size(), said.getOrDefault("cut", MOST_BYTES)));
    }

    private PacketMeta meta(PacketMeta plain) {
        PacketMeta meta = plain;
        for (Field field : NUMBERS) {
            String name =
                    field.spec().number(ContextStruct.SK_BUFF).orElseThrow().name();
            meta = said.containsKey(field.text()) ? meta.with(name, number(field.text())) : meta;
        }
        return meta;
    }

    private long number(String word) {
        return said.getOrDefault(word, 0L);
    }

    private static boolean isIcmp(long protocol) {
        return protocol == IpProtocol.ICMP.number() || protocol == IpProtocol.ICMPV6.number();
    }

    /** Reads a protocol of 8 bits; MPTCP is TCP on the wire. */
    private Optional<Long> protocol(Value value) {
        if (value instanceof Value.Literal literal) {
            return NumberText.read(literal.text(), 0xff, "the protocol of a packet")
                    .orReport(findings, literal.span());
        }
        String name = ((Value.Reference) value).name();
        Optional<Long> number = Constants.number(name, FieldType.PROTOCOL);
        if (number.filter(found -> found > 0xff).isPresent()) {
            return wrong(value.span(), "`%s` packets are TCP packets".formatted(name), "write `tcp`");
        }
        if (number.isEmpty()) {
            findings.add(Diagnostic.of(Code.UNKNOWN_NAME, value.span(), "there is no protocol `%s`".formatted(name))
                    .help(DidYouMean.help(name, Constants.words(FieldType.PROTOCOL))
                            .orElse("write its number, as in `packet egress 47 192.0.2.1`")));
        }
        return number;
    }

    private Optional<RawAddress> address(Probe.Endpoint end) {
        Span at = end.address().span();
        Optional<AddressSpan> span = AddressText.read(end.address().text()).orReport(findings, at);
        if (span.filter(AddressSpan::prefix).isPresent()) {
            findings.add(Diagnostic.of(Code.SEVERAL, at, "a packet has one address at each end, but this is a prefix")
                    .help("write one of its addresses, as in `%s`"
                            .formatted(span.get().first())));
            return Optional.empty();
        }
        return span.map(AddressSpan::first);
    }

    private long port(Probe.Endpoint end, boolean hasPorts) {
        if (end.port().isPresent() != hasPorts) {
            String protocol = probe.protocol().span().text();
            wrong(
                    end.span(),
                    hasPorts
                            ? "a packet of `%s` needs a port at each end".formatted(protocol)
                            : "a packet of `%s` has no ports".formatted(protocol),
                    hasPorts ? "write it after the address, as in `192.0.2.1:53` or `[2001:db8::1]:53`" : "remove it");
            return 0;
        }
        return end.port()
                .flatMap(port -> kept(NumberText.read(port.text(), FieldType.PORT), port.span()))
                .orElse(0L);
    }

    private Optional<Long> kept(Reading<Long> reading, Span at) {
        Optional<Long> value = reading.orReport(findings, at);
        whole &= value.isPresent();
        return value;
    }

    private void detail(Probe.Detail detail, long protocol, boolean v4) {
        String word = detail.name().text();
        if (!WORDS.contains(word)) {
            wrong(
                    detail.name().span(),
                    "a packet has no `%s`".formatted(word),
                    DidYouMean.help(word, WORDS).orElse("write one of `%s`".formatted(String.join("`, `", WORDS))));
        } else if (FLAGS.contains(word) && protocol != IpProtocol.TCP.number()) {
            wrong(detail.span(), "`%s` is a TCP flag".formatted(word), "remove it, or write a packet of `tcp`");
        } else if ((word.equals("type") || word.equals("code")) && !isIcmp(protocol)) {
            wrong(
                    detail.span(),
                    "only ICMP and ICMPv6 packets have a `%s`".formatted(word),
                    "remove it, or write a packet of `icmp` or `icmpv6`");
        } else if (word.equals("extension")) {
            extension(detail, v4);
        } else if (word.equals("option")) {
            option(detail, v4);
        } else if (said.containsKey(word)) {
            wrong(detail.span(), "`%s` is given twice".formatted(word), "remove one of them");
        } else {
            value(detail).ifPresent(value -> said.put(word, value));
        }
    }

    private void extension(Probe.Detail detail, boolean v4) {
        if (v4) {
            wrong(detail.span(), "only v6 packets have extension headers", "remove it");
            return;
        }
        value(detail).ifPresent(number -> {
            if (EXTENSIONS.contains(number.intValue())) {
                extensions.add(number.intValue());
            } else {
                wrong(
                        detail.span(),
                        "`%d` is not an extension header that a test can write".formatted(number),
                        "write `0`, `43`, `51` or `60`, and `fragment` for a fragment header");
            }
        });
    }

    private void option(Probe.Detail detail, boolean v4) {
        if (!v4) {
            wrong(detail.span(), "only v4 packets have options in their header", "remove it");
            return;
        }
        value(detail).ifPresent(number -> options.add(number.intValue()));
        if (optionBytes().length > MOST_OPTION_BYTES) {
            wrong(detail.span(), "a v4 header can have at most five options", "write at most five");
        }
    }

    /**
     * Returns the options; two kinds have no length, and all others have room for one address, like
     * a source route of one hop.
     */
    private byte[] optionBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int number : options) {
            bytes.writeBytes(number <= 1 ? new byte[] {(byte) number} : new byte[] {(byte) number, 7, 4, 0, 0, 0, 0});
        }
        return bytes.toByteArray();
    }

    private Optional<Long> value(Probe.Detail detail) {
        String word = detail.name().text();
        boolean bare = BARE.contains(word) || word.equals("fragment");
        if (detail.value().isEmpty()) {
            return bare ? Optional.of(0L) : wrong(detail.span(), "`%s` needs a value".formatted(word), example(word));
        }
        if (BARE.contains(word)) {
            return wrong(detail.span(), "`%s` has no value".formatted(word), "write `%s` alone".formatted(word));
        }
        Value value = detail.value().get();
        if (!(value instanceof Value.Literal literal) || literal.form() != Value.Literal.Form.INTEGER) {
            return wrong(value.span(), "`%s` takes a number".formatted(word), example(word));
        }
        Optional<Long> number =
                kept(NumberText.read(literal.text(), most(word), "`%s`".formatted(word)), literal.span());
        if (word.equals("fragment") && number.filter(offset -> offset % 8 != 0).isPresent()) {
            return wrong(
                    value.span(),
                    "the offset of a fragment must be a multiple of 8 bytes",
                    "write `fragment %d`".formatted(number.get() / 8 * 8));
        }
        return number;
    }

    private static long most(String word) {
        return switch (word) {
            case "type", "code", "extension", "option" -> 0xff;
            case "fragment" -> LAST_OFFSET;
            case "length", "cut" -> MOST_BYTES;
            case "pkt_type" -> 7;
            default ->
                NUMBERS.stream()
                        .filter(field -> field.text().equals(word))
                        .mapToLong(field -> field.type().max())
                        .findFirst()
                        .orElse(0xffff_ffffL);
        };
    }

    private static String example(String word) {
        return switch (word) {
            case "pkt_type" ->
                "write its number: `host` is 0, `broadcast` 1, `multicast` 2, `otherhost` 3, `outgoing` 4";
            case "extension" -> "write its number, as in `extension 60`";
            case "option" -> "write its number, as in `option 131`";
            default -> "write a number, as in `%s 8`".formatted(word);
        };
    }

    private <T> Optional<T> wrong(Span at, String message, String help) {
        findings.add(Diagnostic.of(Code.BAD_PROBE, at, message).help(help));
        whole = false;
        return Optional.empty();
    }
}
