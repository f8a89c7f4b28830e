// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.rule;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.TargetFloor;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;

/** A reader of errnos, modifiers and accesses. */
public final class VerdictReader {
    private final Findings findings;
    private final TargetFloor floor;

    public VerdictReader(Findings findings, TargetFloor floor) {
        this.findings = findings;
        this.floor = floor;
    }

    /** Reads the verdict of a `deny`. */
    public Optional<Verdict> deny(Optional<Name> name) {
        if (name.isEmpty()) {
            return Optional.of(Verdict.DENY);
        }
        Optional<Errno> errno = Errno.ofName(name.get().text());
        if (errno.isEmpty()) {
            unknown(name.get());
        }
        return errno.map(found -> new Verdict.Deny(found));
    }

    /** Returns the return bit of a modifier. */
    public static Optional<ReturnBit> bit(Name word) {
        return Arrays.stream(ReturnBit.values())
                .filter(bit -> bit != ReturnBit.NONE && bit.word().equals(word.text()))
                .findFirst();
    }

    /** Returns a verdict with a modifier, in a block with this head and these hooks. */
    Optional<Verdict> modified(Verdict plain, Name word, String head, List<Hook> hooks) {
        ReturnBit bit = bit(word).orElseThrow();
        boolean grants = bit == ReturnBit.BIND_WITHOUT_CAPABILITY;
        String written = (plain.allows() ? "allow " : "deny ") + word.text();
        if (hooks.stream().anyMatch(hook -> hook.bitOne() != bit) || grants && !plain.allows()) {
            findings.add(Diagnostic.of(
                            Code.MODIFIER_NOT_HERE, word.span(), "`%s` has no meaning in `%s`".formatted(written, head))
                    .help(
                            grants
                                    ? "write only the verdict; `allow unprivileged` is for `bind`"
                                    : "write only the verdict; `congested` is for `packets egress`"));
            return Optional.empty();
        }
        if (grants) {
            floor.hold(
                    Code.MODIFIER_TARGET,
                    word.span(),
                    "`" + written + "`",
                    Hook.BIND_BIT,
                    "write only the verdict, or ");
        }
        return Optional.of(plain.with(bit));
    }

    private void unknown(Name name) {
        List<String> known = Arrays.stream(Errno.values()).map(Errno::name).toList();
        findings.add(Diagnostic.of(Code.UNKNOWN_ERRNO, name.span(), "there is no errno `%s`".formatted(name.text()))
                .help(DidYouMean.help(name.text(), known)
                        .orElse("write `deny` for EPERM, or an errno as in `deny EACCES`")));
    }

    /**
     * Reports an errno that some target cannot return at these hooks: without set_retval, every
     * denial returns EPERM.
     */
    void holdToTargets(Verdict verdict, Optional<Name> name, List<Hook> hooks) {
        if (name.isEmpty() || !(verdict instanceof Verdict.Deny deny) || deny.errno() == Errno.EPERM) {
            return;
        }
        Optional<Hook> never = hooks.stream()
                .filter(hook -> Helper.SET_RETVAL.since(hook).isEmpty())
                .findFirst();
        if (never.isPresent()) {
            findings.add(Diagnostic.of(
                            Code.ERRNO_NEVER,
                            name.get().span(),
                            "cannot choose an errno at `%s`"
                                    .formatted(never.get().word()))
                    .help("write `deny`: the sender of a dropped packet may see EPERM, its receiver sees nothing"));
            return;
        }
        Optional<KernelVersion> needed = hooks.stream()
                .map(hook -> Helper.SET_RETVAL.since(hook).orElseThrow())
                .reduce(KernelVersion::max);
        floor.hold(
                Code.ERRNO_TARGET,
                name.get().span(),
                "`deny %s`".formatted(name.get().text()),
                needed.orElseThrow(),
                "write `deny`, which gives EPERM on every kernel, or ");
    }

    /** Returns the accesses of these letters, each of which may occur once. */
    public Optional<Set<Request.Access>> access(Name letters, Set<Request.Access> possible) {
        Set<Request.Access> found = EnumSet.noneOf(Request.Access.class);
        for (char letter : letters.text().toCharArray()) {
            Optional<Request.Access> access = possible.stream()
                    .filter(candidate -> candidate.letter() == letter)
                    .findFirst();
            if (access.isEmpty() || !found.add(access.get())) {
                String why = access.isEmpty() ? "is not a letter of an access" : "is twice in the access";
                findings.add(Diagnostic.of(Code.BAD_ACCESS, letters.span(), "`%c` %s".formatted(letter, why))
                        .help("write each of %s at most once"
                                .formatted(String.join(
                                        ", ",
                                        possible.stream()
                                                .map(one -> "`%c`".formatted(one.letter()))
                                                .toList()))));
                return Optional.empty();
            }
        }
        return Optional.of(found);
    }
}
