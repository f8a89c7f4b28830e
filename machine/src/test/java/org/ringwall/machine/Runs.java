// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnParser;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.machine.map.KeyedMap;
import org.ringwall.machine.map.MapHost;
import org.ringwall.machine.map.Maps;

/** Programs in the notation of the verifier's log, and their outcomes. */
final class Runs {
    static final Environment NEWEST = Environment.of(KernelVersion.V6_12);

    private Runs() {}

    static List<Insn> code(String... lines) {
        try {
            return InsnParser.program(String.join("\n", lines));
        } catch (InsnSyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static Outcome run(Hook hook, Environment environment, String... lines) {
        return Machine.run(code(lines), hook, Context.zero(hook.context()), environment);
    }

    static Outcome.Returned returned(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Returned.class);
        return (Outcome.Returned) outcome;
    }

    static Outcome.Trap trap(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Trap.class);
        return (Outcome.Trap) outcome;
    }

    /**
     * Returns all 64 bits of r0 after these instructions, which are followed by code that stores it
     * in `.data`.
     */
    static long value(List<Insn> body) {
        return value(Hook.DEVICE, Context.zero(Hook.DEVICE.context()), NEWEST, body);
    }

    /** Returns r0 at another hook, on the context's host and in that host's byte order. */
    static long value(Hook hook, Context context, Environment environment, List<Insn> body) {
        List<Insn> insns = new ArrayList<>(body);
        int slot = body.stream().mapToInt(Insn::slots).sum();
        insns.add(new Insn.LoadImm64(Insn.Pseudo.VALUE, Reg.R9, 0));
        insns.add(new Insn.Store(Width.DW, Reg.R9, (short) 0, Operand.of(Reg.R0)));
        insns.add(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)));
        insns.add(new Insn.Exit());
        LoadedProgram program = new LoadedProgram(
                insns,
                Map.of(slot, new Address(".data", 0)),
                Map.of(".data", new Segment(".data", false, new byte[8])));
        Outcome.Returned outcome = returned(Machine.run(program, hook, context, environment));
        byte[] result = outcome.segment(".data").orElseThrow().content();
        return ByteBuffer.wrap(result).order(context.order()).getLong();
    }

    static Insn set(Reg reg, long value) {
        return new Insn.LoadImm64(Insn.Pseudo.VALUE, reg, value);
    }

    /** Returns a hash map named `set` with one element, on a little-endian host. */
    static KeyedMap set(byte[] key, byte[] value) {
        MapSpec spec = new MapSpec("set", MapType.HASH, key.length, value.length, 4, 0);
        KeyedMap set = Maps.keyed(spec, MapHost.of(ByteOrder.LITTLE_ENDIAN));
        assertThat(set.put(key, value)).isEmpty();
        return set;
    }
}
