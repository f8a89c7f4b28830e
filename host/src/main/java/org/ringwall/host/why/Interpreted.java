// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.why;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.state.DecidingRules;
import org.ringwall.loader.instance.AppliedObject;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Segment;
import org.ringwall.machine.map.Maps;

/**
 * A generation whose programs can be interpreted: its code, the control word and the params in
 * force, and copies of its maps. Runs change the copies as they would change the maps.
 */
final class Interpreted {
    private static final String DATA = ".data";
    private static final String RODATA = ".rodata";
    private static final String GENERATION = "ringwall_generation";
    private static final String PARAM = "param_";

    /** The top bit of `lo`: the instance is in monitor mode. */
    private static final int MONITOR = 1 << 31;

    private static final int HI = Integer.BYTES;
    private static final int MODE = 2 * Integer.BYTES;

    private final AppliedObject applied;
    private final Maps maps;

    private Interpreted(AppliedObject applied, Maps maps) {
        this.applied = applied;
        this.maps = maps;
    }

    /** Copies the maps of a generation. */
    static Interpreted of(AppliedObject applied) {
        return new Interpreted(applied, LiveMaps.read(applied));
    }

    /** Returns the same generation with copies of the maps as they are now. */
    Interpreted copy() {
        return new Interpreted(applied, copied());
    }

    /**
     * A run of a program.
     *
     * @param outcome the outcome with the monitor mode in force
     * @param enforced the outcome without monitor mode
     * @param rules the deciding rules, each with its place and text
     * @param note why no rule is known; empty if a rule is known or none decides
     */
    record Run(Outcome outcome, Outcome enforced, List<String> rules, String note) {}

    /** Runs the program of a hook. */
    Run run(Hook hook, Context context, Environment environment) {
        Optional<ProgramSpec> program = program(applied.object(), hook);
        if (program.isEmpty()) {
            throw new IllegalStateException("no program for " + hook.word() + " in " + applied.name());
        }
        byte[] control = applied.control().toArray();
        List<String> rules = new ArrayList<>();
        String note = rules(hook, context, environment, rules);
        Outcome enforced = run(program.get(), hook, enforced(control), copied(), context, environment);
        Outcome outcome = run(program.get(), hook, control, maps, context, environment);
        return new Run(outcome, enforced, rules, note);
    }

    private Maps copied() {
        return LiveMaps.copied(maps, applied.object());
    }

    private Outcome run(
            ProgramSpec program, Hook hook, byte[] control, Maps on, Context context, Environment environment) {
        LoadedProgram loaded = LoadedProgram.of(applied.object(), program, on)
                .with(new Segment(DATA, false, control))
                .with(new Segment(RODATA, true, applied.rodata().toArray()));
        return Machine.run(loaded, hook, context, environment);
    }

    private static Optional<ProgramSpec> program(BpfObject object, Hook hook) {
        return object.programs().stream()
                .filter(program -> program.section().equals(hook.section()))
                .findFirst();
    }

    /** Returns the control word without monitor mode. */
    private byte[] enforced(byte[] control) {
        ByteBuffer word =
                ByteBuffer.wrap(control.clone()).order(applied.object().order());
        word.putInt(0, word.getInt(0) & ~MONITOR).putInt(MODE, 0);
        word.putLong(2 * Long.BYTES, 0);
        return word.array();
    }

    /** Adds the deciding rules to a list; returns why they are not known. */
    private String rules(Hook hook, Context context, Environment environment, List<String> found) {
        if (applied.rules().isEmpty()) {
            return "the rule is not known: the object has no section " + DecidingRules.SECTION;
        }
        DecidingRules all = applied.rules().get();
        DecidingRules.Outcomes outcomes = all.hooks().get(hook);
        if (outcomes == null) {
            return hook.denial().isEmpty()
                    ? "nothing can be denied at this hook"
                    : "the rule is not known: the policy is too large for programs that return it";
        }
        List<Integer> results = new ArrayList<>();
        for (int i = 0; i < outcomes.digits(); i++) {
            Outcome outcome = digit(all.digits().get(i), hook, context, environment);
            if (!(outcome instanceof Outcome.Returned returned)) {
                return "the rule is not known: the program that returns it cannot be interpreted: " + outcome;
            }
            results.add(outcomes.byErrno() ? returned.result() : (returned.r0() & 1) - 1);
        }
        outcomes.of(results).forEach(rule -> found.add(all.rules().get(rule)));
        return found.isEmpty() ? "no rule decides at this hook" : "";
    }

    /** Runs a program of the debug section, which returns one digit of the rule's number. */
    private Outcome digit(BpfObject digit, Hook hook, Context context, Environment environment) {
        ProgramSpec program = program(digit, hook)
                .orElseThrow(() -> new IllegalStateException("no digit of " + hook.word() + " in " + applied.name()));
        ByteBuffer control = ByteBuffer.allocate(applied.control().size()).order(digit.order());
        control.putInt(0, 1).putInt(HI, 1);
        Maps own = Maps.of(digit, 1);
        Maps there = copied();
        for (String name : own.byName().keySet()) {
            if (there.byName().containsKey(name)) {
                own = own.with(name, there.map(name));
            }
        }
        LoadedProgram loaded = LoadedProgram.of(digit, program, own)
                .with(new Segment(DATA, false, control.array()))
                .with(new Segment(RODATA, true, rodata(digit)));
        // The program does not overwrite an earlier errno, so it starts without one.
        return Machine.run(loaded, hook, context, environment.after(0));
    }

    /** Returns the `.rodata` of a program of the debug section, with the params in force. */
    private byte[] rodata(BpfObject digit) {
        DataSection section = digit.section(RODATA).orElseThrow();
        ByteBuffer content = ByteBuffer.wrap(section.content().toArray()).order(digit.order());
        DataSection inForce = applied.object().section(RODATA).orElseThrow();
        for (DataVariable variable : section.variables()) {
            if (variable.name().equals(GENERATION)) {
                content.putInt(variable.offset(), 1);
            } else if (variable.name().startsWith(PARAM)) {
                inForce.variable(variable.name()).ifPresent(param -> {
                    Bytes value = applied.rodata().slice(param.offset(), param.size());
                    content.put(variable.offset(), value.toArray());
                });
            }
        }
        return content.array();
    }
}
