// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.why;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.model.RunOrder;

/**
 * The answer to a probe: each hook that the system call invokes, up to the one that denies it.
 *
 * @param assumed what the evaluation assumes of the caller and the request
 * @param differing the number of cookies among {@link #COOKIES} with the opposite outcome; empty if
 *     the outcome does not depend on the socket
 */
public record Answer(List<AtHook> hooks, List<String> assumed, OptionalInt differing) {
    /** The number of socket cookies, from 1, that are tried if a program reads the cookie. */
    public static final int COOKIES = 64;

    public Answer {
        hooks = List.copyOf(hooks);
        assumed = List.copyOf(assumed);
    }

    /**
     * The programs that run at one hook, in their order.
     *
     * @param denied the errno of the denial by programs with a known verdict; empty if none denies
     */
    public record AtHook(Attempt attempt, List<Verdict> programs, Optional<Integer> denied) {
        public AtHook {
            programs = List.copyOf(programs);
        }

        /**
         * Returns the program whose errno the caller gets: the first one that denies, at getsockopt
         * the last one.
         */
        public Optional<Verdict> denying() {
            List<Verdict> all = programs.stream()
                    .filter(program -> program.kind() == Kind.DENIES)
                    .toList();
            boolean last = attempt.hook() == Hook.GETSOCKOPT;
            return all.isEmpty() ? Optional.empty() : Optional.of(all.get(last ? all.size() - 1 : 0));
        }

        /** Returns the programs whose verdict is not known. */
        public List<Verdict> unknown() {
            return programs.stream()
                    .filter(program -> program.kind() == Kind.UNKNOWN || program.kind() == Kind.FOREIGN)
                    .toList();
        }

        /**
         * Returns the programs with an unknown verdict that can change the outcome. If one of ours
         * denies, these are later programs that override denials, and earlier ones that may write
         * fields that it reads; otherwise all.
         */
        public List<Verdict> deciding() {
            if (denied.isEmpty()) {
                return unknown();
            }
            int first = denying().map(programs::indexOf).orElse(programs.size());
            return Stream.concat(
                            programs.stream().limit(first).filter(Verdict::mayWrite),
                            programs.stream()
                                    .skip(first)
                                    .filter(program -> program.overrides().isPresent()))
                    .toList();
        }
    }

    /** The verdict of a program, or the reason for which it is unknown. */
    public enum Kind {
        ALLOWS,
        DENIES,
        /** The program would deny, but its instance is in monitor mode. */
        WOULD_DENY,
        /** The generation of the program does not decide. */
        INERT,
        /** A program of ours whose object is not known, or could not be interpreted. */
        UNKNOWN,
        /** A program of another owner. */
        FOREIGN
    }

    /**
     * The verdict of one program.
     *
     * @param errno the errno of its denial; 0 if it does not deny
     * @param rules the deciding rules, each as {@code FILE:LINE:COLUMN}, a tab, and its text
     * @param note why the verdict or the rule is unknown, or how the program changes the request;
     *     may be empty
     * @param overrides how a program of another owner overrides denials
     * @param mayWrite whether a program whose verdict is not known may change what later ones see
     */
    public record Verdict(
            RunOrder.Step step,
            Kind kind,
            int errno,
            List<String> rules,
            String note,
            Optional<String> overrides,
            boolean mayWrite) {
        public Verdict {
            rules = List.copyOf(rules);
        }

        static Verdict foreign(RunOrder.Step step, Optional<String> overrides, boolean mayWrite) {
            return new Verdict(step, Kind.FOREIGN, 0, List.of(), "", overrides, mayWrite);
        }

        static Verdict unknown(RunOrder.Step step, String why) {
            return new Verdict(step, Kind.UNKNOWN, 0, List.of(), why, Optional.empty(), true);
        }

        static Verdict inert(RunOrder.Step step) {
            return new Verdict(step, Kind.INERT, 0, List.of(), "", Optional.empty(), false);
        }
    }

    /** The overall outcome. */
    public enum Outcome {
        ALLOWED,
        DENIED,
        /** Allowed by all programs with a known verdict, but others could deny. */
        ALLOWED_UNLESS,
        /** Denied, but a program with an unknown verdict could change that. */
        DENIED_UNLESS
    }

    /** Returns the hook that denies; empty if none does. */
    public Optional<AtHook> denying() {
        return hooks.stream().filter(hook -> hook.denied().isPresent()).findFirst();
    }

    /** Returns the programs with an unknown verdict on which the outcome depends. */
    public List<Verdict> open() {
        return hooks.stream().flatMap(hook -> hook.deciding().stream()).toList();
    }

    /** Returns the overall outcome. */
    public Outcome outcome() {
        if (denying().isPresent()) {
            // Unknown programs at earlier hooks could only deny, too.
            boolean sure = denying().get().deciding().isEmpty() && differing.isEmpty();
            return sure ? Outcome.DENIED : Outcome.DENIED_UNLESS;
        }
        return open().isEmpty() && differing.isEmpty() ? Outcome.ALLOWED : Outcome.ALLOWED_UNLESS;
    }
}
