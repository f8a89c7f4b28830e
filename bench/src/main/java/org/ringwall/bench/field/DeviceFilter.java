// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bench.rules.DeviceRule;
import org.ringwall.bench.rules.DeviceRules;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Insn.JumpOp;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/**
 * The device programs that runc, crun and systemd generate for a list, instruction by instruction.
 * For their default lists they equal the recorded programs. Source: opencontainers/cgroups
 * devices/devicefilter.go, crun's ebpf.c and systemd's bpf-devices.c. Type, access, major and minor
 * number are in r2 to r5, and the rules follow in order.
 */
enum DeviceFilter implements Contestant {
    RUNC("runc 1.1", Width.W),
    CRUN("crun 1.21", Width.DW),
    SYSTEMD("systemd 257", Width.DW) {
        @Override
        void rule(Code code, DeviceRule rule) {
            if (rule.access() != DeviceRule.ALL) {
                code.access(rule.access());
            }
            code.test(Reg.R2, rule.type());
            rule.major().ifPresent(major -> code.test(Reg.R4, major));
            rule.minor().ifPresent(minor -> code.test(Reg.R5, minor));
            // The offset is set when the end of the program is known.
            code.add(new Insn.Goto((short) 0));
        }

        @Override
        List<Insn> whole(DeviceRules rules) {
            List<Insn> insns = blocks(rules);
            int pass = insns.size() + 2;
            for (int i = 0; i < insns.size(); i++) {
                if (insns.get(i) instanceof Insn.Goto) {
                    insns.set(i, new Insn.Goto(Insn.offset(pass - i - 1)));
                }
            }
            insns.add(verdict(0));
            insns.add(new Insn.Goto((short) 1));
            insns.add(verdict(1));
            insns.add(new Insn.Exit());
            return insns;
        }
    };

    private final String title;
    private final Width verdict;

    DeviceFilter(String title, Width verdict) {
        this.title = title;
        this.verdict = verdict;
    }

    /** Writes one rule. A mismatch continues after it. */
    void rule(Code code, DeviceRule rule) {
        code.test(Reg.R2, rule.type());
        if (rule.access() != DeviceRule.ALL) {
            code.access(rule.access());
        }
        rule.major().ifPresent(major -> code.test(Reg.R4, major));
        rule.minor().ifPresent(minor -> code.test(Reg.R5, minor));
        code.add(verdict(1)).add(new Insn.Exit());
    }

    /** Returns the whole program. */
    List<Insn> whole(DeviceRules rules) {
        List<Insn> insns = blocks(rules);
        insns.add(verdict(0));
        insns.add(new Insn.Exit());
        return insns;
    }

    final Insn verdict(int value) {
        return new Insn.Mov(verdict, verdict, Reg.R0, Operand.of(value));
    }

    @Override
    public Image make(RuleList rules, Workshop shop) throws Refusal {
        try {
            return Image.of(new PlainProgram(rules.hook(), whole((DeviceRules) rules), List.of()));
        } catch (IllegalArgumentException e) {
            throw new Refusal("no code", String.valueOf(e.getMessage()));
        }
    }

    final List<Insn> blocks(DeviceRules rules) {
        List<Insn> insns = new ArrayList<>();
        insns.add(new Insn.Load(Width.W, false, Reg.R2, Reg.R1, (short) 0));
        insns.add(new Insn.Alu(Insn.AluOp.AND, Width.W, Reg.R2, Operand.of(0xffff)));
        insns.add(new Insn.Load(Width.W, false, Reg.R3, Reg.R1, (short) 0));
        insns.add(new Insn.Alu(Insn.AluOp.RSH, Width.W, Reg.R3, Operand.of(16)));
        insns.add(new Insn.Load(Width.W, false, Reg.R4, Reg.R1, (short) 4));
        insns.add(new Insn.Load(Width.W, false, Reg.R5, Reg.R1, (short) 8));
        for (DeviceRule rule : rules.rules()) {
            Code code = new Code();
            rule(code, rule);
            insns.addAll(code.closed());
        }
        return insns;
    }

    @Override
    public String title() {
        return title;
    }

    /** The instructions of one rule, whose jumps all target its end. */
    static final class Code {
        private final List<Insn> insns = new ArrayList<>();

        Code add(Insn insn) {
            insns.add(insn);
            return this;
        }

        void test(Reg field, int value) {
            add(new Insn.Jump(JumpOp.NE, Width.DW, field, Operand.of(value), (short) 0));
        }

        void access(int allowed) {
            add(new Insn.Mov(Width.W, Width.W, Reg.R1, Operand.of(Reg.R3)));
            add(new Insn.Alu(Insn.AluOp.AND, Width.W, Reg.R1, Operand.of(allowed)));
            add(new Insn.Jump(JumpOp.NE, Width.DW, Reg.R1, Operand.of(Reg.R3), (short) 0));
        }

        List<Insn> closed() {
            List<Insn> closed = new ArrayList<>();
            for (int i = 0; i < insns.size(); i++) {
                closed.add(
                        insns.get(i) instanceof Insn.Jump jump
                                ? new Insn.Jump(
                                        jump.op(),
                                        jump.width(),
                                        jump.dst(),
                                        jump.src(),
                                        Insn.offset(insns.size() - i - 1))
                                : insns.get(i));
            }
            return closed;
        }
    }
}
