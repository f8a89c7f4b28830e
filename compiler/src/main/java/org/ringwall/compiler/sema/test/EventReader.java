// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.NumberText;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.U128;

/** A reader of `event NAME A:P …`, an event of a TCP connection. */
final class EventReader {
    /** Types by the kernel's names, without the prefix `tcp.` that guards use. */
    private static final Map<String, FieldType> NUMBERS = numbers();

    private static final List<String> DETAILS = details();

    private final Actor maker;
    private final Findings findings;

    EventReader(Actor maker, Findings findings) {
        this.maker = maker;
        this.findings = findings;
    }

    private static Map<String, FieldType> numbers() {
        Map<String, FieldType> types = new LinkedHashMap<>();
        HookFields.numbers(Hook.SOCK_OPS)
                .forEach(field ->
                        field.spec().number(Hook.SOCK_OPS).ifPresent(number -> types.put(number.name(), field.type())));
        types.put(Request.TcpEvent.FULL, FieldType.INT);
        return types;
    }

    private static List<String> details() {
        List<String> names = new ArrayList<>(NUMBERS.keySet());
        names.add(OwnerReader.UNSTAMPED);
        return List.copyOf(names);
    }

    /** Reads the request; empty after a report. */
    Optional<List<Request>> read(Probe.Event event) {
        Optional<SockOpsEvent> name = SockOpsEvent.ofWord(event.name().text());
        if (name.isEmpty()) {
            List<String> words =
                    Arrays.stream(SockOpsEvent.values()).map(SockOpsEvent::word).toList();
            findings.add(Diagnostic.of(
                            Code.UNKNOWN_NAME,
                            event.name().span(),
                            "there is no event `%s`".formatted(event.name().text()))
                    .help(DidYouMean.help(event.name().text(), words)
                            .orElse("write one of `%s`".formatted(String.join("`, `", words)))));
        }
        Optional<Request.TcpEvent.End> remote = end(event.remote());
        Optional<Request.TcpEvent.End> local = event.local().isPresent()
                ? end(event.local().get())
                : remote.map(other ->
                        new Request.TcpEvent.End(new RawAddress(other.address().isV4(), U128.ZERO), 0));
        Optional<Map<String, Long>> numbers = numbers(event.details());
        if (name.isEmpty() || remote.isEmpty() || local.isEmpty() || numbers.isEmpty()) {
            return Optional.empty();
        }
        if (remote.get().address().isV4() != local.get().address().isV4()) {
            findings.add(Diagnostic.of(Code.BAD_PROBE, event.span(), "both addresses of a socket have the same family")
                    .help("write both as v4 or both as v6; `::ffff:10.0.0.1` is a v6 address"));
            return Optional.empty();
        }
        return Optional.of(List.of(new Request.TcpEvent(
                name.get(), remote.get(), local.get(), numbers.get(), OwnerReader.owner(maker, event.details()))));
    }

    private Optional<Request.TcpEvent.End> end(Probe.Endpoint endpoint) {
        Optional<RawAddress> address = ProbeReader.address(endpoint.address(), findings);
        if (endpoint.port().isEmpty()) {
            findings.add(Diagnostic.of(Code.BAD_PROBE, endpoint.span(), "the address has no port")
                    .help("write `%s:443`".formatted(endpoint.span().text())));
            return Optional.empty();
        }
        Value.Literal text = endpoint.port().get();
        return NumberText.read(text.text(), FieldType.PORT)
                .orReport(findings, text.span())
                .flatMap(port -> address.map(found -> new Request.TcpEvent.End(found, port.intValue())));
    }

    private Optional<Map<String, Long>> numbers(List<Probe.Detail> details) {
        Map<String, Long> numbers = new TreeMap<>();
        boolean whole = true;
        Set<String> said = new HashSet<>();
        for (Probe.Detail detail : details) {
            if (detail.name().text().equals(OwnerReader.UNSTAMPED)) {
                whole &= bare(detail) && isFirst(said, detail);
                continue;
            }
            Optional<Long> number = number(detail);
            whole &= number.isPresent() && isFirst(said, detail);
            number.ifPresent(value -> numbers.put(detail.name().text(), value));
        }
        return whole ? Optional.of(numbers) : Optional.empty();
    }

    private boolean bare(Probe.Detail detail) {
        detail.value()
                .ifPresent(value -> findings.add(Diagnostic.of(
                                Code.BAD_PROBE,
                                detail.span(),
                                "`%s` has no value".formatted(detail.name().text()))
                        .help("write `%s` alone".formatted(detail.name().text()))));
        return detail.value().isEmpty();
    }

    private boolean isFirst(Set<String> said, Probe.Detail detail) {
        boolean first = said.add(detail.name().text());
        if (!first) {
            findings.add(Diagnostic.of(
                            Code.DUPLICATE_ATTRIBUTE,
                            detail.span(),
                            "`%s` is given twice".formatted(detail.name().text()))
                    .help("remove one of them"));
        }
        return first;
    }

    private Optional<Long> number(Probe.Detail detail) {
        Span at = detail.name().span();
        String name = detail.name().text();
        FieldType type = NUMBERS.get(name);
        if (type == null) {
            findings.add(Diagnostic.of(Code.UNKNOWN_NAME, at, "an event has no `%s`".formatted(name))
                    .help(DidYouMean.help(name, DETAILS)
                            .orElse("write one of `%s`".formatted(String.join("`, `", DETAILS)))));
            return Optional.empty();
        }
        if (detail.value().isPresent() && detail.value().get() instanceof Value.Literal literal) {
            return NumberText.read(literal.text(), type).orReport(findings, literal.span());
        }
        findings.add(Diagnostic.of(Code.BAD_PROBE, detail.span(), "`%s` takes one number".formatted(name))
                .help("write `%s 1`".formatted(name)));
        return Optional.empty();
    }
}
