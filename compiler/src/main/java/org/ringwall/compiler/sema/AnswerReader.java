// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketOption;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;

/**
 * A reader of `answer OPTION`. A policy can only answer SO_ORIGINAL_DST, and only if it redirects
 * connections.
 */
final class AnswerReader {
    private static final String ANSWERED = SocketOption.SO_ORIGINAL_DST.name();

    private final List<Block> blocks;
    private final Findings findings;

    private AnswerReader(List<Block> blocks, Findings findings) {
        this.blocks = blocks;
        this.findings = findings;
    }

    /** Whether the policy answers SO_ORIGINAL_DST; `blocks` are those without errors. */
    static boolean read(PolicyFile file, List<Block> blocks, Findings findings) {
        AnswerReader reader = new AnswerReader(blocks, findings);
        Optional<Item.Answer> first = Optional.empty();
        for (Item item : file.items()) {
            if (item instanceof Item.Answer answer && reader.isKnown(answer)) {
                first.ifPresent(earlier -> reader.twice(answer, earlier));
                first = first.or(() -> Optional.of(answer));
            }
        }
        first.ifPresent(reader::holdToRedirects);
        return first.isPresent();
    }

    private boolean isKnown(Item.Answer answer) {
        String option = answer.option().text();
        if (option.equals(ANSWERED)) {
            return true;
        }
        findings.add(Diagnostic.of(
                        Code.NOT_ANSWERED, answer.option().span(), "a policy cannot answer `%s`".formatted(option))
                .help("write `answer %s`, which gives a proxy the original destination of a redirected connection"
                        .formatted(ANSWERED)));
        return false;
    }

    private void twice(Item.Answer answer, Item.Answer earlier) {
        findings.add(Diagnostic.of(Code.TWO_ANSWERS, answer.span(), "`%s` is answered twice".formatted(ANSWERED))
                .help("remove one of them")
                .note(earlier.span(), "the first one is here"));
    }

    /**
     * Does not report a missing redirect if there are errors, because the block with the redirect
     * may contain one.
     */
    private void holdToRedirects(Item.Answer answer) {
        boolean leads = blocks.stream()
                .filter(block ->
                        block.hooks().contains(Hook.CONNECT4) || block.hooks().contains(Hook.CONNECT6))
                .flatMap(block -> block.rules().stream())
                .flatMap(rule -> rule.effects().stream())
                .anyMatch(Effect.Redirect.class::isInstance);
        if (!leads && !findings.hasErrors()) {
            findings.add(Diagnostic.of(
                            Code.NOTHING_TO_ANSWER,
                            answer.span(),
                            "no rule redirects a connection, so there is no original destination to answer")
                    .help("add a `redirect` to `egress` or to `on connect4` and `connect6`, or remove this line"));
        }
    }
}
