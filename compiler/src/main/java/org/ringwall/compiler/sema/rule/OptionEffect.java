// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.rule;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.ringwall.bpf.kernel.CallbackOption;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.compiler.ast.Effect.SetOption;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.sema.guard.Declarations;
import org.ringwall.compiler.sema.guard.Operands;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.Reading;
import org.ringwall.compiler.sema.text.StringText;
import org.ringwall.compiler.sema.text.TargetFloor;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.value.ByteString;

/**
 * A reader of the effect `setsockopt`: an option by name, and the number or name that it is set to.
 */
final class OptionEffect {
    private final Optional<TargetFloor> floor;
    private final Declarations declarations;
    private final Findings findings;

    OptionEffect(Optional<TargetFloor> floor, Declarations declarations, Findings findings) {
        this.floor = floor;
        this.declarations = declarations;
        this.findings = findings;
    }

    /** Reads the effect; empty after a report. */
    Optional<Effect> read(SetOption set) {
        return option(set.option())
                .flatMap(option -> operand(option, set.value()).map(operand -> new Effect.SetOption(option, operand)));
    }

    private Optional<SettableOption> option(Name name) {
        Optional<SettableOption> option = SettableOption.named(name.text());
        if (CallbackOption.named(name.text()).isPresent()) {
            findings.add(Diagnostic.of(
                            Code.UNSETTABLE_OPTION,
                            name.span(),
                            "a policy cannot set `%s`, which selects the events of all programs on the socket"
                                    .formatted(name.text()))
                    .help("remove it: other programs would lose their events"));
            return Optional.empty();
        }
        if (option.isEmpty()) {
            boolean known = SocketOption.ofName(name.text()).isPresent();
            findings.add(Diagnostic.of(
                            known ? Code.UNSETTABLE_OPTION : Code.UNKNOWN_NAME,
                            name.span(),
                            known
                                    ? "the kernel does not let programs set `%s`".formatted(name.text())
                                    : "there is no socket option `%s`".formatted(name.text()))
                    .help(DidYouMean.help(name.text(), SettableOption.names())
                            .orElse("write one of `%s`".formatted(String.join("`, `", SettableOption.names())))));
            return Optional.empty();
        }
        floor.ifPresent(oldest -> oldest.hold(
                Code.NEWER_KERNEL,
                name.span(),
                "`setsockopt %s`".formatted(name.text()),
                option.get().since(),
                ""));
        return option;
    }

    private Optional<Effect.Operand> operand(SettableOption option, Value value) {
        if (!option.isText()) {
            return Operands.one(new Expected(option.name(), FieldType.INT), value, declarations, findings);
        }
        if (!(value instanceof Value.Text text)) {
            findings.add(
                    Diagnostic.of(Code.TYPE_MISMATCH, value.span(), "the value of `%s` is a name".formatted(option))
                            .help("write it in quotes, as in `setsockopt TCP_CONGESTION = \"cubic\"`"));
            return Optional.empty();
        }
        int bytes = text.value().getBytes(StandardCharsets.UTF_8).length;
        Reading<String> read = StringText.any(text.value());
        if (read instanceof Reading.Bad<String> || bytes == 0 || bytes > option.mostBytes()) {
            findings.add(Diagnostic.of(
                            Code.BAD_STRING,
                            text.span(),
                            "`%s` is not a valid name for `%s`".formatted(text.value(), option))
                    .help("write a name of 1 to %d bytes without control characters".formatted(option.mostBytes())));
            return Optional.empty();
        }
        return Optional.of(new Effect.Operand.OfText(ByteString.of(text.value())));
    }
}
