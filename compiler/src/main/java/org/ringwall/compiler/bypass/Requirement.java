// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.report.ReachReport.BlockReach;
import org.ringwall.compiler.report.ReachReport.BypassReport;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.compiler.source.DidYouMean;

/**
 * A requirement that nothing bypasses a block: the policy has the block, and no bypass is open or
 * narrowed. Bypasses that no policy can close fail it only if it is strict.
 *
 * @param block the words of the block in policies
 */
public record Requirement(String block, boolean strict) {
    private static final String THREAT_MODEL = "docs/threat-model.md";
    private static final String STRICT = "strict";
    private static final String PACKETS = "packets";

    /** Thrown for text that is not a requirement; {@link #help} says what to write instead. */
    public static final class UnknownBlockException extends Exception {
        private static final long serialVersionUID = 1;

        private final String help;

        private UnknownBlockException(String message, String help) {
            super(message);
            this.help = help;
        }

        /** Returns what to write instead. */
        public String help() {
            return help;
        }
    }

    /**
     * Parses `egress`, `egress:strict` or `on connect_unix`. `packets` is a requirement on both
     * `packets` blocks. An `on` block at a hook of an intent is a part of that intent.
     */
    public static List<Requirement> parse(String text) throws UnknownBlockException {
        String[] parts = text.strip().split(":", -1);
        List<Block.Target> blocks = Catalogue.blocks().stream()
                .filter(block -> block.text().equals(parts[0])
                        || parts[0].equals(PACKETS) && block.text().startsWith(PACKETS + " "))
                .toList();
        if (blocks.isEmpty()) {
            part(parts[0]);
            List<String> known = Stream.concat(Catalogue.blocks().stream().map(Block.Target::text), Stream.of(PACKETS))
                    .toList();
            throw new UnknownBlockException(
                    "there is no block `" + parts[0] + "`",
                    DidYouMean.help(parts[0], known).orElse("blocks are " + String.join(", ", known)));
        }
        boolean strict = parts.length == 2 && parts[1].equals(STRICT);
        if (parts.length > 1 && !strict) {
            throw new UnknownBlockException(
                    "`" + text.strip() + "` is not a requirement for a block",
                    "write `" + parts[0] + "` or `" + parts[0] + ":" + STRICT + "`");
        }
        return blocks.stream()
                .map(block -> new Requirement(block.text(), strict))
                .toList();
    }

    /**
     * Throws an exception for an `on` block at a hook that an intent covers or that cannot deny.
     */
    private static void part(String text) throws UnknownBlockException {
        Optional<Hook> hook = Arrays.stream(Hook.values())
                .filter(each -> text.equals("on " + each.word()))
                .findFirst();
        if (hook.isEmpty()) {
            return;
        }
        Optional<Intent> intent = Arrays.stream(Intent.values())
                .filter(each -> each.hooks().contains(hook.get()))
                .findFirst();
        throw new UnknownBlockException(
                intent.isPresent()
                        ? "`" + text + "` is a part of `" + intent.get().text() + "`"
                        : "`" + text + "` denies nothing",
                intent.map(each -> "write `" + each.text() + "`")
                        .orElse("only blocks that can deny have bypasses; `ringwallc hooks` lists what denies"));
    }

    /**
     * Returns what fails the requirement, with what to write for each bypass; empty if nothing
     * fails.
     *
     * @param reached the bypasses of the blocks of a policy
     */
    public String failures(List<BlockReach> reached) {
        Optional<BlockReach> found = reached.stream()
                .filter(each -> each.block().equals(block) && each.present())
                .findFirst();
        if (found.isEmpty()) {
            return "`" + block + "` is not covered: the policy has no such block\n  = help: write `" + block
                    + " { … default deny }`\n";
        }
        List<BypassReport> failures =
                found.get().bypasses().stream().filter(this::failedBy).toList();
        if (failures.isEmpty()) {
            return "";
        }
        String count = failures.size() == 1 ? "1 bypass" : failures.size() + " bypasses";
        return "`" + block + "` is not covered: " + count + "\n"
                + failures.stream().map(Requirement::failure).collect(Collectors.joining());
    }

    private static String failure(BypassReport bypass) {
        String see = bypass.status() == Status.OUTSIDE ? "; see " + THREAT_MODEL : "";
        return "  " + bypass.id() + " is " + bypass.status().word() + ": " + bypass.what() + "; " + bypass.why()
                + "\n    = help: " + bypass.advice() + see + "\n";
    }

    private boolean failedBy(BypassReport bypass) {
        return switch (bypass.status()) {
            case OPEN, NARROWED, NOT_APPLICABLE -> true;
            case OUTSIDE -> strict;
            case ALLOWED, CLOSED -> false;
        };
    }
}
